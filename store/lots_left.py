"""Lots whose units have left: of which nothing is in memory, and how those are found again (docs/adr/0019)."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, or_, select, tuple_, update

from domain.model import BatchKey
from store.database import upsert_into
from store.lots import last_left, lots, placements
from store.stock.given import NUMBER, TEXT, given, rows_given

_LOTS = given(product=TEXT, lot=TEXT)
_SPANS = given(location=TEXT, since=NUMBER, until=NUMBER)
_PRODUCTS = given(product=TEXT, since=NUMBER)
_NAME = (lots.c.product, lots.c.lot)

_IN_MEMORY = select(*_NAME).where(or_(lots.c.left_at.is_(None), lots.c.left_at > bindparam("now")))
_SET_LEFT = update(lots).where(tuple_(*_NAME).in_(select(_LOTS.c.product, _LOTS.c.lot))).values(left_at=bindparam("at"))
_SET_HERE = _SET_LEFT.where(lots.c.left_at.is_not(None))
_THERE = (
    (placements.c.location == _SPANS.c.location)
    & (placements.c.since <= _SPANS.c.until)
    & or_(placements.c.until.is_(None), placements.c.until >= _SPANS.c.since)
)
_STOOD = select(placements.c.product, placements.c.lot).select_from(_SPANS.join(placements, _THERE)).distinct()
_OF_PRODUCTS = select(*_NAME).select_from(
    _PRODUCTS.join(lots, (lots.c.product == _PRODUCTS.c.product) & (lots.c.left_at >= _PRODUCTS.c.since))
)


def in_memory(connection: Connection, now: int) -> list[BatchKey]:
    """Return the lots whose units the engine has in memory at an instant."""
    return [(row.product, row.lot) for row in connection.execute(_IN_MEMORY, {"now": now})]


def set_left(connection: Connection, left: Collection[BatchKey], at: int | None) -> None:
    """Write of lots when all their units had left; None: the engine has them in memory."""
    if left:
        connection.execute(_SET_HERE if at is None else _SET_LEFT, {**rows_given(left), "at": at})


def stood(connection: Connection, spans: Iterable[tuple[str, int, int]]) -> set[BatchKey]:
    """Return the lots of which units stood at locations at any time of closed spans."""
    return {(row.product, row.lot) for row in connection.execute(_STOOD, rows_given(spans))}


def of_products(connection: Connection, since: Iterable[tuple[str, int]]) -> set[BatchKey]:
    """Return the lots of products of which all units had left, the last at an instant or later."""
    return {(row.product, row.lot) for row in connection.execute(_OF_PRODUCTS, rows_given(since))}


def load_last_left(connection: Connection) -> dict[str, int]:
    """Return until when, by location, units that are not in memory stood there."""
    return {row.location: row.until for row in connection.execute(select(last_left))}


def write_last_left(connection: Connection, until: Mapping[str, int]) -> None:
    """Write the same of these locations."""
    if until:
        statement = upsert_into(connection, last_left)
        newest = {"until": statement.excluded.until}
        change = statement.on_conflict_do_update(index_elements=["location"], set_=newest)
        connection.execute(change, [{"location": name, "until": at} for name, at in until.items()])
