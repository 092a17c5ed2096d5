"""Units by name, and where they were: the rows of `unit_states` in force."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Row, insert, select, true, tuple_

from domain.model import BatchKey, UnitKey
from store.stock.given import NUMBER, TEXT, given, rows_given
from store.stock.tables import flows, unit_states, units

Position: TypeAlias = tuple[int, int]  # in the order of happening: instant, number of the movement


class Placed(NamedTuple):
    """What a row of `unit_states` says of a unit besides its name: see there."""

    quantity: int
    state: str
    location: str | None
    shipment: str | None
    party: str | None
    status: str | None
    set_at: int | None
    set_number: int | None
    blocked_at: int | None
    blocked_number: int | None
    released_at: int | None
    released_number: int | None


_PLACED = [unit_states.c[name] for name in Placed._fields]


def placed_of(row: Row[Any]) -> Placed:
    """Return what a row says."""
    return Placed(*(getattr(row, name) for name in Placed._fields))


_NAMES = given(product=TEXT, lot=TEXT, unit=TEXT)
_IS_NAMED = (units.c.product == _NAMES.c.product) & (units.c.lot == _NAMES.c.lot) & (units.c.unit == _NAMES.c.unit)
_BY_NAME = select(units).select_from(_NAMES.join(units, _IS_NAMED))


def ids_of(connection: Connection, keys: Collection[UnitKey]) -> dict[UnitKey, int]:
    """Return the numbers of the units that were ever named."""
    if not keys:
        return {}
    found = connection.execute(_BY_NAME, rows_given(_named(key) for key in keys))
    return {UnitKey(row.product, row.lot, row.unit or None): row.id for row in found}


def with_ids(connection: Connection, keys: Collection[UnitKey]) -> dict[UnitKey, int]:
    """Return the numbers of units; those that were never named get one."""
    found = ids_of(connection, keys)
    missing = [key for key in dict.fromkeys(keys) if key not in found]
    if missing:
        rows = [dict(zip(("product", "lot", "unit"), _named(key), strict=True)) for key in missing]
        connection.execute(insert(units), rows)
        found |= ids_of(connection, missing)
    return found


_IDS = given(id=NUMBER)
_BY_ID = select(units).select_from(_IDS.join(units, units.c.id == _IDS.c.id))


def keys_of(connection: Connection, ids: Collection[int]) -> dict[int, UnitKey]:
    """Return the names of units."""
    if not ids:
        return {}
    found = connection.execute(_BY_ID, rows_given([each] for each in ids))
    return {row.id: UnitKey(row.product, row.lot, row.unit or None) for row in found}


_STARTS = given(unit=NUMBER, at=NUMBER, number=NUMBER)
_earlier = unit_states.alias()
_LAST_BEFORE = (
    select(_earlier)
    .where(
        _earlier.c.unit == _STARTS.c.unit,
        _earlier.c.superseded_at.is_(None),
        tuple_(_earlier.c.at, _earlier.c.number) < tuple_(_STARTS.c.at, _STARTS.c.number),
    )
    .order_by(_earlier.c.at.desc(), _earlier.c.number.desc())
    .limit(1)
)
_ROW_BEFORE = _LAST_BEFORE.with_only_columns(_earlier.c.row).scalar_subquery()
_JOINED_BEFORE = _LAST_BEFORE.lateral()
# PostgreSQL would look through the whole table for rows that a subquery names; SQLite knows no lateral join.
_BEFORE = {
    "sqlite": select(unit_states).select_from(_STARTS.join(unit_states, unit_states.c.row == _ROW_BEFORE)),
    "postgresql": select(_JOINED_BEFORE).select_from(_STARTS.join(_JOINED_BEFORE, true())),
}


def last_state(connection: Connection, key: UnitKey) -> str | None:
    """Return what became of a unit last: in_stock, on_its_way, delivered or ended; None: it has not begun."""
    named = dict(zip(("product", "lot", "unit"), _named(key), strict=True))
    is_it = [units.c[name] == value for name, value in named.items()]
    last = unit_states.c.superseded_at.is_(None) & unit_states.c.until_at.is_(None)
    query = select(unit_states.c.state).select_from(units.join(unit_states, (unit_states.c.unit == units.c.id) & last))
    found: str | None = connection.scalar(query.where(*is_it))
    return found


def was_received(connection: Connection, lot: BatchKey) -> bool:
    """Tell whether any of a lot was ever received."""
    of_lot = (units.c.product == lot[0]) & (units.c.lot == lot[1])
    came = (flows.c.kind == "received") & flows.c.superseded_at.is_(None)
    query = select(flows.c.row).select_from(units.join(flows, flows.c.unit == units.c.id)).where(of_lot, came)
    return connection.execute(query.limit(1)).first() is not None


def before(connection: Connection, starts: Mapping[int, Position]) -> list[Row[Any]]:
    """Return the row in force of each unit just before a position; none of a unit that has not begun by then."""
    if not starts:
        return []
    return list(connection.execute(_BEFORE[connection.dialect.name], rows_given(_rows(starts))))


_SHIPMENTS = given(shipment=TEXT, at=NUMBER, number=NUMBER)
_POSITION = tuple_(_SHIPMENTS.c.at, _SHIPMENTS.c.number)
_WAS_ON_ITS_WAY = (
    (unit_states.c.shipment == _SHIPMENTS.c.shipment)
    & unit_states.c.superseded_at.is_(None)
    & (unit_states.c.state == "on_its_way")
    & (tuple_(unit_states.c.at, unit_states.c.number) < _POSITION)
    & (unit_states.c.until_at.is_(None) | (tuple_(unit_states.c.until_at, unit_states.c.until_number) >= _POSITION))
)
_ON_THEIR_WAY = select(unit_states.c.shipment, unit_states.c.unit).select_from(
    _SHIPMENTS.join(unit_states, _WAS_ON_ITS_WAY)
)


def on_their_way(connection: Connection, shipments: Mapping[str, Position]) -> list[tuple[str, int]]:
    """Return `(shipment, unit)` of what was on its way just before a position."""
    if not shipments:
        return []
    found = connection.execute(_ON_THEIR_WAY, rows_given(_rows(shipments)))
    return [(row.shipment, row.unit) for row in found]


def _named(key: UnitKey) -> tuple[str, str, str]:
    return key.product, key.lot, key.unit or ""


def _rows(starts: Mapping[Any, Position]) -> Iterable[tuple[Any, int, int]]:
    return ((each, *position) for each, position in starts.items())
