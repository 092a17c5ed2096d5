"""Orders and reservations, row by row."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from domain.model import UnitKey
from store.stock.given import TEXT, given, rows_given
from store.stock.order_tables import order_lines, orders, reservations
from store.stock.tables import unit_states, units

_RESERVATION = (*reservations.c, units.c.product, units.c.lot, units.c.unit.label("name"))


def add(connection: Connection, order: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> int:
    """Write a new order with its lines; return its number."""
    number = connection.execute(insert(orders).values(**order).returning(orders.c.number)).scalar_one()
    connection.execute(insert(order_lines), [{"order": number, **line} for line in lines])
    return int(number)


def newest_number(connection: Connection) -> int:
    """Return the number of the newest order, 0 if there is none."""
    return connection.scalar(select(func.max(orders.c.number))) or 0


def find(connection: Connection, name: str) -> Row[Any] | None:
    """Return the row of an order."""
    return connection.execute(select(orders).where(orders.c.id == name)).first()


def change(connection: Connection, number: int, **values: Any) -> None:
    """Change the row of an order."""
    connection.execute(update(orders).where(orders.c.number == number).values(**values))


def lines_of(connection: Connection, numbers: Collection[int]) -> Sequence[Row[Any]]:
    """Return the lines of orders, in their order."""
    query = select(order_lines).where(order_lines.c.order.in_(numbers))
    return connection.execute(query.order_by(order_lines.c.order, order_lines.c.line)).all()


def kept_for(connection: Connection, numbers: Collection[int]) -> Sequence[Row[Any]]:
    """Return what is kept for orders, or was shipped with them: reservations with the names of their units."""
    query = _reservations().where(reservations.c.order.in_(numbers))
    query = query.where(reservations.c.ended.is_(None) | (reservations.c.ended == "shipped"))
    return connection.execute(query.order_by(reservations.c.id)).all()


def _reservations() -> Select[Any]:
    return select(*_RESERVATION).join(units, units.c.id == reservations.c.unit)


def reserved(connection: Connection, product: str | None = None) -> dict[tuple[str, str, str | None], int]:
    """Return how much of units is kept for orders, by product, lot and unit."""
    query = (
        select(units.c.product, units.c.lot, units.c.unit, func.sum(reservations.c.quantity))
        .join(units, units.c.id == reservations.c.unit)
        .where(reservations.c.ended_at.is_(None))
        .group_by(units.c.product, units.c.lot, units.c.unit)
    )
    if product is not None:
        query = query.where(units.c.product == product)
    return {(row[0], row[1], row[2] or None): int(row[3]) for row in connection.execute(query)}


_KEEPING = select(reservations.c.order).where(reservations.c.ended_at.is_(None)).distinct()
_NAMES = given(product=TEXT, lot=TEXT, unit=TEXT)
_IS_NAMED = (units.c.product == _NAMES.c.product) & (units.c.lot == _NAMES.c.lot) & (units.c.unit == _NAMES.c.unit)
_KEEPING_UNITS = _KEEPING.select_from(
    _NAMES.join(units, _IS_NAMED).join(reservations, reservations.c.unit == units.c.id)
)
_IS_KEPT = (reservations.c.unit == units.c.id) & reservations.c.ended_at.is_(None)
_IS_THERE = (
    (unit_states.c.unit == units.c.id)
    & unit_states.c.superseded_at.is_(None)
    & unit_states.c.until_at.is_(None)
    & (unit_states.c.state == "in_stock")
)
_KEPT = (
    select(
        *(orders.c.id, units.c.product, units.c.lot, units.c.unit, reservations.c.quantity, reservations.c.picked_at),
        unit_states.c.quantity.label("there"),
    )
    .select_from(
        _NAMES.join(units, _IS_NAMED)
        .join(reservations, _IS_KEPT)
        .join(orders, orders.c.number == reservations.c.order)
        .outerjoin(unit_states, _IS_THERE)
    )
    .order_by(reservations.c.id)
)


class Kept(NamedTuple):
    """What of a unit is kept for an order; `in_stock`: how much of it is there at all."""

    order: str
    unit: UnitKey
    quantity: int
    is_picked: bool
    in_stock: int


def kept_of(connection: Connection, keys: Collection[UnitKey], but_for: str | None = None) -> list[Kept]:
    """Return what is kept of some units for orders, but for one of these."""
    if not keys:
        return []
    rows = connection.execute(_KEPT, rows_given((key.product, key.lot, key.unit or "") for key in keys))
    return [
        Kept(
            row.id,
            UnitKey(row.product, row.lot, row.unit or None),
            row.quantity,
            row.picked_at is not None,
            row.there or 0,
        )
        for row in rows
        if row.id != but_for
    ]


def orders_keeping(connection: Connection, named: Collection[UnitKey] | None = None) -> list[int]:
    """Return the numbers of the orders that keep any of these units; None: that keep anything."""
    if named is None:
        return sorted(connection.scalars(_KEEPING))
    asked = rows_given((each.product, each.lot, each.unit or "") for each in named)
    return sorted(connection.scalars(_KEEPING_UNITS, asked)) if named else []


def by_number(connection: Connection, numbers: Collection[int]) -> Sequence[Row[Any]]:
    """Return the rows of orders, oldest first."""
    return connection.execute(select(orders).where(orders.c.number.in_(numbers)).order_by(orders.c.number)).all()


def reserve(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write reservations."""
    if rows:
        connection.execute(insert(reservations), list(rows))


def change_reservations(connection: Connection, ids: Collection[int], **values: Any) -> None:
    """Change reservations."""
    if ids:
        connection.execute(update(reservations).where(reservations.c.id.in_(ids)).values(**values))


def units_called(connection: Connection, name: str, limit: int = 3) -> list[tuple[str, str, str | None]]:
    """Return a few units, of any lot, that have this name."""
    columns = units.c.product, units.c.lot, units.c.unit
    query = select(*columns).where(units.c.unit == name).order_by(*columns).limit(limit)
    return [(row.product, row.lot, row.unit) for row in connection.execute(query)]


def listed(
    connection: Connection,
    before: int | None,
    count: int,
    *,
    ended: bool | None,
    party: str | None = None,
    document: str | None = None,
) -> Sequence[Row[Any]]:
    """Return orders before a number, newest first."""
    query = select(orders).order_by(orders.c.number.desc()).limit(count)
    if before is not None:
        query = query.where(orders.c.number < before)
    if ended is not None:
        query = query.where(orders.c.ended.is_not(None) if ended else orders.c.ended.is_(None))
    if party is not None:
        query = query.where(orders.c.party == party)
    if document is not None:
        query = query.where(orders.c.document == document)
    return connection.execute(query).all()
