"""What each movement means for the stock, and whether it is possible where it stands (CONTRACTS, section 5).

Items of a list are done in their order, each against what is left then.
"""

from functools import singledispatch

from batches.fields import LIMIT
from batches.movements import (
    Adjust,
    Count,
    Deliver,
    Destroy,
    Done,
    Item,
    Make,
    Merge,
    Move,
    Movement,
    Receive,
    Return,
    SetStatus,
    Ship,
    Split,
    Void,
    show_unit,
)
from batches.quantities import show_quantity
from batches.stock import Counted, Flow, FlowKind, Position, Shipment, State, Stock, Unit
from domain.errors import ConflictError
from domain.model import UnitKey
from domain.numbers import SCALE

LARGEST = LIMIT * SCALE


class Happening:
    """A movement as it happens to a stock."""

    def __init__(self, stock: Stock, movement: Movement) -> None:
        self.stock = stock
        self.movement = movement
        self.at = movement.at
        self.position: Position = movement.position
        self.noted: list[tuple[Unit, Flow]] = []  # what came and went, in the order of the movement's items

    def unit(self, key: UnitKey) -> Unit:
        """Return a unit that has begun. Raises ConflictError if it has not."""
        unit = self.stock.units.get(key)
        if unit is None:
            raise ConflictError(f"{show_unit(key)} does not exist at that time")
        return unit

    def in_stock(self, key: UnitKey) -> Unit:
        """Return a unit that is in stock."""
        unit = self.unit(key)
        if unit.state is not State.IN_STOCK:
            raise ConflictError(f"{unit} is not in stock: it {whereabouts(unit)}")
        return unit

    def must_be_new(self, key: UnitKey) -> None:
        """Raise ConflictError if the unit has begun before."""
        before = self.stock.units.get(key)
        if before is not None:
            raise ConflictError(f"{before} cannot begin: it exists already and {whereabouts(before)}")

    def begin_from(self, key: UnitKey, quantity: int, where: str, sources: tuple[Unit, ...]) -> Unit:
        """Let a unit begin with the worst status of its own of those it is from."""
        unit = self.stock.begin(key, self.at, quantity, where, sources)
        unit.own.inherit([source.own for source in sources])
        self.stock.note_block(unit)
        return unit

    def enough(self, unit: Unit, quantity: int) -> None:
        """Raise ConflictError if a unit has less than that."""
        if quantity > unit.quantity:
            raise ConflictError(f"{unit} has only {show_quantity(unit.quantity)}, not {show_quantity(quantity)}")

    def must_be_all(self, unit: Unit, item: Item) -> None:
        """Raise ConflictError if a quantity without a new name is not all of the unit."""
        if item.quantity is not None and item.quantity != unit.quantity:
            numbers = f"{show_quantity(unit.quantity)}, not {show_quantity(item.quantity)}"
            raise ConflictError(f"{unit} has {numbers}; a part of it needs a name (as)")

    def grow(self, unit: Unit, quantity: int) -> None:
        """Add to a unit. Raises ConflictError where it would reach 10⁹."""
        if unit.quantity + quantity >= LARGEST:
            raise ConflictError(f"{unit} would have {show_quantity(unit.quantity + quantity)}; it must be below 10⁹")
        unit.quantity += quantity

    def note(
        self, unit: Unit, kind: FlowKind, quantity: int, party: str | None = None, shipment: str | None = None
    ) -> None:
        """Note what of a unit came or went."""
        flow = Flow(kind, quantity, self.at, party, shipment)
        self.noted.append((unit, flow))
        self.stock.note(unit, flow)

    def part(self, unit: Unit, item: Item, where: str) -> Unit:
        """Return the new unit that a part of a unit becomes at a location; the unit ends if nothing is left."""
        assert item.quantity is not None and item.new is not None
        self.enough(unit, item.quantity)
        self.must_be_new(item.new)
        part = self.begin_from(item.new, item.quantity, where, (unit,))
        self.stock.take(unit, item.quantity, self.at)
        return part

    def moved(self, item: Item) -> Unit:
        """Return the unit in stock that an item moves: the unit itself, or the new one that a part of it becomes."""
        unit = self.in_stock(item.unit)
        if item.new is None:
            self.must_be_all(unit, item)
            return unit
        assert unit.where is not None
        return self.part(unit, item, unit.where)


def whereabouts(unit: Unit) -> str:
    """Return where a unit is, in words."""
    match unit.state:
        case State.IN_STOCK:
            return f'is in stock at "{unit.where}"'
        case State.ON_ITS_WAY:
            return f'is on its way in shipment "{unit.shipment}"'
        case State.DELIVERED:
            return f'is delivered in shipment "{unit.shipment}"'
    return "has ended"


@singledispatch
def happen(done: Done, to: Happening) -> None:
    """Change the stock. Raises ConflictError, saying why, where the movement is not possible."""
    raise TypeError(type(done))


@happen.register
def _(done: Receive, to: Happening) -> None:
    unit = to.stock.units.get(done.unit)
    if done.unit.unit is None and unit is not None and unit.state is State.IN_STOCK and unit.where == done.location:
        to.grow(unit, done.quantity)
    else:
        to.must_be_new(done.unit)
        unit = to.stock.begin(done.unit, to.at, done.quantity, done.location)
    to.note(unit, "received", done.quantity, done.party)


@happen.register
def _(done: Make, to: Happening) -> None:
    inputs: dict[UnitKey, Unit] = {}
    for item in done.inputs:
        unit = to.in_stock(item.unit)
        quantity = unit.quantity if item.quantity is None else item.quantity
        to.enough(unit, quantity)
        to.stock.take(unit, quantity, to.at)
        to.note(unit, "used", quantity)
        inputs[unit.key] = unit
    for output in done.outputs:
        to.must_be_new(output.unit)
        made = to.stock.begin(output.unit, to.at, output.quantity, output.location, tuple(inputs.values()))
        to.note(made, "made", output.quantity)


@happen.register
def _(done: Split, to: Happening) -> None:
    for item in done.into:
        unit = to.in_stock(done.unit)
        assert unit.where is not None
        to.part(unit, item, unit.where)


@happen.register
def _(done: Merge, to: Happening) -> None:
    units = [to.in_stock(key) for key in done.units]
    where = units[0].where
    elsewhere = next((unit for unit in units if unit.where != where), None)
    if where is None or elsewhere is not None:
        raise ConflictError(f'{elsewhere} stands at "{elsewhere and elsewhere.where}", {units[0]} at "{where}"')
    to.must_be_new(done.new)
    total = sum(unit.quantity for unit in units)
    if total >= LARGEST:
        raise ConflictError(f"{show_unit(done.new)} would have {show_quantity(total)}; it must be below 10⁹")
    to.begin_from(done.new, total, where, tuple(units))
    for unit in units:
        to.stock.take(unit, unit.quantity, to.at)


@happen.register
def _(done: Move, to: Happening) -> None:
    for item in done.units:
        to.stock.put(to.moved(item), State.IN_STOCK, done.to, None, to.at)


@happen.register
def _(done: Ship, to: Happening) -> None:
    shipment = to.stock.shipments.get(done.shipment)
    if shipment is not None and shipment.party != done.party:
        raise ConflictError(f'shipment "{done.shipment}" goes to "{shipment.party}", not to "{done.party}"')
    for item in done.units:
        unit = to.moved(item)
        to.stock.shipments.setdefault(done.shipment, Shipment(done.party))
        to.stock.put(unit, State.ON_ITS_WAY, done.via, done.shipment, to.at)
        to.note(unit, "shipped", unit.quantity, done.party, done.shipment)


@happen.register
def _(done: Deliver, to: Happening) -> None:
    shipment = to.stock.shipments.get(done.shipment)
    if shipment is None or not shipment.on_its_way:
        raise ConflictError(f'nothing of shipment "{done.shipment}" is on its way')
    for key in tuple(shipment.on_its_way) if done.units is None else done.units:
        unit = to.unit(key)
        if key not in shipment.on_its_way:
            raise ConflictError(f'{unit} is not on its way in shipment "{done.shipment}": it {whereabouts(unit)}')
        to.stock.put(unit, State.DELIVERED, None, done.shipment, to.at)


@happen.register
def _(done: Return, to: Happening) -> None:
    for item in done.units:
        unit = to.unit(item.unit)
        shipped_to = None if unit.shipment is None else to.stock.shipments[unit.shipment].party
        if shipped_to != done.party:
            raise ConflictError(f'{unit} is not with "{done.party}": it {whereabouts(unit)}')
        if item.new is None:
            to.must_be_all(unit, item)
            to.stock.put(unit, State.IN_STOCK, done.location, None, to.at)
        else:
            unit = to.part(unit, item, done.location)
        to.note(unit, "returned", unit.quantity)
        if unit.own.status not in ("rejected", "recalled", "quarantined"):
            to.stock.set_status(unit, "quarantined", to.position)


@happen.register
def _(done: Adjust, to: Happening) -> None:
    unit = to.unit(done.unit)
    has_ended = unit.state is State.ENDED
    if has_ended and done.location is None:
        raise ConflictError(f"{unit} has ended; say at which location it stands again")
    if not has_ended and done.location is not None:
        raise ConflictError(f"{unit} has not ended: it {whereabouts(unit)}; a location is only for one that has")
    if not has_ended and unit.state is not State.IN_STOCK:
        raise ConflictError(f"{unit} is not in stock: it {whereabouts(unit)}")
    to.enough(unit, -done.by)
    to.grow(unit, done.by)
    if has_ended:
        to.stock.put(unit, State.IN_STOCK, done.location, None, to.at)
    to.stock.take(unit, 0, to.at)
    to.note(unit, "adjusted", done.by)


@happen.register
def _(done: Destroy, to: Happening) -> None:
    for item in done.units:
        unit = to.unit(item.unit)
        if unit.state not in (State.IN_STOCK, State.ON_ITS_WAY):
            raise ConflictError(f"{unit} is neither in stock nor on its way: it {whereabouts(unit)}")
        quantity = unit.quantity if item.quantity is None else item.quantity
        to.enough(unit, quantity)
        to.note(unit, "destroyed" if unit.state is State.IN_STOCK else "lost", quantity)
        to.stock.take(unit, quantity, to.at)


@happen.register
def _(done: Count, to: Happening) -> None:
    there = to.stock.at.get(done.location, {})
    listed = dict.fromkeys([*done.counted, *(there if done.is_complete else ())])
    to.stock.counts[to.movement.id] = [
        Counted(key, there[key].quantity if key in there else 0, done.counted.get(key, 0)) for key in listed
    ]


@happen.register
def _(done: SetStatus, to: Happening) -> None:
    if done.unit is None:
        to.stock.lots[done.batch].status.set(done.status, to.position)
    else:
        to.stock.set_status(to.unit(done.unit), done.status, to.position)


@happen.register
def _(done: Void, to: Happening) -> None:
    """Nothing happens: what it voids is left out beforehand."""
