"""What is in stock: by movements, and by the storage records of lots that no movement names; and when lots expire."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, FromClause, Row, Select, Table, bindparam, func, select

from domain.model import BatchKey, UnitKey
from domain.numbers import SCALE
from domain.times import parse_instant
from store.lots import lots as lots_table
from store.lots import placements
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import unit_states, units

Lots = Collection[BatchKey] | None  # None: all


class StockedUnit(NamedTuple):
    """A unit in stock at a location; `quantity`: 10⁻⁶ of the product's unit of measure, None: not recorded."""

    location: str
    quantity: int | None
    is_moved: bool  # movements say so; else a storage record


class DatedLot(NamedTuple):
    """What decides when people are warned of a lot, and whose it is."""

    product: str
    lot: str
    client: str | None
    made_at: int | None
    expires_on: str | None


Stock = dict[BatchKey, dict[UnitKey, StockedUnit]]


class _Question:
    """What is asked of some lots, or of all."""

    def __init__(self, table: Table, ask: Callable[[FromClause], Select[Any]]) -> None:
        lots = given(product=TEXT, lot=TEXT)
        same = (table.c.product == lots.c.product) & (table.c.lot == lots.c.lot)
        self._of_all, self._of_some = ask(table), ask(lots.join(table, same))

    def ask(self, connection: Connection, lots: Lots, **more: Any) -> Iterable[Row[Any]]:
        if lots is None:
            return connection.execute(self._of_all, more)
        return connection.execute(self._of_some, {**rows_given(lots), **more})


_state = unit_states.c
_IS_NOW = _state.superseded_at.is_(None) & _state.until_at.is_(None) & (_state.state == "in_stock")
_STANDING = _Question(
    units,
    lambda of: select(units.c.product, units.c.lot, units.c.unit, _state.location, _state.quantity).select_from(
        of.join(unit_states, (_state.unit == units.c.id) & _IS_NOW)
    ),
)
_IS_THERE = (placements.c.since <= bindparam("at")) & (
    placements.c.until.is_(None) | (placements.c.until > bindparam("at"))
)
_PLACED = _Question(
    placements, lambda of: select(placements).select_from(of).where(_IS_THERE).order_by(placements.c.since)
)
_TO_COME = _Question(
    placements,
    lambda of: (
        select(placements.c.product, placements.c.lot, func.min(placements.c.since).label("since"))
        .select_from(of)
        .where(placements.c.since > bindparam("after"))
        .group_by(placements.c.product, placements.c.lot)
    ),
)
_lot = lots_table.c
_DATED = _Question(
    lots_table,
    lambda of: select(
        _lot.product, _lot.lot, _lot.client, _lot.doc["made_at"].as_string().label("made_at"), _lot.expires_on
    ).select_from(of),
)


def in_stock(connection: Connection, lots: Lots, at: int) -> Stock:
    """Return where each unit in stock is, by lot; by storage records, where it is at an instant."""
    found: Stock = defaultdict(dict)
    for row in _STANDING.ask(connection, lots):
        unit = UnitKey(row.product, row.lot, row.unit or None)
        found[unit[:2]][unit] = StockedUnit(row.location, row.quantity, True)
    for row in _PLACED.ask(connection, lots, at=at):
        unit = UnitKey(row.product, row.lot, row.unit)
        found[unit[:2]][unit] = StockedUnit(row.location, _quantity(row.doc.get("quantity")), False)
    return dict(found)


def to_come(connection: Connection, lots: Lots, after: int) -> dict[BatchKey, int]:
    """Return when a storage record of a lot next begins, of lots that have one to come."""
    return {(row.product, row.lot): row.since for row in _TO_COME.ask(connection, lots, after=after)}


def dated_lots(connection: Connection, lots: Lots) -> dict[BatchKey, DatedLot]:
    """Return lots with their dates."""
    return {(row.product, row.lot): _dated(row) for row in _DATED.ask(connection, lots)}


def _dated(row: Any) -> DatedLot:
    made_at = None if row.made_at is None else parse_instant(row.made_at)
    return DatedLot(row.product, row.lot, row.client, made_at, row.expires_on)


def _quantity(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text) * SCALE)
