"""Of what fired for many, one is told first: the same one in whatever order they come."""

from dataclasses import replace
from itertools import permutations

from domain.model import UnitKey
from rules.alarms.problems import Fired
from rules.judgement import Firing
from rules.messages.problem import worst_of
from rules.subjects.whereabouts import LocationKey

WARM = Firing("warm", 5, "hold", "warning", "p", 1, "limit", "temperature", "high", ("ROOM",), 0, None, "above 8.0 °C")
ROOM, P1, P2 = LocationKey("ROOM"), UnitKey("VAX", "A", "P1"), UnitKey("VAX", "A", "P2")


def first_of(*all_fired: Fired) -> Fired:
    found = [worst_of(each) for each in permutations(all_fired)]
    assert all(each == found[0] for each in found)
    return found[0]


def test_of_those_that_say_as_much_the_first_by_name() -> None:
    assert first_of(Fired(P2, WARM), Fired(ROOM, WARM), Fired(P1, WARM)) == Fired(P1, WARM)


def test_a_unit_before_its_place_and_then_what_weighs_most() -> None:
    early, review = replace(WARM, at=4), replace(WARM, action="review", severity="critical", at=1)
    assert first_of(Fired(P1, WARM), Fired(P2, early), Fired(P1, review)) == Fired(P2, early)
    assert first_of(Fired(ROOM, early), Fired(P2, WARM)) == Fired(P2, WARM)
