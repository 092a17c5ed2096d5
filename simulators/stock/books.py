"""What movements come to: where each unit is and was, what it is from, and what of each lot came and went.

It knows what the demonstration does: every unit has a name, quantities are whole, nothing is voided or merged.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulators.errors import InputError
from simulators.times import format_time, parse_time

Key = tuple[str, str, str]  # product, lot, unit
Movement = Mapping[str, Any]  # as the API takes it

_WORST_LAST = (None, "released", "quarantined", "recalled", "rejected")


class Stay(NamedTuple):
    """Where a unit was; `until` None: it is there."""

    location: str
    since: int
    until: int | None


class Sent(NamedTuple):
    """A unit as it was shipped."""

    party: str
    shipment: str
    unit: Key
    quantity: int
    at: int


class Supplied(NamedTuple):
    """A unit as it was received from a supplier."""

    party: str
    unit: Key
    quantity: int
    at: int


@dataclass
class Unit:
    """A unit: in stock at a location, in a shipment, or ended."""

    key: Key
    began: int
    sources: tuple[Key, ...] = ()
    quantity: int = 0
    location: str | None = None
    shipment: str | None = None
    is_delivered: bool = False
    status: str | None = None
    used: int = 0
    destroyed: int = 0
    stays: list[Stay] = field(default_factory=list)

    def go(self, location: str | None, at: int) -> None:
        """Be at a location from an instant on; None: nowhere."""
        if self.stays and self.stays[-1].until is None:
            self.stays[-1] = self.stays[-1]._replace(until=at)
        if location is not None:
            self.stays.append(Stay(location, at, None))


class Books:
    """All of it; `apply` enters a movement. `held` are units that are known to be on hold."""

    def __init__(self) -> None:
        self.units: dict[Key, Unit] = {}
        self.flows: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.statuses: dict[tuple[str, str], str] = {}
        self.first_in: dict[tuple[str, str], int] = {}
        self.parties: dict[str, str] = {}  # of shipments
        self.sent: list[Sent] = []
        self.supplied: list[Supplied] = []
        self.held: set[Key] = set()

    def apply(self, movement: Movement) -> None:
        """Enter a movement. Raises InputError for one that cannot be."""
        do: Callable[[Movement, int], None] | None = getattr(self, f"_{movement['do']}", None)
        if do is None:
            raise InputError(f"movement {movement['id']}: nothing is known here of {movement['do']!r}")
        try:
            do(movement, parse_time(movement["at"]))
        except (KeyError, ValueError) as error:
            raise InputError(f"movement {movement['id']} cannot be: {error}") from None

    def in_stock(self) -> list[Unit]:
        """Return the units in stock, by name."""
        return [unit for _, unit in sorted(self.units.items()) if unit.quantity and unit.shipment is None]

    def whereabouts(self, key: Key, before: int | None = None) -> Iterator[Stay]:
        """Yield where a unit was, and before it began where those were that it is from."""
        unit = self.units[key]
        for stay in unit.stays:
            until = _earlier(stay.until, before)
            if until is None or stay.since < until:
                yield stay._replace(until=until)
        for source in unit.sources:
            yield from self.whereabouts(source, _earlier(unit.began, before))

    def placements(self) -> list[dict[str, Any]]:
        """Return where everything was, as a site file says it."""
        return [
            {
                **named(key),
                "location": stay.location,
                "from": format_time(stay.since),
                "to": None if stay.until is None else format_time(stay.until),
            }
            for key in sorted(self.units)
            for stay in sorted(set(self.whereabouts(key)), key=lambda stay: (stay.since, stay.location))
        ]

    def ancestors(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return some units and all that they are from, each with the least number of steps."""
        return _steps(keys, lambda key: self.units[key].sources)

    def descendants(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return some units and all that came of them, each with the least number of steps."""
        children: defaultdict[Key, list[Key]] = defaultdict(list)
        for unit in self.units.values():
            for source in unit.sources:
                children[source].append(unit.key)
        return _steps(keys, lambda key: children[key])

    def of_lot(self, product: str, lot: str) -> list[Key]:
        """Return the units of a lot."""
        return sorted(key for key in self.units if key[:2] == (product, lot))

    # --- what movements do ---

    def _receive(self, movement: Movement, at: int) -> None:
        unit = self._begin(key_of(movement), movement["quantity"], movement["location"], at)
        self.flows[unit.key[:2]]["received"] += unit.quantity
        if "from" in movement:
            self.supplied.append(Supplied(movement["from"], unit.key, unit.quantity, at))

    def _make(self, movement: Movement, at: int) -> None:
        sources = [self._in_stock(key_of(each)) for each in movement.get("inputs", ())]
        for unit, each in zip(sources, movement.get("inputs", ()), strict=True):
            quantity = each.get("quantity", unit.quantity)
            unit.used += quantity
            self.flows[unit.key[:2]]["used"] += quantity
            self._reduce(unit, quantity, at)
        for each in movement["outputs"]:
            made = self._begin(key_of(each), each["quantity"], each["location"], at, tuple(u.key for u in sources))
            self.flows[made.key[:2]]["made"] += made.quantity

    def _split(self, movement: Movement, at: int) -> None:
        unit = self._in_stock(key_of(movement))
        for part in movement["into"]:
            self._part(unit, part["unit"], part["quantity"], at)

    def _move(self, movement: Movement, at: int) -> None:
        for each in movement["units"]:
            unit = self._taken(self._in_stock(key_of(each)), each, at)
            unit.location = movement["to"]
            unit.go(unit.location, at)

    def _ship(self, movement: Movement, at: int) -> None:
        self.parties[movement["shipment"]] = movement["to"]
        for each in movement["units"]:
            unit = self._taken(self._in_stock(key_of(each)), each, at)
            unit.location, unit.shipment, unit.is_delivered = None, movement["shipment"], False
            unit.go(movement.get("via"), at)
            self.flows[unit.key[:2]]["shipped"] += unit.quantity
            self.sent.append(Sent(movement["to"], movement["shipment"], unit.key, unit.quantity, at))

    def _deliver(self, movement: Movement, at: int) -> None:
        for unit in self.units.values():
            if unit.shipment == movement["shipment"] and unit.quantity and not unit.is_delivered:
                unit.is_delivered = True
                unit.go(None, at)

    def _return(self, movement: Movement, at: int) -> None:
        for each in movement["units"]:
            shipped = self.units[key_of(each)]
            if shipped.shipment is None or self.parties[shipped.shipment] != movement["from"]:
                raise ValueError(f"{shipped.key} was not shipped to {movement['from']}")
            unit = self._taken(shipped, each, at)
            unit.location, unit.shipment = movement["location"], None
            unit.status = max(unit.status, "quarantined", key=_WORST_LAST.index)
            unit.go(unit.location, at)
            self.flows[unit.key[:2]]["returned"] += unit.quantity

    def _adjust(self, movement: Movement, at: int) -> None:
        unit = self._in_stock(key_of(movement))
        self.flows[unit.key[:2]]["adjusted"] += movement["by"]
        self._reduce(unit, -movement["by"], at)

    def _destroy(self, movement: Movement, at: int) -> None:
        for each in movement["units"]:
            unit = self._in_stock(key_of(each))
            quantity = each.get("quantity", unit.quantity)
            unit.destroyed += quantity
            self.flows[unit.key[:2]]["destroyed"] += quantity
            self._reduce(unit, quantity, at)

    def _count(self, movement: Movement, at: int) -> None:
        """Change nothing."""

    def _status(self, movement: Movement, at: int) -> None:
        if "unit" in movement:
            self.units[key_of(movement)].status = movement["status"]
        else:
            self.statuses[movement["product"], movement["lot"]] = movement["status"]

    def _begin(self, key: Key, quantity: int, location: str, at: int, sources: tuple[Key, ...] = ()) -> Unit:
        if key in self.units:
            raise ValueError(f"{key} has begun already")
        unit = self.units[key] = Unit(key, at, sources, quantity, location)
        unit.go(location, at)
        self.first_in.setdefault(key[:2], at)
        return unit

    def _in_stock(self, key: Key) -> Unit:
        unit = self.units[key]
        if not unit.quantity or unit.location is None:
            raise ValueError(f"{key} is not in stock")
        return unit

    def _taken(self, unit: Unit, item: Movement, at: int) -> Unit:
        """Return the unit that an item takes: the whole one, or the part that gets a name."""
        return self._part(unit, item["as"], item["quantity"], at) if "as" in item else unit

    def _part(self, unit: Unit, name: str, quantity: int, at: int) -> Unit:
        key = (*unit.key[:2], name)
        if key in self.units:
            raise ValueError(f"{key} has begun already")
        part = self.units[key] = Unit(key, at, (unit.key,), quantity, unit.location)
        part.shipment, part.is_delivered, part.status = unit.shipment, unit.is_delivered, unit.status
        part.go(unit.stays[-1].location if unit.stays[-1].until is None else None, at)
        if unit.key in self.held:
            self.held.add(key)
        self._reduce(unit, quantity, at)
        return part

    def _reduce(self, unit: Unit, quantity: int, at: int) -> None:
        if quantity > unit.quantity:
            raise ValueError(f"{unit.key} has {unit.quantity}, not {quantity}")
        unit.quantity -= quantity
        if not unit.quantity:
            unit.location = None
            unit.go(None, at)


def key_of(named_unit: Mapping[str, Any]) -> Key:
    """Return the unit that is named."""
    return named_unit["product"], named_unit["lot"], named_unit["unit"]


def named(key: Key) -> dict[str, str]:
    """Return a unit as the API names it."""
    return dict(zip(("product", "lot", "unit"), key, strict=True))


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _steps(keys: Iterable[Key], following: Callable[[Key], Iterable[Key]]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    here, depth = list(keys), 0
    while here:
        found |= {key: depth for key in here}
        here = [after for key in here for after in following(key) if after not in found]
        depth += 1
    return found
