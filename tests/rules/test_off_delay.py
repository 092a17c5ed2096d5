"""The off-delay of a problem, as a function of what fired and of what was outside beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import HOUR, MINUTE, NEVER
from rules.alarms.off_delay import clears_at
from rules.alarms.problems import Clearing, Fired, Key, Problem, problems
from rules.judgement import Exposure, Firing
from rules.subjects.whereabouts import LocationKey

KEY = Key("ROOM-1", "temperature", "high")
ROOM = LocationKey("ROOM-1")


def firing(since, until, rule="warm", at=None):
    at = since if at is None else at
    return Firing(
        rule, at, "notify", "warning", "p", 1, "limit", "temperature", "high", ("ROOM-1",), since, until, "above 8.0 °C"
    )  # fmt: skip


def outside(since, until, rule="warm"):
    return Exposure(rule, since, until, 0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("exposures", "at"),
    [
        ([], 30),
        ([outside(0, 20)], 30),  # that which fired
        ([outside(25, 28)], 38),  # again within it
        ([outside(30, 31)], 41),  # at its very end
        ([outside(31, 40)], 30),  # too late
        ([outside(25, 28), outside(37, 40), outside(60, 70)], 50),  # one leads to the next
        ([outside(37, 40), outside(25, 28)], 50),  # in any order
        ([outside(25, None)], NEVER),  # goes on
        ([outside(25, 28, "cold")], 30),  # another rule
        ([outside(2, 4)], 30),  # long before
    ],
)
def test_being_outside_again_begins_it_anew(exposures, at):
    assert clears_at(firing(0, 20), exposures, 10) == at


@pytest.mark.parametrize(
    ("fired", "exposures", "off_delay", "at"),
    [
        (firing(0, 20), [], 0, 20),
        (firing(0, None), [], 10, NEVER),
        (firing(0, 20, at=25), [], 10, 35),  # fired after its end: a mean, say
    ],
)
def test_what_goes_on_never_clears_and_what_has_no_delay_clears_with_its_end(fired, exposures, off_delay, at):
    assert clears_at(fired, exposures, off_delay) == at


def told(fired, off_delay, now):
    return problems(KEY, [Fired(ROOM, each) for each in fired], lambda item: clears_at(item.firing, (), off_delay), now)


@pytest.mark.parametrize(
    ("now", "until", "clearing"), [(20, None, (20, 30)), (29, None, (20, 30)), (30, 20, (20, 30)), (99, 20, (20, 30))]
)
def test_a_problem_goes_on_for_people_until_it_has_been_over_for_so_long(now, until, clearing):
    [problem] = told([firing(0, 20)], 10, now)
    assert (problem.until, problem.clearing, problem.over_since) == (until, Clearing(*clearing), 20)
    assert problem.reported_over_at == (None if until is None else 30)


def test_the_longest_off_delay_of_a_problem_counts():
    delays = {"warm": 10, "hot": 50}
    both = [Fired(ROOM, firing(0, 20)), Fired(ROOM, firing(5, 15, "hot"))]
    [problem] = problems(KEY, both, lambda item: clears_at(item.firing, (), delays[item.firing.rule]), 30)
    assert problem.clearing == Clearing(20, 65)


SPANS = st.lists(
    st.builds(
        lambda since, length, goes_on: firing(since * 10 * MINUTE, None if goes_on else (since + length) * 10 * MINUTE),
        st.integers(0, 60),
        st.integers(0, 9),
        st.sampled_from([False] * 9 + [True]),
    ),
    max_size=8,
    unique_by=lambda each: each.at,
)
DELAYS = st.integers(0, 5 * HOUR)


def spans(found: list[Problem]):
    return [(each.since, each.until, len(each.fired), each.clearing) for each in found]


@given(SPANS, DELAYS, st.data())
def test_the_order_in_which_things_become_known_does_not_matter(fired, off_delay, data):
    now = data.draw(st.integers(0, 20 * HOUR))
    assert spans(told(data.draw(st.permutations(fired)), off_delay, now)) == spans(told(fired, off_delay, now))


@given(SPANS, DELAYS, DELAYS)
def test_a_longer_one_only_joins_problems(fired, shorter, more):
    few, many = told(fired, shorter + more, NEVER - 1), told(fired, shorter, NEVER - 1)
    assert len(few) <= len(many)
    begun = {each.since for each in many}
    assert {each.since for each in few} <= begun
    assert sum(len(each.fired) for each in few) == len(fired)


@given(SPANS, st.integers(0, HOUR))
def test_up_to_an_hour_it_parts_and_joins_nothing_otherwise(fired, off_delay):
    plain = [each[:3] for each in spans(told(fired, 0, NEVER - 1))]
    assert [each[:3] for each in spans(told(fired, off_delay, NEVER - 1))] == plain
