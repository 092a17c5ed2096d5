"""Numbers of lots: the next one is drawn in the step that enters the lot, and what people type is looked at.

A number of the house's own belongs to one lot of its product for ever. Drawing writes nothing before the lot is
written, in one transaction: two never get the same, and what a crash undoes was never drawn. Gaps come from lots that
were removed and from numbers that were typed; nothing fills them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from itertools import islice
from typing import Any, NamedTuple

from batches.numbering import Numbering, following
from batches.production_dates import next_period, period_of
from batches.typed_numbers import differences, likeness, read_typed
from domain.errors import ConflictError, InvalidError, NotFoundError, Refused
from domain.model import BatchKey
from domain.times import datetime_of, format_instant, parse_instant
from domain.zones import zone_named
from ledger.requests import Correct, DrawNumber, Item
from ledger.step import Step
from sites.numbering import numbering_of
from sites.schema import Entry
from store.numbers import (
    LotNumber,
    enter_numbers,
    known_numbers,
    last_in_sequence,
    move_sequence,
    own_numbers_like,
    remove_numbers,
)

Doc = Mapping[str, Any]

_AT_ONCE = 100  # numbers that are looked up together
_FOREIGN = "a number of somebody else is entered with foreign: true"


class Drawn(NamedTuple):
    """A number for a lot that is entered in this step, and where its sequence is then."""

    number: str
    owner: str
    period: str
    sequence: int

    def keep(self, step: Step) -> None:
        """Write that it is drawn; for after its lot is written."""
        move_sequence(step.connection, self.owner, self.period, self.sequence)


class Numberings:
    """How the batch numbers of each product are made, by the documents of a site."""

    def __init__(self, sites: Iterable[Doc], products: Iterable[Doc]) -> None:
        self._site = next(iter(sites), None)
        self._products = {doc["id"]: doc for doc in products}
        self._found: dict[str, Numbering | None] = {}

    @property
    def products(self) -> Iterable[str]:
        """All products, sorted by key."""
        return self._products

    @property
    def zone(self) -> tzinfo:
        """The site's, in which a day begins."""
        return zone_named((self._site or {}).get("timezone"))

    def of(self, product: str) -> Numbering | None:
        """Return how they are made; None: people give them. Raises InvalidError as `numbering_of`."""
        if product not in self._found:
            doc = self._products.get(product)
            self._found[product] = None if doc is None else numbering_of(self._site, doc)
        return self._found[product]

    def to_draw(self, product: str) -> Numbering:
        """Return how they are made. Raises NotFoundError for no product, InvalidError where people give them."""
        if product not in self._products:
            raise NotFoundError(f"no product {product!r}")
        found = self.of(product)
        if found is None:
            raise InvalidError(f"lot: is missing, and neither product {product} nor the site has a numbering")
        return found


def numberings(step: Step, wanted: Iterable[Entry] = ()) -> Numberings:
    """Return how numbers are made once these entries are written."""
    site = [entry.doc for entry in wanted if entry.kind == "site"] or step.histories.docs("site")
    products = [entry.doc for entry in wanted if entry.kind == "product"]
    return Numberings(site, [*step.histories.docs("product"), *products])


# --- drawing ---


def draw(step: Step, request: DrawNumber) -> tuple[Correct, Drawn]:
    """Return what enters the lot under the next number, and that number.

    Raises InvalidError or NotFoundError where none can be drawn, ConflictError where the sequence is used up.
    """
    product = request.fields.get("product")
    if not isinstance(product, str):
        raise InvalidError("product: is missing")
    known = numberings(step)
    numbering = known.to_draw(product)
    line = numbering.line(request.line)
    day = production_day(request.fields.get("made_at"), step.now, known.zone)
    drawn = _next(step, product, numbering, day, line)
    fields = {**request.fields, "lot": drawn.number}
    return Correct(put=[Item("batch", fields)], new=True, reason=request.reason), drawn


def production_day(made_at: Any, now: int, zone: tzinfo) -> date:
    """Return the date of production in the site's zone: of `made_at`, or today. Raises InvalidError for no time."""
    if made_at is not None and not isinstance(made_at, str):
        raise InvalidError(f"made_at: must be text, not {made_at!r}")
    return datetime_of(now if made_at is None else parse_instant(made_at)).astimezone(zone).date()


def _next(step: Step, product: str, numbering: Numbering, day: date, line: str) -> Drawn:
    owner, period = numbering.owner or "", period_of(day, numbering.reset)
    last = last_in_sequence(step.connection, owner, period)
    for number in free_numbers(step.connection, product, numbering, day, line, last):
        made = numbering.read(number)
        if made is not None:
            return Drawn(number, owner, period, made.sequence)
    again = next_period(day, numbering.reset)
    until = "" if again is None else f"; it begins again on {again}"
    raise ConflictError(f"the sequence of batch numbers of {product} is used up: {numbering.last} was the last{until}")


def free_numbers(
    connection: Any, product: str, numbering: Numbering, day: date, line: str, after: int
) -> Iterator[str]:
    """Yield the numbers of a day after a place in the sequence that no lot of the product has or had."""
    numbers = following(numbering, day, line, after)
    while some := list(islice(numbers, _AT_ONCE)):
        known = known_numbers(connection, [(product, number) for number in some])
        yield from (number for number in some if (product, number) not in known)


# --- what people type ---


def folded(step: Step, items: Sequence[Item]) -> list[Item]:
    """Return what people want, with batch numbers that are typed almost as they are written put right, if so set."""
    if all(item.kind != "batch" for item in items):
        return list(items)
    known = numberings(step)
    return [
        Item(item.kind, put_right(known, item.fields), item.keeps) if item.kind == "batch" else item for item in items
    ]


def put_right(known: Numberings, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a batch; its number as it is written, if it is typed almost so and that is so set."""
    product, lot = fields.get("product"), fields.get("lot")
    numbering = known.of(product) if isinstance(product, str) else None
    is_foreign = fields.get("foreign") in (True, "true")
    if numbering is None or numbering.typed != "fold" or not isinstance(lot, str) or is_foreign:
        return dict(fields)
    return {**fields, "lot": read_typed(numbering, lot).meant}


def check_new(step: Step, wanted: Sequence[Entry]) -> None:
    """Look at the numbers of lots that are new.

    Raises Refused for numbers of ours that are mistyped or taken for others, ConflictError for one of a lot that was
    removed.
    """
    lots = [entry for entry in wanted if entry.kind == "batch"]
    if not lots:
        return
    before = known_numbers(step.connection, {_lot(entry) for entry in lots})
    known = numberings(step, wanted)
    problems = []
    new = [_lot(entry) for entry in lots if _lot(entry) not in before and _is_ours(known, entry.doc)]
    alike = own_numbers_like(step.connection, ((product, likeness(lot)) for product, lot in new))
    for entry in lots:
        used = before.get(_lot(entry))
        if used is None:
            reason = _why_not(known, entry.doc, alike)
            problems += [] if reason is None else [f"{entry.path}.lot: {reason}"]
        elif used.own and used.removed_at is not None:
            at = format_instant(used.removed_at)
            raise ConflictError(f"{used.product} {used.lot} was a lot that was removed at {at}: its number is used up")
    if problems:
        raise Refused(problems)


def _is_ours(known: Numberings, doc: Doc) -> bool:
    return known.of(doc["product"]) is not None and not doc["foreign"]


def _why_not(known: Numberings, doc: Doc, own: Mapping[BatchKey, Sequence[str]]) -> str | None:
    product, lot = doc["product"], doc["lot"]
    numbering = known.of(product)
    if numbering is None or doc["foreign"]:
        return None
    typed = read_typed(numbering, lot)
    if typed.kind in ("mistyped", "wrong"):
        return f"{typed.why}; {_FOREIGN}"
    alike = [each for each in own.get((product, likeness(lot)), ()) if each != lot]
    if alike:
        return f"{lot!r} can be taken for {alike[0]!r}, with {differences(lot, alike[0])}; {_FOREIGN}"
    return None


# --- keeping ---


def keep(step: Step, put: Iterable[Entry], removed: Iterable[tuple[str, Sequence[Any]]]) -> None:
    """Write which numbers are in use from now on, and which were: `removed` are kinds and the parts of keys."""
    lots = [entry.doc for entry in put if entry.kind == "batch"]
    if lots:
        known = numberings(step)
        enter_numbers(step.connection, (_number(known, doc, step.now) for doc in lots))
    remove_numbers(step.connection, [(key[0], key[1]) for kind, key in removed if kind == "batch"], step.now)


def _number(known: Numberings, doc: Doc, now: int) -> LotNumber:
    numbering = None if doc["foreign"] else known.of(doc["product"])
    own = numbering is not None and numbering.read(doc["lot"]) is not None
    return LotNumber(doc["product"], doc["lot"], likeness(doc["lot"]), own, now, None)


def _lot(entry: Entry) -> BatchKey:
    return entry.doc["product"], entry.doc["lot"]
