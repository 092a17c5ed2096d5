"""Stock as movements made it up to an instant: every unit with where it is, what it is from and what became of it.

Changed movement by movement, in the order in which they happened; see `batches.effects` for what each means.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NamedTuple, Self, TypeAlias

from batches.movements import Status, show_unit
from domain.model import BatchKey, UnitKey
from domain.times import NEVER

FlowKind: TypeAlias = Literal["received", "made", "returned", "adjusted", "used", "shipped", "destroyed", "lost"]
Position: TypeAlias = tuple[int, int]  # in the order of happening: instant, and place in the order of recording

FLOW_KINDS: tuple[FlowKind, ...] = (
    "received", "made", "returned", "adjusted", "used", "shipped", "destroyed", "lost",
)  # fmt: skip
NEVER_SET: Position = (-NEVER, 0)
BLOCKING: tuple[Status, ...] = ("rejected", "recalled")
_WORST_FIRST: tuple[Status, ...] = ("rejected", "recalled", "quarantined", "released")


class State(Enum):
    """Where a unit is."""

    IN_STOCK = "in_stock"
    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    ENDED = "ended"


class Stay(NamedTuple):
    """At a location over `[since, until)`; one of no length only begins and ends the watch."""

    location: str
    since: int
    until: int


class Flow(NamedTuple):
    """So much of a unit came into the stock or left it; `party`: from whom it was received, or to whom shipped.

    `adjusted` has its sign; what is `lost` was destroyed on its way.
    """

    kind: FlowKind
    quantity: int
    at: int
    party: str | None = None
    shipment: str | None = None


@dataclass(slots=True)
class Block:
    """A status of a lot or of a unit, and when it was last blocked and released.

    A status that a unit has from what it is from counts from the movement that set it there.
    """

    status: Status | None = None  # None: of a unit nothing was said, of a lot it is unreleased
    set_at: Position = NEVER_SET
    blocked_at: Position = NEVER_SET
    released_at: Position = NEVER_SET

    def set(self, status: Status, position: Position) -> None:
        """Take a status from a movement on."""
        self.status, self.set_at = status, position
        if status in BLOCKING:
            self.blocked_at = position
        elif status == "released":
            self.released_at = position

    def inherit(self, sources: "list[Block]") -> None:
        """Take the worst status of those that a unit is from, as of when theirs was set."""
        for status in _WORST_FIRST:
            positions = [source.set_at for source in sources if source.status == status]
            if positions:
                self.set(status, max(positions))
                return


@dataclass(slots=True, eq=False)
class Unit:
    """A unit: `quantity` is in stock at `where`, or on its way or delivered in `shipment`, or it has ended with 0."""

    key: UnitKey
    since: int
    sources: tuple[Self, ...]
    quantity: int = 0
    state: State = State.IN_STOCK
    where: str | None = None  # a location; on its way: `via`, if any
    shipment: str | None = None
    own: Block = field(default_factory=Block)
    became: list[Self] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)  # of its own; the last is open while `where` says so

    @property
    def lot(self) -> BatchKey:
        """Return the lot it is of."""
        return self.key.product, self.key.lot

    def total(self, *kinds: FlowKind) -> int:
        """Return how much of it came or went in these ways."""
        return sum(flow.quantity for flow in self.flows if flow.kind in kinds)

    def __str__(self) -> str:
        return show_unit(self.key)


@dataclass(slots=True)
class Lot:
    """A lot with movements: its units in the order in which they began, and its status."""

    units: list[Unit] = field(default_factory=list)
    status: Block = field(default_factory=Block)
    first_in: int = NEVER  # when it first came into stock

    @property
    def is_blocking(self) -> bool:
        """Tell whether what came from it is blocked too."""
        return self.status.status in BLOCKING


@dataclass(slots=True)
class Shipment:
    """What goes to a party for ever, and what of it is on its way."""

    party: str
    on_its_way: dict[UnitKey, Unit] = field(default_factory=dict)


class Counted(NamedTuple):
    """A unit of a count: what stood there just before, and what was counted."""

    unit: UnitKey
    expected: int
    counted: int


@dataclass(slots=True)
class Stock:
    """Units by name, lot, location and shipment: all there are, or those that somebody asked for."""

    units: dict[UnitKey, Unit] = field(default_factory=dict)
    lots: dict[BatchKey, Lot] = field(default_factory=lambda: defaultdict(Lot))
    at: dict[str, dict[UnitKey, Unit]] = field(default_factory=lambda: defaultdict(dict))  # in stock there
    shipments: dict[str, Shipment] = field(default_factory=dict)
    counts: dict[str, list[Counted]] = field(default_factory=dict)  # by the movement's id
    blocking: dict[UnitKey, Unit] = field(default_factory=dict)  # units with such a status of their own
    touched: dict[UnitKey, Unit] = field(default_factory=dict)  # what movements changed since somebody emptied it

    def units_of(self, lot: BatchKey) -> list[Unit]:
        """Return the units of a lot, in the order in which they began."""
        found = self.lots.get(lot)
        return [] if found is None else found.units

    def begin(self, key: UnitKey, at: int, quantity: int, where: str, sources: tuple[Unit, ...] = ()) -> Unit:
        """Let a unit begin in stock at a location."""
        unit = Unit(key, at, sources)
        self.units[key] = unit
        self.lots[unit.lot].units.append(unit)
        for source in sources:
            source.became.append(unit)
        unit.quantity = quantity
        self.put(unit, State.IN_STOCK, where, None, at)
        return unit

    def put(self, unit: Unit, state: State, where: str | None, shipment: str | None, at: int) -> None:
        """Change where a unit is, from an instant on."""
        self.touched[unit.key] = unit
        self._leave(unit, at)
        unit.state, unit.where, unit.shipment = state, where, shipment
        if where is not None:
            unit.stays.append(Stay(where, at, NEVER))
        if state is State.IN_STOCK:
            assert where is not None
            self.at[where][unit.key] = unit
        elif state is State.ON_ITS_WAY:
            assert shipment is not None
            self.shipments[shipment].on_its_way[unit.key] = unit

    def _leave(self, unit: Unit, at: int) -> None:
        if unit.where is not None and unit.stays:
            last = unit.stays[-1]
            unit.stays[-1] = last._replace(until=at)
        if unit.state is State.IN_STOCK and unit.where is not None:
            self.at[unit.where].pop(unit.key, None)
        elif unit.state is State.ON_ITS_WAY and unit.shipment is not None:
            self.shipments[unit.shipment].on_its_way.pop(unit.key, None)

    def take(self, unit: Unit, quantity: int, at: int) -> None:
        """Take a quantity away from a unit, which ends if nothing is left."""
        self.touched[unit.key] = unit
        unit.quantity -= quantity
        if not unit.quantity:
            self.put(unit, State.ENDED, None, None, at)

    def note(self, unit: Unit, flow: Flow) -> None:
        """Note what of a unit came or went."""
        self.touched[unit.key] = unit
        unit.flows.append(flow)
        if flow.kind in ("received", "made"):
            lot = self.lots[unit.lot]
            lot.first_in = min(lot.first_in, flow.at)

    def set_status(self, unit: Unit, status: Status, position: Position) -> None:
        """Set a unit's own status."""
        self.touched[unit.key] = unit
        unit.own.set(status, position)
        self.note_block(unit)

    def note_block(self, unit: Unit) -> None:
        """Keep the list of blocking units true."""
        if unit.own.status in BLOCKING:
            self.blocking[unit.key] = unit
        else:
            self.blocking.pop(unit.key, None)

    def blocking_sources(self) -> Iterator[Unit]:
        """Yield the units from which a block reaches what came from them, by their own status or their lot's."""
        yield from self.blocking.values()
        for lot in self.lots.values():
            if lot.is_blocking:
                yield from (unit for unit in lot.units if unit.key not in self.blocking)
