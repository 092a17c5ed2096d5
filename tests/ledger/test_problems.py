"""One alert a problem, whatever the order in which it becomes known."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import HOUR, MINUTE
from rules.alarms.problems import PAUSE, Alert, Fired, Key, event_of, keys_of, match, near, problems
from rules.judgement import Firing
from rules.subjects.whereabouts import LocationKey, UnitKey

KEY = Key("ROOM-1", "temperature", "high")
A1 = UnitKey("VAX", "A1", None)
A2 = UnitKey("VAX", "A2", "P1")


def fired(since: int, until: int | None, rule: str = "warm", unit: UnitKey = A1, severity: str = "warning") -> Fired:
    firing = Firing(
        rule, since, "hold", severity, "p", 1, "limit", "temperature", "high", ("ROOM-1",), since, until, "above 8.0 °C"
    )
    return Fired(unit, firing)


def test_a_firing_belongs_to_every_place_whose_sensors_spoke():
    firing = replace(fired(0, 1).firing, places=("TRUCK", "ROOM-1"))
    assert keys_of(firing) == [Key("TRUCK", "temperature", "high"), KEY]


def test_rules_and_units_at_one_place_are_one_problem():
    found = problems(KEY, [fired(0, 9, "hot", A2, "critical"), fired(0, 5, "warm", A1), fired(2, 5, "warm", A2)])
    assert [(p.since, p.until, p.rules, p.units, p.severity) for p in found] == [
        (0, 9, ("hot", "warm"), (A1, A2), "critical")
    ]


@pytest.mark.parametrize(("pause", "count"), [(PAUSE - 1, 1), (PAUSE, 1), (PAUSE + 1, 2)])
def test_a_pause_of_an_hour_does_not_part_a_problem(pause, count):
    assert len(problems(KEY, [fired(0, MINUTE), fired(MINUTE + pause, HOUR * 9)])) == count


def test_a_problem_goes_on_while_any_of_it_does():
    assert problems(KEY, [fired(0, None), fired(1, 2)])[0].until is None


def test_a_new_problem_raises_an_alert():
    [problem] = problems(KEY, [fired(0, None)])
    pairs, unfounded = match([], [problem])
    assert (pairs, unfounded) == ([(None, problem)], [])
    assert event_of(None, problem) == "raised"


def told(number: int, since: int, until: int | None, founded: bool = True, units: tuple = (A1,)) -> Alert:
    return Alert(number, since, until, founded, ("warm",), units, "warning")


@pytest.mark.parametrize(
    ("alert", "event"),
    [
        (told(1, 0, 5), None),
        (told(1, 0, None), "ended"),
        (told(1, 0, 4), "updated"),
        (told(1, 0, 5, units=()), "updated"),
        (told(1, 0, 5, founded=False), "raised"),
    ],
)
def test_what_is_told_depends_on_what_was_told(alert, event):
    [problem] = problems(KEY, [fired(0, 5)])
    assert event_of(alert, problem) == event


def test_an_ended_problem_that_goes_on_again_updates_its_alert():
    [problem] = problems(KEY, [fired(0, 5), fired(9, None)])
    assert event_of(told(1, 0, 5), problem) == "updated"


def test_an_alert_without_problem_is_unfounded():
    assert match([told(1, 0, 5)], []) == ([], [told(1, 0, 5)])
    assert match([told(1, 0, 5, founded=False)], []) == ([], [])


def test_late_data_that_joins_two_problems_leaves_the_older_alert():
    first, second = told(1, 0, HOUR), told(2, 3 * HOUR, 4 * HOUR)
    [problem] = problems(KEY, [fired(0, 4 * HOUR)])
    assert match([second, first], [problem]) == ([(first, problem)], [second])


def test_a_problem_split_in_two_leaves_its_alert_to_the_earlier():
    alert = told(1, 0, 4 * HOUR)
    found = problems(KEY, [fired(0, HOUR), fired(3 * HOUR, 4 * HOUR)])
    assert match([alert], found) == ([(alert, found[0]), (None, found[1])], [])


def test_an_overlap_wins_over_mere_nearness():
    alert = told(1, 3 * HOUR + MINUTE, 5 * HOUR)
    found = problems(KEY, [fired(0, 2 * HOUR + MINUTE), fired(4 * HOUR, 5 * HOUR)])
    assert match([alert], found)[0] == [(None, found[0]), (alert, found[1])]


FIRED = st.builds(
    lambda since, length, going_on, rule, unit: fired(
        since * 20 * MINUTE, None if going_on else (since + length) * 20 * MINUTE, rule, unit
    ),
    st.integers(0, 60),
    st.integers(0, 6),
    st.sampled_from([False] * 9 + [True]),
    st.sampled_from(["warm", "hot"]),
    st.sampled_from([A1, A2, LocationKey("ROOM-1")]),
)


@given(st.lists(st.lists(FIRED, max_size=6), max_size=6))
def test_any_sequence_of_judgements_leaves_one_founded_alert_a_problem(steps):
    alerts: dict[int, Alert] = {}
    for step in steps:
        found = problems(KEY, step)
        pairs, unfounded = match(list(alerts.values()), found)
        for alert in unfounded:
            alerts[alert.id] = replace(alert, founded=False)
        for alert, problem in pairs:
            number = alert.id if alert else len(alerts) + 1
            alerts[number] = Alert(
                number, problem.since, problem.until, True, problem.rules, problem.units, problem.severity
            )
        founded = sorted((a.since, a.until or 0, a.rules, a.units) for a in alerts.values() if a.founded)
        assert founded == sorted((p.since, p.until or 0, p.rules, p.units) for p in found)
        assert match(list(alerts.values()), found)[1] == []


@given(st.lists(FIRED, max_size=8))
def test_problems_of_one_key_lie_further_apart_than_the_pause(step):
    found = problems(KEY, step)
    spans = [(p.since, HOUR * 99 if p.until is None else p.until) for p in found]
    assert not any(near(a, b) for a, b in pairwise(spans))
    assert sum(len(p.fired) for p in found) == len(step)
