"""Which unit and which location a person means by what was scanned or typed; if that is not clear, what it may be."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial
from typing import Literal

from sqlalchemy import select

from api.deps import View
from api.web.frame.texts import text
from batches.movements import show_unit
from batches.orders import Scan
from batches.scanning import by_gtin, read_scan
from domain.errors import InvalidError
from domain.model import UnitKey
from ledger.stock.serials import find_serial, units_meant
from store import state
from store.stock.tables import unit_states, units

NAMED = 5  # so many possibilities are named


def unit_meant(view: View, scan: str) -> UnitKey:
    """Return the one unit that a scan means. Raises InvalidError, naming those that may be meant."""
    found = _read(view, scan)
    if found.product is not None and found.lot is not None and found.unit is not None:
        return UnitKey(found.product, found.lot, found.unit)
    if found.product is None and found.lot is None and found.unit is not None:
        candidates = units_meant(view.connection, found.unit, NAMED)
    else:
        candidates = _of_lot(view, found)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise InvalidError(text("movements.no_unit", scan=scan))
    raise InvalidError(text("movements.several", scan=scan, units=", ".join(map(show_unit, candidates))))


def unit_that_begins(view: View, scan: str) -> UnitKey:
    """Return a unit by its whole name; its lot is known. Raises InvalidError."""
    product, lot = lot_of(view, scan)
    return UnitKey(product, lot, _read(view, scan).unit)


def lot_of(view: View, scan: str) -> tuple[str, str]:
    """Return the lot that a scan names, alone or with a unit. Raises InvalidError."""
    found = _read(view, scan)
    batches = view.snapshot.site.batches
    if found.product is not None and (found.product, found.lot or "") in batches:
        return found.product, found.lot or ""
    same = [key for key in batches if key[1] == found.lot and found.product is None]
    if len(same) == 1:
        return same[0]
    near = same or [key for key in batches if key[0] == found.product]
    known = text("movements.lots", lots=_listed(f"{product} {lot}" for product, lot in near)) if near else ""
    raise InvalidError(f"{text('movements.no_lot', scan=scan)}{known}")


def location_of(view: View, scan: str) -> str:
    """Return a location by its id or name, whatever the case. Raises InvalidError, naming those that are close."""
    names = names_of(view, "location")
    wanted = scan.strip().casefold()
    found = [each for each, name in names.items() if wanted in (each.casefold(), name.casefold())]
    if scan.strip() in names or len(found) == 1:
        return scan.strip() if scan.strip() in names else found[0]
    near = get_close_matches(wanted, [each.casefold() for each in names], NAMED, 0.5)
    listed = found or [each for each in names if each.casefold() in near] or sorted(names)[:NAMED]
    raise InvalidError(text("movements.no_location", scan=scan, locations=_listed(listed)))


def names_of(view: View, kind: Literal["location", "party"]) -> dict[str, str]:
    """Return what locations or business partners are called, by id."""
    docs = [entry.doc for entry in state.load_entries(view.connection, kind)]
    return {doc["id"]: str(doc.get("name") or doc["id"]) for doc in docs}


def names_unit(view: View, scan: str) -> bool:
    """Tell whether a scan names a unit, not only its lot."""
    return _read(view, scan).unit is not None


def _read(view: View, scan: str) -> Scan:
    gtins = {entry.doc["id"]: entry.doc.get("gtin") for entry in state.load_entries(view.connection, "product")}
    return read_scan(scan, by_gtin(gtins), partial(units_meant, view.connection), partial(find_serial, view.connection))


def _of_lot(view: View, found: Scan) -> list[UnitKey]:
    """Return units of the lot that have not ended, so many at most; the unit without a name alone if it is one."""
    last = unit_states.c.superseded_at.is_(None) & unit_states.c.until_number.is_(None)
    going = units.join(unit_states, (unit_states.c.unit == units.c.id) & last & (unit_states.c.state != "ended"))
    query = select(units.c.product, units.c.lot, units.c.unit).select_from(going).where(units.c.lot == found.lot)
    if found.product is not None:
        query = query.where(units.c.product == found.product)
    query = query.order_by(units.c.unit).limit(NAMED)  # the one without a name is first
    rows = [UnitKey(product, lot, unit or None) for product, lot, unit in view.connection.execute(query)]
    return [key for key in rows if key.unit is None] or rows


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:NAMED]) + (" …" if len(found) > NAMED else "")
