"""Units that movements made and that left: of which nothing is in memory, and how those are found again (ADR 19)."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, or_, select, update

from domain.model import UnitKey
from store.stock.given import NUMBER, TEXT, given, rows_given
from store.stock.tables import unit_states, units

_NAMES = given(product=TEXT, lot=TEXT, unit=TEXT)
_SPANS = given(location=TEXT, since=NUMBER, until=NUMBER)
_PRODUCTS = given(product=TEXT, since=NUMBER)

_IN_MEMORY = select(units.c.id).where(or_(units.c.left_at.is_(None), units.c.left_at > bindparam("now")))
_NAMED = (units.c.product == _NAMES.c.product) & (units.c.lot == _NAMES.c.lot) & (units.c.unit == _NAMES.c.unit)
_SET_LEFT = (
    update(units)
    .where(units.c.id.in_(select(units.c.id).select_from(_NAMES.join(units, _NAMED))))
    .values(left_at=bindparam("at"))
)
_SET_HERE = _SET_LEFT.where(units.c.left_at.is_not(None))
_STATE = unit_states.c
_THERE = (
    (_STATE.location == _SPANS.c.location)
    & _STATE.superseded_at.is_(None)
    & (_STATE.at <= _SPANS.c.until)
    & or_(_STATE.until_at.is_(None), _STATE.until_at >= _SPANS.c.since)
)
_STOOD = select(_STATE.unit).select_from(_SPANS.join(unit_states, _THERE)).distinct()
_OF_PRODUCTS = select(units.c.id).select_from(
    _PRODUCTS.join(units, (units.c.product == _PRODUCTS.c.product) & (units.c.left_at >= _PRODUCTS.c.since))
)


def in_memory(connection: Connection, now: int) -> list[int]:
    """Return the units that the engine has in memory at an instant."""
    return list(connection.scalars(_IN_MEMORY, {"now": now}))


def set_left(connection: Connection, left: Collection[UnitKey], at: int | None) -> None:
    """Write of units when they had left; None: the engine has them in memory."""
    if left:
        rows = ([unit.product, unit.lot, unit.unit or ""] for unit in left)
        connection.execute(_SET_HERE if at is None else _SET_LEFT, {**rows_given(rows), "at": at})


def stood(connection: Connection, spans: Iterable[tuple[str, int, int]]) -> set[int]:
    """Return the units that were at locations at any time of closed spans."""
    return set(connection.scalars(_STOOD, rows_given(spans)))


def of_products(connection: Connection, since: Iterable[tuple[str, int]]) -> set[int]:
    """Return the units of products that had left at an instant or later."""
    return set(connection.scalars(_OF_PRODUCTS, rows_given(since)))
