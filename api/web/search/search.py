"""Finds what a person typed or scanned: a lot, a unit, a place, a sensor, a product, a GS1 symbol."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import select

from api.deps import View
from api.web.frame.naming import batch_address
from domain.gs1 import Scanned, read_gs1
from ledger.stock.serials import find_serial, units_of_serial
from rules.subjects.whereabouts import UnitKey
from rules.usability import Usability
from store import state
from store.lots import lots
from store.stock.orders import units_called

Kind = Literal["lot", "unit", "place", "sensor", "product"]
KINDS: tuple[Kind, ...] = ("lot", "unit", "place", "sensor", "product")
AT_MOST = 50  # of a kind

Docs = Mapping[str, Mapping[str, Any]]  # by id
Fits = Callable[[str, str], bool]  # a lot, and the name by which it or a unit of it is found


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, and where it leads. `words`: by what it is found."""

    kind: Kind
    name: str
    more: str
    address: str
    words: tuple[str, ...]
    unit: UnitKey | None = None  # of a unit, and of a lot without the unit's name


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `scanned`: the text was understood as a GS1 symbol; `product`: whose GTIN it is."""

    hits: tuple[Hit, ...]
    scanned: Scanned | None = None
    product: str | None = None

    @property
    def only(self) -> Hit | None:
        """Return the hit if it is the only one."""
        return self.hits[0] if len(self.hits) == 1 else None

    def of(self, kind: Kind) -> list[Hit]:
        """Return the hits of a kind, the first ones."""
        return [hit for hit in self.hits if hit.kind == kind][:AT_MOST]

    def left_out(self, kind: Kind) -> int:
        """Return how many more there are."""
        return max(0, sum(hit.kind == kind for hit in self.hits) - AT_MOST)


def find(view: View, text: str, is_staff: bool) -> Found:
    """Return what this person may see of what fits: exactly, else what contains the text."""
    wanted = text.strip().casefold()
    if not wanted:
        return Found(())
    scanned = read_gs1(text)
    on_label = None if scanned is None else scanned.lot

    def fits(lot: str, name: str) -> bool:
        return lot == on_label or wanted in name.casefold()

    known = list(_everything(view, is_staff, fits))
    if scanned is not None:
        found = _of_symbol(view, scanned, known)
        if found.hits:
            return found
    known += _beside(view, text.strip(), {hit.unit for hit in known if hit.kind == "unit"})
    exact = tuple(hit for hit in known if any(word.casefold() == wanted for word in hit.words))
    near = exact or tuple(hit for hit in known if any(wanted in word.casefold() for word in hit.words))
    return found if scanned is not None and not near else Found(near)


def _beside(view: View, text: str, named: Collection[UnitKey | None]) -> Iterator[Hit]:
    """Yield what is looked up by its whole name: units by movements and serials, lots by expiry and supplier's lot."""
    products = _docs(view, "product")
    units = [UnitKey(*key) for key in units_called(view.connection, text, AT_MOST)]
    units += [unit for unit in units_of_serial(view.connection, text) if unit.unit is not None]
    for unit in dict.fromkeys(units):
        if (unit not in named or unit.unit != text) and view.policy.may_see(unit[:2]):
            yield _unit_hit(products, unit, (text,))
    serials = {unit[:2] for unit in units_of_serial(view.connection, text) if unit.unit is None}
    numbered = (lots.c.supplier_lot == text) | (lots.c.expires_on == text)
    query = select(lots.c.product, lots.c.lot).where(numbered).order_by(lots.c.product, lots.c.lot)
    rows = view.connection.execute(query.limit(AT_MOST + 1))
    for product, lot in sorted({*serials, *((row.product, row.lot) for row in rows)}):
        if view.policy.may_see((product, lot)):
            more, key = _named(products, product), UnitKey(product, lot, None)
            yield Hit("lot", lot, more, batch_address(product, lot), (text,), key)


def usability_of(view: View, found: Found) -> dict[Hit, Usability]:
    """Return whether the lots and units that are shown may be used."""
    hits = [hit for kind in ("lot", "unit") for hit in found.of(kind)]
    known = view.usability({hit.unit[:2] for hit in hits if hit.unit is not None})
    return {
        hit: known.of_batch(hit.unit[:2]) if hit.kind == "lot" else known.of_unit(hit.unit)
        for hit in hits
        if hit.unit is not None
    }


def _of_symbol(view: View, scanned: Scanned, known: Iterable[Hit]) -> Found:
    """Return the unit, else the lot, else the product that a symbol names."""
    docs = _docs(view, "product")
    products = [name for name, doc in docs.items() if (doc.get("gtin") or "").zfill(14) == scanned.gtin]
    if not products:
        return Found((), scanned)
    name = str(docs[products[0]].get("name") or products[0])
    serial = next(filter(None, (_unit_of(view, each, scanned.serial) for each in products)), None)
    if serial is not None:
        return Found((serial,), scanned, name)
    if scanned.lot is None:
        named = tuple(hit for hit in known if hit.kind == "product" and hit.words[0] in products)
        return Found(named, scanned, name)
    addresses = {batch_address(each, scanned.lot) for each in products}
    inside = [hit for hit in known if hit.address.partition("?")[0] in addresses]
    units = tuple(hit for hit in inside if hit.kind == "unit" and scanned.serial in hit.words)
    return Found(units or tuple(hit for hit in inside if hit.kind == "lot"), scanned, name)


def _unit_of(view: View, product: str, serial: str | None) -> Hit | None:
    """Return the unit that a serial on record is in; the lot, where it is in none."""
    unit = None if serial is None else find_serial(view.connection, product, serial)
    if unit is None or serial is None or not view.policy.may_see(unit[:2]):
        return None
    products = _docs(view, "product")
    if unit.unit is not None:
        return _unit_hit(products, unit, (serial,))
    return Hit("lot", unit.lot, _named(products, product), batch_address(*unit[:2]), (serial,), unit)


# --- what there is ------------------------------------------------------------------------------------------------


def _everything(view: View, is_staff: bool, fits: Fits) -> Iterator[Hit]:
    """Yield what there is; of lots and units, of which there are many, only what may be meant."""
    products = _docs(view, "product")
    yield from _lots(view, products, fits)
    yield from _units(view, products, fits)
    if is_staff:
        yield from _places(view)
        yield from _sensors(view)
    for name, doc in products.items():
        words = (name, doc.get("name") or "", doc.get("gtin") or "")
        yield Hit("product", doc.get("name") or name, name, f"/batches?product={quote(name, safe='')}", words)


def _docs(view: View, kind: str) -> Docs:
    """Return the entries of a kind that this person may see, by id."""
    shown = [view.policy.entry(kind, entry.doc) for entry in state.load_entries(view.connection, kind)]
    return {doc["id"]: doc for doc in shown if doc is not None}


def _named(docs: Docs, name: str) -> str:
    return str(docs.get(name, {}).get("name") or name)


def _lots(view: View, products: Docs, fits: Fits) -> Iterator[Hit]:
    meant = (batch for batch in view.snapshot.site.batches if fits(batch[1], f"{batch[0]} {batch[1]}"))
    for batch in sorted(filter(view.policy.may_see, meant)):
        product, lot = batch
        words, key = (lot, f"{product} {lot}"), UnitKey(product, lot, None)
        yield Hit("lot", lot, _named(products, product), batch_address(product, lot), words, key)


def _units(view: View, products: Docs, fits: Fits) -> Iterator[Hit]:
    units = {
        (stay.unit, stay.product, stay.lot)
        for stay in view.snapshot.site.placements
        if stay.unit is not None and fits(stay.lot, stay.unit) and view.policy.may_see((stay.product, stay.lot))
    }
    for unit, product, lot in sorted(units):
        yield _unit_hit(products, UnitKey(product, lot, unit), (unit,))


def _unit_hit(products: Docs, unit: UnitKey, words: tuple[str, ...]) -> Hit:
    name, (product, lot) = unit.unit or "", unit[:2]
    address = f"{batch_address(product, lot)}?unit={quote(name, safe='')}"
    return Hit("unit", name, f"{_named(products, product)} {lot}", address, words, unit)


def _places(view: View) -> Iterator[Hit]:
    for name, doc in _docs(view, "location").items():
        yield Hit(
            "place", doc.get("name") or name, name, f"/places/{quote(name, safe='')}", (name, doc.get("name") or "")
        )


def _sensors(view: View) -> Iterator[Hit]:
    hangs = {
        mount.sensor: mount.location for mount in view.snapshot.site.mounts if mount.since <= view.now < mount.until
    }
    for name, doc in _docs(view, "sensor").items():
        place = hangs.get(name)
        address = f"/places/{quote(place, safe='')}" if place is not None else "/setup"
        words = (name, doc.get("name") or "", doc.get("device") or "")
        yield Hit("sensor", doc.get("name") or name, place or "", address, words)
