"""From rows to units of the pure core, and back: as of a position, without what they went through before."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from batches.stock import NEVER_SET, Block, Position, Shipment, State, Stock, Unit
from domain.model import UnitKey
from store.stock.units import Placed


class Restored:
    """Units as of just before the positions from which on they are concerned, in that order."""

    def __init__(self, rows: Iterable[Row[Any]], keys: Mapping[int, UnitKey], starts: Mapping[int, Position]) -> None:
        self._rows = deque(sorted(rows, key=lambda row: starts[row.unit]))
        self._keys = keys
        self._starts = starts

    def put_into(self, stock: Stock, position: Position) -> Iterator[UnitKey]:
        """Put those into a stock that are concerned by a position, and yield their names; each once."""
        while self._rows and self._starts[self._rows[0].unit] <= position:
            yield _put(stock, self._rows.popleft(), self._keys)


def _put(stock: Stock, row: Row[Any], keys: Mapping[int, UnitKey]) -> UnitKey:
    """Put a unit into a stock as a row of `unit_states` says; it begins for it with that row."""
    own = Block(
        row.status,
        _position(row.set_at, row.set_number),
        _position(row.blocked_at, row.blocked_number),
        _position(row.released_at, row.released_number),
    )
    where = row.location, row.shipment
    unit = Unit(keys[row.unit], row.at, (), row.quantity, State(row.state), *where, own)
    stock.units[unit.key] = unit
    stock.lots[unit.lot].units.append(unit)
    stock.note_block(unit)
    if unit.shipment is not None:
        shipment = stock.shipments.setdefault(unit.shipment, Shipment(row.party))
        if unit.state is State.ON_ITS_WAY:
            shipment.on_its_way[unit.key] = unit
    elif unit.where is not None:
        stock.at[unit.where][unit.key] = unit
    return unit.key


def placed(stock: Stock, unit: Unit) -> Placed:
    """Return what a row of `unit_states` says of a unit."""
    party = None if unit.shipment is None else stock.shipments[unit.shipment].party
    own = unit.own
    return Placed(
        unit.quantity,
        unit.state.value,
        unit.where,
        unit.shipment,
        party,
        own.status,
        *_columns(own.set_at),
        *_columns(own.blocked_at),
        *_columns(own.released_at),
    )


def _position(at: int | None, number: int | None) -> Position:
    return NEVER_SET if at is None or number is None else (at, number)


def _columns(position: Position) -> tuple[int | None, int | None]:
    return (None, None) if position == NEVER_SET else position
