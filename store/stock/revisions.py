"""Rows that follow from movements, in revisions: read from a position on, superseded, written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, insert, select, tuple_, update

from domain.model import BatchKey
from store.stock.given import NUMBER, TEXT, given, rows_given
from store.stock.tables import flows, lot_statuses, unit_sources, unit_states
from store.stock.units import Position


def _from_on(table: Table) -> Select[Any]:
    asked = given(unit=NUMBER, at=NUMBER, number=NUMBER)
    since = tuple_(table.c.at, table.c.number) >= tuple_(asked.c.at, asked.c.number)
    return select(table).select_from(
        asked.join(table, (table.c.unit == asked.c.unit) & table.c.superseded_at.is_(None) & since)
    )


_FROM_ON = {table.name: _from_on(table) for table in (unit_states, unit_sources, flows)}


def from_on(connection: Connection, table: Table, starts: Mapping[int, Position]) -> list[Row[Any]]:
    """Return the rows in force of units from a position on, that included."""
    if not starts:
        return []
    return list(connection.execute(_FROM_ON[table.name], rows_given((each, *at) for each, at in starts.items())))


_LOTS = given(product=TEXT, lot=TEXT)
_IS_OF_LOTS = (lot_statuses.c.product == _LOTS.c.product) & (lot_statuses.c.lot == _LOTS.c.lot)
_STATUSES_OF = (
    select(lot_statuses)
    .select_from(_LOTS.join(lot_statuses, _IS_OF_LOTS & lot_statuses.c.superseded_at.is_(None)))
    .order_by(lot_statuses.c.at, lot_statuses.c.number)
)


def statuses_of(connection: Connection, lots: Collection[BatchKey]) -> list[Row[Any]]:
    """Return the statuses in force of lots, in the order of happening."""
    if not lots:
        return []
    return list(connection.execute(_STATUSES_OF, rows_given(lots)))


_REVISED = (unit_states, unit_sources, flows, lot_statuses)
_SUPERSEDE = {
    table.name: update(table).where(table.c.row == bindparam("of")).values(superseded_at=bindparam("now"))
    for table in _REVISED
}
_WRITE = {table.name: insert(table) for table in _REVISED}
_END_AT = (
    update(unit_states)
    .where(unit_states.c.row == bindparam("of"))
    .values(until_at=bindparam("to"), until_number=bindparam("by"))
)


def supersede(connection: Connection, table: Table, rows: Sequence[int], now: int) -> None:
    """Let rows be in force no more."""
    if rows:
        connection.execute(_SUPERSEDE[table.name], [{"of": row, "now": now} for row in rows])


def write(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], now: int) -> None:
    """Write rows that are in force from now on."""
    if rows:
        connection.execute(_WRITE[table.name], [{**row, "known_at": now, "superseded_at": None} for row in rows])


def end_at(connection: Connection, ends: Iterable[tuple[int, Position | None]]) -> None:
    """Note of states in force which position of their unit is the next; None: there is none."""
    rows = [{"of": row, "to": end and end[0], "by": end and end[1]} for row, end in ends]
    if rows:
        connection.execute(_END_AT, rows)
