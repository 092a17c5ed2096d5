"""Counting: whether two people agree on what they counted, what a difference means, and what would put it right. Pure.

A count changes no stock. What it finds is told of as discrepancies, each with the movements since the unit was last
counted as expected; what is put right is a movement of its own, which a second person approves where the site wants it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from batches.quantities import number_of
from batches.stock import Counted, Position, State, Unit
from domain.model import UnitKey

Kind: TypeAlias = Literal["cycle", "full"]
KINDS: tuple[Kind, ...] = ("cycle", "full")


@dataclass(frozen=True, slots=True)
class CountRules:
    """How a site counts: whether who counts sees what is expected, whether two must, and whether a second approves."""

    blind: bool = False
    two_persons: bool = False
    approved: bool = False


class CountLine(NamedTuple):
    """Somebody counted so much of a unit; of what one person says of a unit the last counts."""

    who: str
    unit: UnitKey
    quantity: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A count that is going on at a location: `full` is of all that stands there, `cycle` of the units that it asks.

    A cycle count that asks for no units is of whatever is counted.
    """

    id: int
    location: str
    kind: Kind
    rules: CountRules
    asked: tuple[UnitKey, ...] = ()
    lines: tuple[CountLine, ...] = ()  # in the order in which they were said

    @property
    def persons(self) -> list[str]:
        """Return who counts, in the order in which they began."""
        return list(dict.fromkeys(line.who for line in self.lines))

    def counted_by(self, who: str) -> dict[UnitKey, int]:
        """Return what one person counted."""
        return {line.unit: line.quantity for line in self.lines if line.who == who}


class Outcome(NamedTuple):
    """What was counted, and what keeps the count from being finished."""

    lines: dict[UnitKey, int]
    differing: list[UnitKey]  # people said different things of them, or only one of two did
    uncounted: list[UnitKey]  # asked for, and nobody counted them
    needs_second: bool  # two people must count, and only one has

    @property
    def is_final(self) -> bool:
        """Tell whether the count can be finished."""
        return not (self.differing or self.uncounted or self.needs_second)


def outcome(sheet: Sheet) -> Outcome:
    """Return what a sheet says by now.

    Without two persons the last line of a unit counts. With them a unit is counted when the last two people who
    counted it said the same.
    """
    said: dict[UnitKey, dict[str, int]] = {}
    for line in sheet.lines:
        of_unit = said.setdefault(line.unit, {})
        of_unit.pop(line.who, None)  # said again: it is the latest
        of_unit[line.who] = line.quantity
    lines = {unit: list(by.values())[-1] for unit, by in said.items()}
    two = sheet.rules.two_persons
    differing = [unit for unit, by in said.items() if two and not _agree(list(by.values()))]
    uncounted = [unit for unit in sheet.asked if unit not in said]
    return Outcome(lines, differing, uncounted, two and len(sheet.persons) < 2)


def _agree(quantities: Sequence[int]) -> bool:
    return len(quantities) > 1 and quantities[-1] == quantities[-2]


def count_movement(sheet: Sheet, lines: Mapping[UnitKey, int]) -> dict[str, Any]:
    """Return the `count` movement that a finished sheet is recorded as, without id and time."""
    listed = [{**unit._asdict(), "quantity": number_of(quantity)} for unit, quantity in lines.items()]
    return {"do": "count", "location": sheet.location, "lines": listed, "complete": sheet.kind == "full"}


# --- what a difference means ---

Cause: TypeAlias = Literal["more_or_less", "elsewhere", "ended", "shipped", "unknown"]


class Remedy(NamedTuple):
    """What a difference means by what is known now, and the movement that would put it right; None: a person must see.

    `elsewhere`: it was counted here and stands at another location; `ended`, `shipped`: it was counted here and is not
    in stock at all; `unknown`: there is no such unit.
    """

    cause: Cause
    movement: dict[str, Any] | None


def remedy(found: Counted, location: str, unit: Unit | None) -> Remedy | None:
    """Return what a line of a count means for a unit as it is now; None: nothing, it is as expected."""
    difference = found.counted - found.expected
    if not difference:
        return None
    if unit is None:
        return Remedy("unknown", None)
    name = unit.key._asdict()
    if unit.state is State.ENDED:
        adjusted = {"do": "adjust", **name, "by": number_of(difference), "location": location}
        return Remedy("ended", adjusted if difference > 0 else None)
    if unit.state is not State.IN_STOCK:
        return Remedy("shipped", None)
    if found.expected == 0 and unit.where != location:
        is_all = found.counted == unit.quantity
        return Remedy("elsewhere", {"do": "move", "units": [name], "to": location} if is_all else None)
    return Remedy("more_or_less", {"do": "adjust", **name, "by": number_of(difference)})


class PastCount(NamedTuple):
    """A count that named a unit: when, by which movement, and what was expected and counted of it."""

    at: Position
    movement: str
    expected: int
    counted: int


def last_good(counts: Iterable[PastCount], before: Position) -> PastCount | None:
    """Return the last count before a position that found of a unit what was expected."""
    good = [each for each in counts if each.at < before and each.expected == each.counted]
    return max(good, key=lambda each: each.at, default=None)


def may_approve(proposed_by: str, who: str, rules: CountRules) -> bool:
    """Tell whether this person's approval counts: a second person's where the site wants one."""
    return not rules.approved or who != proposed_by
