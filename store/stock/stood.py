"""Where units that movements made stood in a span of time, as it is known or was known at an instant."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, or_, select

from domain.model import BatchKey, Placement
from domain.times import NEVER
from store.known_at import in_force
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import unit_states, units

_LOTS = given(product=TEXT, lot=TEXT)


def stood_at(
    connection: Connection,
    since: int,
    until: int,
    locations: Collection[str] | None = None,
    known_at: int | None = None,
) -> Iterator[Placement]:
    """Yield the stays that touch the closed span, at some locations or anywhere; also aboard what ships them."""
    there = [] if locations is None else [unit_states.c.location.in_(list(locations))]
    states = _as_now() if known_at is None else _as_known(known_at, [*there, unit_states.c.at <= until])
    query = _stays(states, states.c.at <= until, or_(states.c.ends.is_(None), states.c.ends > since))
    if locations is not None:
        query = query.where(states.c.location.in_(list(locations)))
    return _read(connection.execute(query))


def stays_of_lots(connection: Connection, lots: Collection[BatchKey]) -> Iterator[Placement]:
    """Yield the stays of the units of some lots."""
    states = _as_now()
    named = _LOTS.join(units, (units.c.product == _LOTS.c.product) & (units.c.lot == _LOTS.c.lot))
    query = _stays(states, units.c.id.in_(select(units.c.id).select_from(named)))
    return _read(connection.execute(query, rows_given(sorted(lots)))) if lots else iter(())


def _as_now() -> FromClause:
    states = unit_states.c
    columns = (states.unit, states.at, states.until_at.label("ends"), states.location, states.quantity)
    return select(*columns).where(states.superseded_at.is_(None)).subquery()


def _as_known(known_at: int, of: Collection[ColumnElement[bool]]) -> FromClause:
    """Return the states that were known of the units for which this is true of one of their states."""
    states = unit_states.c
    concerned = select(states.unit).where(*in_force(unit_states, known_at), *of)
    following = func.lead(states.at).over(partition_by=states.unit, order_by=(states.at, states.number))
    columns = (states.unit, states.at, following.label("ends"), states.location, states.quantity)
    return select(*columns).where(*in_force(unit_states, known_at), states.unit.in_(concerned)).subquery()


def _stays(states: FromClause, *conditions: ColumnElement[bool]) -> Select[Any]:
    lasting = or_(states.c.ends.is_(None), states.c.ends > states.c.at)
    return (
        select(units.c.product, units.c.lot, units.c.unit, *states.c)
        .join(states, states.c.unit == units.c.id)
        .where(states.c.location.is_not(None), lasting, *conditions)
    )


def _read(rows: Any) -> Iterator[Placement]:
    for product, lot, unit, _, at, ends, location, quantity in rows:
        yield Placement(product, lot, unit or None, location, at, NEVER if ends is None else ends, quantity)
