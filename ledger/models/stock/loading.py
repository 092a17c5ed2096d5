"""The part of the stock on record that a question is about, as a `Stock` that `batches` can answer from.

Units have what answers need: where they are and how much, their own status, what they came from and what came of them
as far as it was asked for, and of what came or went the kinds that were asked for.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row

from batches.stock import NEVER_SET, Block, Flow, FlowKind, Position, Shipment, State, Stock, Unit
from domain.model import BatchKey, UnitKey
from store.stock import as_of as rows
from store.stock.as_of import AsOf


class Loading:
    """Puts what is read into one stock; each unit once."""

    def __init__(self, connection: Connection, as_of: AsOf) -> None:
        self.connection = connection
        self.as_of = as_of
        self.stock = Stock()
        self.by_number: dict[int, Unit] = {}

    def add(self, found: Iterable[Row[Any]]) -> list[Unit]:
        """Put units into the stock by the rows of their states; return those of the rows."""
        return [self.by_number.get(row.id) or self._put(row) for row in found]

    def add_numbers(self, numbers: Iterable[int]) -> list[Unit]:
        """Read units by their numbers, as far as they have begun."""
        missing = sorted(set(numbers) - self.by_number.keys())
        return self.add(rows.states_of(self.connection, self.as_of, missing))

    def add_back(self, numbers: Iterable[int]) -> None:
        """Read units, all that they came from, and how they are connected."""
        self.connect(rows.edges_back(self.connection, self.as_of, asked := list(numbers)), asked)

    def add_forward(self, numbers: Iterable[int]) -> None:
        """Read units, all that came from them, and how they are connected."""
        self.connect(rows.edges_forward(self.connection, self.as_of, asked := list(numbers)), asked)

    def add_flows(self, *kinds: FlowKind) -> None:
        """Read what came or went of all units that were read, in these ways."""
        for row in rows.flows_of(self.connection, self.as_of, self.by_number, kinds):
            flow = Flow(row.kind, row.quantity, row.at, row.party, row.shipment)
            self.by_number[row.unit].flows.append(flow)

    def add_statuses(self, lots: Iterable[BatchKey]) -> None:
        """Read the statuses of lots."""
        for row in rows.statuses_of(self.connection, self.as_of, lots):
            self.stock.lots[row.product, row.lot].status.set(row.status, (row.at, row.number))

    def add_first_in(self, lots: Iterable[BatchKey]) -> None:
        """Read when lots first came into stock."""
        for lot, at in rows.first_in(self.connection, self.as_of, lots):
            self.stock.lots[lot].first_in = at

    def connect(self, edges: Iterable[tuple[int, int]], asked: Iterable[int] = ()) -> None:
        """Read the units of edges (unit, source), and others; let each know what it came from and what came of it."""
        edges = list(edges)
        self.add_numbers({*asked, *(number for edge in edges for number in edge)})
        for number, of in edges:
            unit, source = self.by_number[number], self.by_number[of]
            if source not in unit.sources:
                unit.sources = (*unit.sources, source)
                source.became.append(unit)

    def _put(self, row: Row[Any]) -> Unit:
        unit = Unit(UnitKey(row.product, row.lot, row.name or None), row.at, ())
        unit.quantity, unit.state = row.quantity, State(row.state)
        unit.where, unit.shipment = row.location, row.shipment
        unit.own = Block(
            row.status,
            _position(row.set_at, row.set_number),
            _position(row.blocked_at, row.blocked_number),
            _position(row.released_at, row.released_number),
        )
        self.by_number[row.id] = unit
        put(self.stock, unit, row.party)
        return unit


def put(stock: Stock, unit: Unit, party: str | None = None) -> None:
    """Put a unit, as it is, into a stock. `party`: to whom its shipment goes."""
    stock.units[unit.key] = unit
    stock.lots[unit.lot].units.append(unit)
    stock.note_block(unit)
    if unit.shipment is not None and party is not None:
        stock.shipments.setdefault(unit.shipment, Shipment(party))
    if unit.state is State.IN_STOCK and unit.where is not None:
        stock.at[unit.where][unit.key] = unit


def _position(at: int | None, number: int | None) -> Position:
    return NEVER_SET if at is None or number is None else (at, number)
