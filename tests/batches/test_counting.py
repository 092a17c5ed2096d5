"""Counting: when a count can be finished, what a difference means, and since when a unit was last as expected."""

from typing import Any

import pytest

from batches.counting import (
    CountLine,
    CountRules,
    PastCount,
    Sheet,
    count_movement,
    last_good,
    may_approve,
    outcome,
    remedy,
)
from batches.stock import Counted
from domain.model import UnitKey
from domain.numbers import SCALE
from tests.batches.stock_room import done, happened, received

ONE, TWO = UnitKey("VAX", "A", "1"), UnitKey("VAX", "A", "2")


def sheet(*lines: tuple[str, UnitKey, int], two: bool = False, asked: tuple[UnitKey, ...] = ()) -> Sheet:
    counted = tuple(CountLine(who, unit, quantity) for who, unit, quantity in lines)
    return Sheet(1, "ROOM", "cycle", CountRules(two_persons=two), asked, counted)


def test_of_a_unit_the_last_that_was_said_counts() -> None:
    found = outcome(sheet(("ann", ONE, 5), ("bob", TWO, 1), ("ann", ONE, 6)))
    assert (found.lines, found.is_final) == ({ONE: 6, TWO: 1}, True)


def test_a_count_of_certain_units_is_not_finished_before_each_was_counted() -> None:
    found = outcome(sheet(("ann", ONE, 5), asked=(ONE, TWO)))
    assert (found.uncounted, found.is_final) == ([TWO], False)
    assert outcome(sheet(("ann", ONE, 5), ("ann", TWO, 0), asked=(ONE, TWO))).is_final


@pytest.mark.parametrize(
    ("lines", "differing", "needs_second"),
    [
        ([("ann", ONE, 5)], [ONE], True),
        ([("ann", ONE, 5), ("bob", ONE, 5)], [], False),
        ([("ann", ONE, 5), ("bob", ONE, 6)], [ONE], False),
        ([("ann", ONE, 5), ("bob", ONE, 6), ("ann", ONE, 6)], [], False),  # she looked again
        ([("ann", ONE, 5), ("bob", ONE, 6), ("cyd", ONE, 6)], [], False),  # the last two agree
        ([("ann", ONE, 5), ("bob", ONE, 5), ("ann", TWO, 1)], [TWO], False),
        ([("ann", ONE, 5), ("ann", ONE, 5)], [ONE], True),  # one person twice is not two
    ],
)
def test_two_persons_must_say_the_same(
    lines: list[tuple[str, UnitKey, int]], differing: list[UnitKey], needs_second: bool
) -> None:
    found = outcome(sheet(*lines, two=True))
    assert (found.differing, found.needs_second) == (differing, needs_second)
    assert found.is_final is (not differing and not needs_second)


def test_nothing_counted_can_be_finished_where_one_counts() -> None:
    assert outcome(sheet()).is_final  # an empty location
    assert not outcome(sheet(two=True)).is_final


def test_what_is_recorded_of_a_count() -> None:
    full = Sheet(1, "ROOM", "full", CountRules())
    assert count_movement(full, {ONE: 5 * SCALE}) == {
        "do": "count",
        "location": "ROOM",
        "lines": [{"product": "VAX", "lot": "A", "unit": "1", "quantity": 5}],
        "complete": True,
    }


STOCK = happened(
    *(received(f"A/{n}", 10) for n in range(1, 5)),
    done("move", 2, units=[{"product": "VAX", "lot": "A", "unit": "2"}], to="DOCK"),
    done("destroy", 2, units=[{"product": "VAX", "lot": "A", "unit": "3"}]),
    done("ship", 2, shipment="S", to="CITY", units=[{"product": "VAX", "lot": "A", "unit": "4"}]),
).all()


@pytest.mark.parametrize(
    ("unit", "expected", "counted", "cause", "movement"),
    [
        ("1", 10, 8, "more_or_less", {"do": "adjust", "by": -2}),
        ("1", 10, 12, "more_or_less", {"do": "adjust", "by": 2}),
        ("2", 0, 10, "elsewhere", {"do": "move", "to": "ROOM"}),
        ("2", 0, 4, "elsewhere", None),  # some of it: which is a person's to say
        ("3", 0, 7, "ended", {"do": "adjust", "by": 7, "location": "ROOM"}),
        ("3", 5, 0, "ended", None),  # it is gone by now, as was counted
        ("4", 0, 10, "shipped", None),
        ("9", 0, 1, "unknown", None),
    ],
)
def test_what_a_difference_means(
    unit: str, expected: int, counted: int, cause: str, movement: dict[str, Any] | None
) -> None:
    key = UnitKey("VAX", "A", unit)
    found = remedy(Counted(key, expected * SCALE, counted * SCALE), "ROOM", STOCK.units.get(key))
    assert found is not None and found.cause == cause
    said = found.movement
    assert (None if said is None else {name: said[name] for name in movement or {}}) == movement


def test_what_is_as_expected_needs_nothing() -> None:
    assert remedy(Counted(ONE, 10, 10), "ROOM", STOCK.units[ONE]) is None


def test_the_last_good_count_is_the_last_that_found_what_was_expected() -> None:
    counts = [PastCount((1, 1), "c1", 5, 5), PastCount((2, 2), "c2", 5, 5), PastCount((3, 3), "c3", 5, 4)]
    assert last_good(counts, (4, 4)) == counts[1]
    assert last_good(counts, (2, 2)) == counts[0]
    assert last_good(counts[2:], (9, 9)) is None


def test_a_second_person_approves_where_the_site_wants_it() -> None:
    assert may_approve("ann", "ann", CountRules())
    assert not may_approve("ann", "ann", CountRules(approved=True))
    assert may_approve("ann", "bob", CountRules(approved=True))
