"""Orders: what of the stock is kept for whom, in which order it is fetched, and whether what was fetched is right.

An order wants quantities of products for a party. Units are reserved for its lines by the rules of `batches.picking`;
what is reserved for one order no other gets. Whoever fetches it confirms it unit by unit. Pure.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from batches.movements import show_unit
from batches.picking import PassedOver, Picked
from batches.quantities import number_of
from batches.questions import AskPick
from batches.stock import State, Unit
from domain.model import Dated, Location, Strategy, UnitKey

OrderState: TypeAlias = Literal["open", "reserved", "picked", "shipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So much of a product is wanted. `strategy` and `location` narrow what it is taken from, as `pick` does."""

    number: int
    product: str
    quantity: int
    strategy: Strategy
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """So much of a unit is kept for a line of an order. `picked`: it was fetched and confirmed."""

    id: int
    line: int
    unit: UnitKey
    quantity: int
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a party wants, and what is reserved for it at present. `ended`: it was shipped or cancelled."""

    id: str
    party: str
    lines: tuple[OrderLine, ...]
    reservations: tuple[Reservation, ...] = ()
    ended: Literal["shipped", "cancelled"] | None = None

    @property
    def state(self) -> OrderState:
        """Return how far it is: all reserved, all picked, or neither."""
        if self.ended is not None:
            return self.ended
        if any(self.missing(line) for line in self.lines):
            return "open"
        return "picked" if all(each.picked for each in self.reservations) else "reserved"

    @property
    def open_reservations(self) -> list[Reservation]:
        """Return what is still to be fetched."""
        return [each for each in self.reservations if not each.picked]

    def missing(self, line: OrderLine) -> int:
        """Return how much of a line nothing is reserved for."""
        return line.quantity - sum(each.quantity for each in self.reservations if each.line == line.number)

    @property
    def stage(self) -> tuple[int, int]:
        """Return how many reservations were picked, and how many there are."""
        return len(self.reservations) - len(self.open_reservations), len(self.reservations)


class Reserved(NamedTuple):
    """What is to be reserved for a line, what is missing still, and what was passed over."""

    line: OrderLine
    taken: list[tuple[UnitKey, int]]
    short: int
    passed_over: list[PassedOver]


Pick: TypeAlias = Callable[[AskPick, Mapping[UnitKey, int]], Picked]  # what is asked for, and what is reserved by now


def reserve(order: Order, reserved: Mapping[UnitKey, int], pick: Pick) -> list[Reserved]:
    """Return what is to be reserved for the lines of which something is missing, in their order.

    `reserved`: how much of units is reserved so far, for whomever; a line never gets what one before it has got.
    """
    by_now = dict(reserved)
    found = []
    for line in order.lines:
        missing = order.missing(line)
        if missing <= 0:
            continue
        asked = AskPick(line.product, missing, line.strategy, order.party, line.location)
        picked = pick(asked, by_now)
        taken = [(each.unit.key, each.quantity) for each in picked.lines]
        for unit, quantity in taken:
            by_now[unit] = by_now.get(unit, 0) + quantity
        found.append(Reserved(line, taken, picked.short, picked.passed_over))
    return found


# --- the way through the warehouse ---


class Fetch(NamedTuple):
    """A reservation, and where its unit stands now; None: nowhere in stock."""

    reservation: Reservation
    location: str | None


def pick_list(
    reservations: Iterable[Reservation], units: Mapping[UnitKey, Unit], locations: Mapping[str, Location], at: int
) -> list[Fetch]:
    """Return what is to be fetched in the order of locations: those below one location together, `R2` before `R10`."""
    found = [Fetch(each, _stands_at(units.get(each.unit))) for each in reservations]

    def place(fetch: Fetch) -> tuple[object, ...]:
        path = _path(fetch.location, locations, at)
        key = fetch.reservation.unit
        return (not path, [_natural(name) for name in path], *key[:2], _natural(key.unit or ""), fetch.reservation.id)

    return sorted(found, key=place)


def _stands_at(unit: Unit | None) -> str | None:
    return unit.where if unit is not None and unit.state is State.IN_STOCK else None


def _path(location: str | None, locations: Mapping[str, Location], at: int) -> list[str]:
    """Return the names from the root of the tree down to a location."""
    path: list[str] = []
    while location is not None and location not in path:
        path.insert(0, location)
        parent: Dated[str | None] | None = locations[location].parent if location in locations else None
        location = None if parent is None else parent.at(at)
    return path


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts numbers in names by value."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part]


# --- confirming ---

WhyNot: TypeAlias = Callable[[UnitKey], str | None]  # why a unit may not be taken for the order's party


class Scan(NamedTuple):
    """What somebody scanned or typed: as much of a unit's name as the label says."""

    product: str | None
    lot: str | None
    unit: str | None

    def fits(self, key: UnitKey) -> bool:
        """Tell whether nothing that it says is otherwise."""
        return all(said is None or said == of_it for said, of_it in zip(self, key, strict=True))


Fault: TypeAlias = Literal[
    "not_on_list", "wrong_lot", "wrong_unit", "which_unit", "already_picked", "not_in_stock", "cannot_be_used"
]


@dataclass(frozen=True, slots=True)
class WrongScan:
    """Why a scan is refused; `reason`: why the unit may not be used; `right`: what would be right instead, nearest."""

    fault: Fault
    scan: Scan
    reason: str | None = None
    right: Sequence[Fetch] = ()


def confirm(order: Order, scan: Scan, todo: Sequence[Fetch], why_not: WhyNot) -> Reservation | WrongScan:
    """Return the reservation that a scan fulfils, or what is wrong with it.

    `todo`: what is still to be fetched, in the order of the way.
    """
    fitting = [each for each in todo if scan.fits(each.reservation.unit)]
    if not fitting:
        return _not_wanted(order, scan, todo)
    units = {each.reservation.unit for each in fitting}
    if len(units) > 1:
        return WrongScan("which_unit", scan, right=fitting)
    found = fitting[0]
    reason = why_not(found.reservation.unit)
    if reason is not None:
        return WrongScan("cannot_be_used", scan, reason, [each for each in todo if each not in fitting])
    if found.location is None:
        return WrongScan("not_in_stock", scan)
    return found.reservation


def _not_wanted(order: Order, scan: Scan, todo: Sequence[Fetch]) -> WrongScan:
    """Say what differs: the product, the lot, or only the unit; and what of the same would be right."""
    picked = [each for each in order.reservations if each.picked and scan.fits(each.unit)]
    if picked:
        return WrongScan("already_picked", scan, right=todo)
    same_lot = [each for each in todo if scan._replace(unit=None).fits(each.reservation.unit)]
    same_product = [each for each in todo if each.reservation.unit.product == scan.product]
    if scan.lot is not None and same_lot:
        return WrongScan("wrong_unit", scan, right=same_lot)
    if same_product:
        return WrongScan("wrong_lot", scan, right=same_product)
    return WrongScan("not_on_list", scan, right=todo)


class Stopped(NamedTuple):
    """A reservation whose unit may not be taken any more, and why."""

    reservation: Reservation
    reason: str


def stopped(order: Order, units: Mapping[UnitKey, Unit], why_not: WhyNot) -> list[Stopped]:
    """Return the reservations whose unit is not there any more, has less than is reserved, or may not be used."""
    found = []
    needed: dict[UnitKey, int] = {}
    for each in order.reservations:
        needed[each.unit] = needed.get(each.unit, 0) + each.quantity
    for each in order.reservations:
        unit = units.get(each.unit)
        if unit is None or unit.state is not State.IN_STOCK or unit.quantity < needed[each.unit]:
            found.append(Stopped(each, "not_in_stock"))
        elif (reason := why_not(each.unit)) is not None:
            found.append(Stopped(each, reason))
    return found


def shipped_items(order: Order, units: Mapping[UnitKey, Unit]) -> list[dict[str, object]]:
    """Return the items of the `ship` movement of what was picked: a part of a unit is named after the order.

    Reservations of one unit are one item.
    """
    taken: dict[UnitKey, int] = {}
    for each in order.reservations:
        if each.picked:
            taken[each.unit] = taken.get(each.unit, 0) + each.quantity
    return [_item(order, key, quantity, units[key]) for key, quantity in taken.items()]


def _item(order: Order, key: UnitKey, quantity: int, unit: Unit) -> dict[str, object]:
    item: dict[str, object] = {**key._asdict(), "quantity": number_of(quantity)}
    if quantity < unit.quantity:
        item["as"] = f"{order.id}/{key.unit}" if key.unit is not None else order.id
    return item


def describe(wrong: WrongScan) -> str:
    """Return a refusal in words, with what would be right, for programs; pages word it themselves."""
    name = " ".join(filter(None, wrong.scan)) or "this"
    words: dict[Fault, str] = {
        "not_on_list": f"{name} is not on this list",
        "wrong_lot": f"{name} is of another lot than is wanted",
        "wrong_unit": f"{name} is another unit of the lot than is wanted",
        "which_unit": f"{name} may be one of several: scan the unit",
        "already_picked": f"{name} is picked already",
        "not_in_stock": f"{name} is not in stock",
        "cannot_be_used": f"{name} may not be used: {wrong.reason}",
    }
    right = ", ".join(
        show_unit(fetch.reservation.unit) + (f" at {fetch.location}" if fetch.location else "")
        for fetch in wrong.right[:3]
    )
    return words[wrong.fault] + (f"; right would be {right}" if right else "")
