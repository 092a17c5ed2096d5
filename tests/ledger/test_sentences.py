"""The sentence an alert begins with."""

from dataclasses import replace

from domain.times import parse_instant
from rules.alarms.problems import Fired, Key, problems
from rules.judgement import Firing
from rules.messages.problem import no_longer, sentence_of
from rules.subjects.whereabouts import LocationKey, UnitKey

NOON = parse_instant("2026-01-03T12:00:00Z")
SINCE = parse_instant("2026-01-03T09:38:00Z")
AT = parse_instant("2026-01-03T10:38:00Z")
WHAT = "above 8.0 °C for 75 min, peak 9.6 °C"
HELD = Firing("warm", AT, "hold", "critical", "p", 1, "limit", "temperature", "high", ("ROOM-1",), SINCE, None, WHAT)
REVIEWED = replace(HELD, rule="mkt", action="review")


def sentence(*fired: Fired, now: int = NOON) -> str:
    [problem] = problems(Key("ROOM-1", "temperature", "high"), fired)
    return sentence_of(problem, now, lambda fired: fired.firing.sentence)


def units(lot: str, *names: str | None) -> list[UnitKey]:
    return [UnitKey("VAX", lot, name) for name in names]


def test_units_of_a_lot_are_counted():
    fired = [Fired(unit, HELD) for unit in units("A1", "P1", "P2", "P3")]
    assert sentence(*fired) == f"3 units of VAX A1 on hold: {WHAT}, ROOM-1, since 09:38Z"


def test_a_single_unit_is_named():
    assert sentence(Fired(units("A1", "P1")[0], HELD)).startswith("P1 of VAX A1 on hold: ")


def test_a_lot_without_units_is_named_alone():
    assert sentence(Fired(units("A1", None)[0], HELD)).startswith("VAX A1 on hold: ")


def test_up_to_three_lots_are_named():
    fired = [Fired(units(lot, None)[0], HELD) for lot in ("A1", "A2", "A3")]
    assert sentence(*fired).startswith("VAX A1, VAX A2 and VAX A3 on hold: ")


def test_more_lots_are_counted():
    fired = [Fired(unit, HELD) for lot in ("A1", "A2", "A3", "A4") for unit in units(lot, "P1", "P2")]
    assert sentence(*fired).startswith("8 units of 4 lots on hold: ")


def test_only_those_of_the_worst_action_are_named():
    fired = [Fired(units("A1", None)[0], REVIEWED), Fired(units("A2", None)[0], HELD)]
    assert sentence(*fired).startswith("VAX A2 on hold: ")


def test_units_to_review_are_called_so():
    assert sentence(Fired(units("A1", None)[0], REVIEWED)).startswith("VAX A1 to review: ")


def test_a_place_alone_holds_nothing_whatever_the_action():
    assert sentence(Fired(LocationKey("ROOM-1"), HELD)) == f"Above{WHAT[5:]}, ROOM-1, since 09:38Z"


def test_an_ended_problem_says_until_when():
    ended = replace(HELD, until=parse_instant("2026-01-03T10:53:00Z"))
    assert sentence(Fired(units("A1", None)[0], ended)).endswith("ROOM-1, 09:38Z to 10:53Z")


def test_times_of_another_day_carry_their_date():
    later = parse_instant("2026-01-04T00:00:00Z")
    assert sentence(Fired(units("A1", None)[0], HELD), now=later).endswith("since 2026-01-03 09:38Z")


def test_units_that_were_lifted_are_said_after_those_that_are_not():
    fired = [Fired(unit, HELD) for unit in units("A1", "P1", "P2", "P3")]
    [problem] = problems(Key("ROOM-1", "temperature", "high"), fired)
    lifted = dict.fromkeys(units("A1", "P1", "P3"), "released by quinn")
    said = sentence_of(problem, NOON, lambda fired: WHAT, lifted)
    assert said.startswith("P2 of VAX A1 on hold, 2 units of VAX A1 released by quinn: ")


def test_what_is_gone_is_said_with_what_became_of_its_hold():
    p1, p2 = units("A1", "P1", "P2")
    assert no_longer({}) == ""
    assert no_longer({p1: False}) == "; no longer: P1 of VAX A1"
    assert no_longer({p1: True, p2: False}) == "; no longer: P2 of VAX A1, P1 of VAX A1 (hold unfounded)"
