"""Movements that were recorded, and which units and shipments they are about."""

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Subquery,
    Table,
    bindparam,
    func,
    insert,
    select,
    true,
    tuple_,
    update,
)

from store.database import upsert_into
from store.evidence import Covered, note
from store.stock.given import NUMBER, TEXT, given, rows_given
from store.stock.tables import movement_shipments, movement_units, movements
from store.stock.units import Position

CHANGING_NOTHING = ("count", "void")  # of stock; what they name is kept for those who look it up


class StoredMovement(NamedTuple):
    """A movement on record; `given` and `recorded` are JSON texts."""

    number: int
    id: str
    at: int
    do: str
    given: str
    recorded: str
    voided_by: int | None

    @property
    def position(self) -> Position:
        """Where it stands in the order of happening."""
        return self.at, self.number


# Whether and why it was forced, its line in the audit trail says; what was voided, the movement that voids it.
MOVEMENTS = Covered(movements, ("number",), frozenset({"forced", "voided_by", "voided_at"}))

_STORED = [movements.c[name] for name in StoredMovement._fields]
_LAST_NUMBER = select(func.max(movements.c.number))


def last_number(connection: Connection) -> int:
    """Return the number of the movement that was recorded last, 0 if there is none."""
    return connection.scalar(_LAST_NUMBER) or 0


_IDS = given(id=TEXT)
_BY_ID = select(*_STORED).select_from(_IDS.join(movements, movements.c.id == _IDS.c.id))


def by_id(connection: Connection, ids: Collection[str]) -> dict[str, StoredMovement]:
    """Return the movements with these ids."""
    if not ids:
        return {}
    found = connection.execute(_BY_ID, rows_given([each] for each in ids))
    return {row.id: StoredMovement(*row) for row in found}


_NUMBERS = given(number=NUMBER)
_BY_NUMBER = select(*_STORED).select_from(_NUMBERS.join(movements, movements.c.number == _NUMBERS.c.number))
_OF_NUMBERS = _NUMBERS.join(movement_units, movement_units.c.number == _NUMBERS.c.number)
_UNITS_OF = select(movement_units.c.number, movement_units.c.unit).select_from(_OF_NUMBERS)


def by_number(connection: Connection, numbers: Collection[int]) -> dict[int, StoredMovement]:
    """Return the movements with these numbers."""
    if not numbers:
        return {}
    found = connection.execute(_BY_NUMBER, rows_given([each] for each in numbers))
    return {row.number: StoredMovement(*row) for row in found}


def units_of(connection: Connection, numbers: Collection[int]) -> list[tuple[int, int]]:
    """Return `(number, unit)` for each unit that movements are about."""
    if not numbers:
        return []
    found = connection.execute(_UNITS_OF, rows_given([each] for each in numbers))
    return [(row.number, row.unit) for row in found]


def _later(starts: Subquery, link: Table, same: ColumnElement[bool]) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return what links things to movements, joined with where they start, and the conditions that it is later."""
    joined = starts.join(link, same & (link.c.at >= starts.c.at))
    after = tuple_(link.c.at, link.c.number) > tuple_(starts.c.at, starts.c.number)
    return joined.join(movements, movements.c.number == link.c.number), [after, movements.c.voided_by.is_(None)]


_UNIT_STARTS = given(unit=NUMBER, at=NUMBER, number=NUMBER)
_LINKED, _IS_LATER = _later(_UNIT_STARTS, movement_units, movement_units.c.unit == _UNIT_STARTS.c.unit)
_LATER_OF_UNITS = (
    select(movement_units.c.unit, movement_units.c.at, movement_units.c.number)
    .select_from(_LINKED)
    .where(*_IS_LATER, movements.c.do.not_in(CHANGING_NOTHING))
)


def later_of_units(connection: Connection, starts: Mapping[int, Position]) -> list[tuple[int, Position]]:
    """Return `(unit, position)` of what happened to units after a position, and changed stock."""
    if not starts:
        return []
    found = connection.execute(_LATER_OF_UNITS, rows_given((each, *at) for each, at in starts.items()))
    return [(row.unit, (row.at, row.number)) for row in found]


_SHIPMENT_STARTS = given(shipment=TEXT, at=NUMBER, number=NUMBER)
_SHIPPED, _IS_LATER_OF_SHIPMENT = _later(
    _SHIPMENT_STARTS, movement_shipments, movement_shipments.c.shipment == _SHIPMENT_STARTS.c.shipment
)
_LATER_DELIVERIES = select(*_STORED).select_from(_SHIPPED).where(*_IS_LATER_OF_SHIPMENT, movements.c.do == "deliver")


def later_deliveries(connection: Connection, starts: Mapping[str, Position]) -> list[StoredMovement]:
    """Return the deliveries of shipments after a position."""
    if not starts:
        return []
    found = connection.execute(_LATER_DELIVERIES, rows_given((each, *at) for each, at in starts.items()))
    return [StoredMovement(*row) for row in found]


_SHIPMENTS = given(shipment=TEXT)
_ships = movements.alias()
_FIRST_SHIPPING = (
    select(movement_shipments.c.number, _ships.c.recorded)
    .join(_ships, _ships.c.number == movement_shipments.c.number)
    .where(
        movement_shipments.c.shipment == _SHIPMENTS.c.shipment,
        _ships.c.do == "ship",
        _ships.c.voided_by.is_(None),
        _ships.c.number.not_in(bindparam("without", expanding=True)),
    )
    .limit(1)
)
_NUMBER = _FIRST_SHIPPING.with_only_columns(movement_shipments.c.number, maintain_column_froms=True).scalar_subquery()
_JOINED = _FIRST_SHIPPING.lateral()
# As in `store.stock.units`: each database knows one of the two, or is slow with the other.
_SHIPPING = {
    "sqlite": select(_SHIPMENTS.c.shipment, movements.c.recorded).select_from(
        _SHIPMENTS.join(movements, movements.c.number == _NUMBER)
    ),
    "postgresql": select(_SHIPMENTS.c.shipment, _JOINED.c.recorded).select_from(_SHIPMENTS.join(_JOINED, true())),
}


def shipping(connection: Connection, shipments: Collection[str], without: Collection[int]) -> list[tuple[str, str]]:
    """Return `(shipment, recorded)` with one movement that shipped something in each; those left out never happened."""
    if not shipments:
        return []
    asked = {**rows_given([each] for each in shipments), "without": list(without)}
    return [(row.shipment, row.recorded) for row in connection.execute(_SHIPPING[connection.dialect.name], asked)]


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write movements: all columns but those that tell of a void."""
    if rows:
        connection.execute(insert(movements), list(rows))
        note(connection, MOVEMENTS, rows)


def void(connection: Connection, voided: Mapping[int, int], now: int) -> None:
    """Note of movements, by number, the void that says that they never happened."""
    for number, by in voided.items():
        change = update(movements).where(movements.c.number == number)
        connection.execute(change.values(voided_by=by, voided_at=now))


def link(
    connection: Connection, named: Iterable[tuple[int, Position]], shipped: Iterable[tuple[str, Position]]
) -> None:
    """Note which units and shipments movements are about; what is noted already stays."""
    units = [{"unit": unit, "at": at, "number": number} for unit, (at, number) in dict.fromkeys(named)]
    if units:
        connection.execute(upsert_into(connection, movement_units).on_conflict_do_nothing(), units)
    rows = [{"shipment": name, "at": at, "number": number} for name, (at, number) in dict.fromkeys(shipped)]
    if rows:
        connection.execute(upsert_into(connection, movement_shipments).on_conflict_do_nothing(), rows)


def texts(connection: Connection) -> Generator[str, None, None]:
    """Yield all movements as they were recorded, in the order of recording, a few in memory at a time."""
    query = select(movements.c.recorded).order_by(movements.c.number)
    yield from connection.execution_options(yield_per=1000).scalars(query)
