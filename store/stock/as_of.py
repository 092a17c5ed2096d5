"""Rows of stock as of an instant, as they are known now or were known at another (docs/adr/0016).

A question is about a position in the order of happening: all that happened up to it counts.
"""

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    false,
    func,
    or_,
    select,
    tuple_,
)

from domain.model import BatchKey, UnitKey
from store.known_at import in_force
from store.lots import lots as lots_table
from store.metadata import word
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import flows, lot_statuses, unit_sources, unit_states, units

BLOCKING = ("rejected", "recalled")
UNUSABLE = (*BLOCKING, "quarantined")
LAST = (1 << 62) - 1  # of the movements of an instant: all of them
_AT_ONCE = 2000  # names or numbers in one statement
_LOTS_AT_FIRST = 32  # then twice as many, and so on
_IN_STOCK = word("in_stock")

Rows = Iterator[Row[Any]]
Thing = TypeVar("Thing")


class Dated(NamedTuple):
    """The lots with the days on which they expire: a table with product, lot and `expires_on`.

    `rows`: those of it, as a query is given them, if they are not in the database.
    """

    table: FromClause = lots_table
    rows: Mapping[str, Any] = {}


class AsOf(NamedTuple):
    """Up to which position what happened counts (`at` None: all of it), and what was known when (None: now)."""

    at: int | None
    number: int = LAST
    known_at: int | None = None

    def counts(self, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that a row is in force and its position counts."""
        conditions = in_force(table, self.known_at)
        return conditions if self.at is None else [*conditions, self._reached(table.c.at, table.c.number)]

    def is_last(self) -> list[ColumnElement[bool]]:
        """Return the conditions that a row of `unit_states` is the last that counts of its unit."""
        if self.known_at is None:
            until = unit_states.c.until_at
            not_reached = () if self.at is None else (~self._reached(until, unit_states.c.until_number),)
            return [*self.counts(unit_states), or_(until.is_(None), *not_reached)]
        states, later = unit_states, unit_states.alias()
        after = or_(later.c.at > states.c.at, and_(later.c.at == states.c.at, later.c.number > states.c.number))
        one_later = select(later.c.row).where(later.c.unit == states.c.unit, after, *self.counts(later)).exists()
        return [*self.counts(states), ~one_later]

    def _reached(self, at: ColumnElement[Any], number: ColumnElement[Any]) -> ColumnElement[bool]:
        if self.number >= LAST:
            return at <= self.at
        return or_(at < self.at, and_(at == self.at, number <= self.number))


_STATE = (
    unit_states.c.unit.label("id"),
    units.c.product,
    units.c.lot,
    units.c.unit.label("name"),  # "": the unit without a name
    *(
        unit_states.c[name]
        for name in ("at", "quantity", "state", "location", "shipment", "party", "status", "set_at", "set_number")
    ),
    *(unit_states.c[name] for name in ("blocked_at", "blocked_number", "released_at", "released_number")),
)


def states(as_of: AsOf, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the select of units that have begun, each with its names and how it was."""
    joined = unit_states.join(units, units.c.id == unit_states.c.unit)
    return select(*_STATE).select_from(joined).where(*as_of.is_last(), *conditions)


def in_stock(
    product: str | None = None, lot: str | None = None, locations: Iterable[str] | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions that a unit is in stock; each that is given narrows it."""
    conditions = [unit_states.c.state == _IN_STOCK]
    if product is not None:
        conditions.append(unit_states.c.product == product)
    if lot is not None:
        conditions.append(units.c.lot == lot)
    if locations is not None:
        conditions.append(unit_states.c.location.in_(sorted(locations)))
    return conditions


def totals(connection: Connection, as_of: AsOf, by: str, *conditions: ColumnElement[bool]) -> Rows:
    """Return units and quantity in stock by product and `location` or `lot` (`product`: all of it), sorted."""
    columns = [unit_states.c.product, *({"location": [unit_states.c.location], "lot": [units.c.lot]}.get(by, []))]
    joined = unit_states.join(units, units.c.id == unit_states.c.unit)
    summed = (func.count().label("units"), func.sum(unit_states.c.quantity).label("quantity"))
    query = select(*columns, *summed).select_from(joined).where(*as_of.is_last(), *conditions)
    return iter(connection.execute(query.group_by(*columns).order_by(*columns)))


def states_of(connection: Connection, as_of: AsOf, numbers: Iterable[int], *more: ColumnElement[bool]) -> Rows:
    """Yield the states of units by their numbers."""
    for some in _parts(numbers):
        yield from connection.execute(states(as_of, unit_states.c.unit.in_(some), *more))


def states_of_lots(connection: Connection, as_of: AsOf, lots: Iterable[BatchKey], *more: ColumnElement[bool]) -> Rows:
    """Yield the states of all units of some lots."""
    for some in _parts(lots):
        yield from connection.execute(states(as_of, _of_lots(units, some), *more))


def numbers_of(connection: Connection, lots: Iterable[BatchKey], named: Iterable[UnitKey]) -> list[int]:
    """Return the numbers of all units of some lots, and of some units; also of such as have not begun by then."""
    wanted = set(named)
    found: set[int] = set()
    for some in _parts(lots):
        found.update(connection.scalars(select(units.c.id).where(_of_lots(units, some))))
    for some in _parts({unit[:2] for unit in wanted}):
        for row in connection.execute(select(units).where(_of_lots(units, some))):
            if UnitKey(row.product, row.lot, row.unit or None) in wanted:
                found.add(row.id)
    return sorted(found)


def edges_back(connection: Connection, as_of: AsOf, numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return (unit, source) of everything that the units came from, and of the units themselves."""
    return _edges(connection, as_of, numbers, unit_sources.c.unit, unit_sources.c.source)


def edges_forward(connection: Connection, as_of: AsOf, numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return (unit, source) of everything that came from the units."""
    return _edges(connection, as_of, numbers, unit_sources.c.source, unit_sources.c.unit)


def _edges(
    connection: Connection, as_of: AsOf, numbers: Iterable[int], here: ColumnElement[Any], there: ColumnElement[Any]
) -> list[tuple[int, int]]:
    """Walk the genealogy level by level: each unit is asked once for its edges."""
    found: set[tuple[int, int]] = set()
    seen = set(numbers)
    level = seen
    while level:
        further: set[int] = set()
        for some in _parts(level):
            query = select(unit_sources.c.unit, unit_sources.c.source, there).where(here.in_(some))
            for unit, source, next_one in connection.execute(query.where(*as_of.counts(unit_sources))):
                found.add((unit, source))
                further.add(next_one)
        level = further - seen
        seen |= level
    return sorted(found)


def flows_of(connection: Connection, as_of: AsOf, numbers: Iterable[int], kinds: Sequence[str]) -> Rows:
    """Yield what of some units came or went in these ways, in order of happening."""
    for some in _parts(numbers):
        asked = (flows.c.unit.in_(some), flows.c.kind.in_(kinds), *as_of.counts(flows))
        yield from connection.execute(select(flows).where(*asked).order_by(flows.c.at, flows.c.number, flows.c.row))


def statuses_of(connection: Connection, as_of: AsOf, lots: Iterable[BatchKey]) -> Rows:
    """Yield every status that was set of some lots, in order of happening."""
    for some in _parts(lots):
        asked = select(lot_statuses).where(_of_lots(lot_statuses, some), *as_of.counts(lot_statuses))
        yield from connection.execute(asked.order_by(lot_statuses.c.at, lot_statuses.c.number))


def first_in(connection: Connection, as_of: AsOf, lots: Iterable[BatchKey]) -> Iterator[tuple[BatchKey, int]]:
    """Yield when each of some lots first came into stock, received or made: nothing comes or goes of it before."""
    asked = given(product=TEXT, lot=TEXT)
    same = (units.c.product == asked.c.product) & (units.c.lot == asked.c.lot)
    joined = asked.join(units, same).join(flows, flows.c.unit == units.c.id)
    query = select(units.c.product, units.c.lot, func.min(flows.c.at)).select_from(joined)
    query = query.where(*as_of.counts(flows)).group_by(units.c.product, units.c.lot)
    for product, lot, at in connection.execute(query, rows_given(lots)):
        yield (product, lot), at


def blocking_units(as_of: AsOf) -> Select[Any]:
    """Return the select of the units that block what came from them by a status of their own."""
    return states(as_of, *_is_one_of(unit_states, BLOCKING))


def unusable_units(as_of: AsOf, product: str, locations: Iterable[str] | None) -> Select[Any]:
    """Return the select of the units of a product in stock there that may not be used for a status of their own.

    They are few beside those in stock, so it is not those that are looked through.
    """
    conditions = [unit_states.c.product == product, unit_states.c.state == "in_stock"]
    if locations is not None:
        conditions.append(unit_states.c.location.in_(sorted(locations)))
    return states(as_of, *_is_one_of(unit_states, UNUSABLE), *conditions)


def _is_one_of(table: FromClause, statuses: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that a status is one of these, all of which are unusable: the partial index serves."""
    return [table.c.status.in_([word(each) for each in named]) for named in dict.fromkeys((UNUSABLE, tuple(statuses)))]


def blocking_lots(connection: Connection, as_of: AsOf) -> list[BatchKey]:
    """Return the lots that block what came from them."""
    ever = select(lot_statuses.c.product, lot_statuses.c.lot).where(*_is_one_of(lot_statuses, BLOCKING))
    found = connection.execute(ever.where(*as_of.counts(lot_statuses)).distinct())
    latest = {(row.product, row.lot): row.status for row in statuses_of(connection, as_of, map(tuple, found))}
    return sorted(lot for lot, status in latest.items() if status in BLOCKING)


def lots_in_stock(
    connection: Connection, as_of: AsOf, product: str, locations: Iterable[str] | None, most: int
) -> list[BatchKey]:
    """Return lots of a product that are in stock there, at most so many."""
    query = select(units.c.lot).select_from(unit_states.join(units, units.c.id == unit_states.c.unit))
    query = query.where(*as_of.is_last(), *in_stock(product, locations=locations)).distinct().limit(most)
    return [(product, lot) for lot in connection.scalars(query)]


def lots_by_expiry(
    connection: Connection, as_of: AsOf, product: str, locations: Collection[str] | None, since: str, dated: Dated
) -> Generator[str, None, None]:
    """Yield the lots of a product in stock that expire on a day or later: the first first, those that never do last.

    Of those that expire on one day the first to come into stock is first.
    """
    lots = dated.table.c
    query = select(lots.lot, lots.expires_on).where(lots.product == product)
    for part in (
        query.where(lots.expires_on >= since).order_by(lots.expires_on),
        query.where(lots.expires_on.is_(None)),
    ):
        with connection.execute(part, dated.rows, execution_options={"yield_per": 500}) as found:
            for days in _whole_days(tuple(row) for row in found):
                stored = _stored(connection, as_of, product, locations, days)
                first = {lot: at for (_, lot), at in first_in(connection, as_of, stored)}
                yield from sorted(first, key=lambda lot: (days[lot] or "", first[lot], lot))


def _stored(
    connection: Connection, as_of: AsOf, product: str, locations: Collection[str] | None, lots: Iterable[str]
) -> set[BatchKey]:
    """Return those of some lots that are in stock there; they are few, so where they are is looked at here."""
    asked = given(product=TEXT, lot=TEXT)
    same = (units.c.product == asked.c.product) & (units.c.lot == asked.c.lot)
    joined = asked.join(units, same).join(unit_states, unit_states.c.unit == units.c.id)
    query = select(units.c.lot, unit_states.c.location).select_from(joined).where(*as_of.is_last(), *in_stock())
    found = connection.execute(query, rows_given((product, lot) for lot in lots))
    return {(product, row.lot) for row in found if locations is None or row.location in locations}


def _whole_days(found: Iterable[tuple[str, str | None]]) -> Iterator[dict[str, str | None]]:
    """Yield lots with the days on which they expire, some at once, then more; those of a day together."""
    some: dict[str, str | None] = {}
    most, day = _LOTS_AT_FIRST, None
    for lot, expires_on in found:
        if len(some) >= most and expires_on != day:
            yield some
            some, most = {}, 2 * most
        some[lot] = day = expires_on
    yield some


def lots_by_first_in(
    connection: Connection, as_of: AsOf, product: str, locations: Iterable[str] | None, *, newest: bool
) -> Generator[str, None, None]:
    """Yield the lots of a product that are in stock: the first to come into stock first, or last."""
    of = units.alias()
    stored = select(of.c.lot).select_from(unit_states.join(of, of.c.id == unit_states.c.unit))
    stored = stored.where(*as_of.is_last(), *in_stock(product, locations=locations))
    first = func.min(flows.c.at)
    query = select(units.c.lot).select_from(units.join(flows, flows.c.unit == units.c.id))
    query = query.where(units.c.product == product, units.c.lot.in_(stored), *as_of.counts(flows))
    query = query.group_by(units.c.lot)
    query = query.order_by(first.desc() if newest else first, units.c.lot)
    with connection.execute(query, execution_options={"yield_per": 500}) as found:
        yield from found.scalars()


def expiring(product: str, before: str, dated: Dated) -> ColumnElement[bool]:
    """Return the condition that a unit is of a lot that expires before a day."""
    table = dated.table.c
    lots = select(table.lot).where(table.product == product, table.expires_on < before)
    return and_(units.c.product == product, units.c.lot.in_(lots))


def lots_with_markets(connection: Connection, product: str) -> list[tuple[str, list[str]]]:
    """Return the lots of a product that may go to some markets only, each with these."""
    markets = lots_table.c.doc["markets"]
    is_limited = (lots_table.c.product == product) & (markets.as_string() != "[]")
    query = select(lots_table.c.lot, lots_table.c.doc).where(is_limited)
    return [(lot, doc["markets"]) for lot, doc in connection.execute(query) if doc["markets"]]


def unreleased(as_of: AsOf) -> ColumnElement[bool]:
    """Return the condition that a unit is of a lot that is not released."""
    of_lot = lot_statuses.c.product == units.c.product, lot_statuses.c.lot == units.c.lot
    last = select(lot_statuses.c.status).where(*of_lot, *as_of.counts(lot_statuses))
    last = last.order_by(lot_statuses.c.at.desc(), lot_statuses.c.number.desc()).limit(1)
    return func.coalesce(last.scalar_subquery(), "unreleased") != "released"


def unusable_lots(connection: Connection, as_of: AsOf, product: str) -> list[BatchKey]:
    """Return the lots of a product that may not be used for their status."""
    later = lot_statuses.alias()
    after = tuple_(later.c.at, later.c.number) > tuple_(lot_statuses.c.at, lot_statuses.c.number)
    same = later.c.product == lot_statuses.c.product, later.c.lot == lot_statuses.c.lot
    one_later = select(later.c.row).where(*same, after, *as_of.counts(later)).exists()
    is_it = lot_statuses.c.product == product, *_is_one_of(lot_statuses, UNUSABLE)
    query = select(lot_statuses.c.lot).where(*is_it)
    return [(product, lot) for lot in connection.scalars(query.where(*as_of.counts(lot_statuses), ~one_later))]


def _of_lots(table: FromClause, lots: Sequence[BatchKey]) -> ColumnElement[bool]:
    """Return the condition that a row is of one of some lots; SQLite finds no pairs of values by an index."""
    by_product: dict[str, list[str]] = {}
    for product, lot in lots:
        by_product.setdefault(product, []).append(lot)
    return or_(false(), *(and_(table.c.product == each, table.c.lot.in_(of)) for each, of in by_product.items()))


def _parts(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    listed = list(things)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
