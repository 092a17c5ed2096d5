"""Founded holds are always exactly what the last judgement says; what a person did stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alarms.holds import Effect, Hold, Placed, Revised, Unfounded, decide
from rules.judgement import Firing


def fired(rule: str, at: int, since: int | None = None, until: int | None = None, action: str = "hold") -> Firing:
    since = at if since is None else since
    return Firing(rule, at, action, "critical", "p", 1, "limit", "temperature", "high", ("R",), since, until, "warm")


def apply(holds: list[Hold], effects: list[Effect]) -> list[Hold]:
    """Do what was decided, as the ledger does."""
    now = {hold.id: hold for hold in holds}
    for effect in effects:
        match effect:
            case Placed(firing):
                number = len(now) + 1
                now[number] = Hold(number, firing.rule, firing.at, firing.since, firing.until, True)
            case Revised(hold, firing):
                now[hold.id] = replace(
                    now[hold.id], fired_at=firing.at, since=firing.since, until=firing.until, founded=True
                )
            case Unfounded(hold):
                now[hold.id] = replace(now[hold.id], founded=False)
    return list(now.values())


def test_a_firing_with_action_hold_places_a_hold():
    assert decide([], [fired("warm", 10)]) == [Placed(fired("warm", 10))]


@pytest.mark.parametrize("action", ["notify", "review"])
def test_other_actions_place_none(action):
    assert decide([], [fired("warm", 10, action=action)]) == []


def test_the_same_judgement_again_changes_nothing():
    hold = Hold(1, "warm", 10, 5, 20, founded=True)
    assert decide([hold], [fired("warm", 10, 5, 20)]) == []


def test_another_instant_of_an_overlapping_interval_revises_the_hold():
    hold = Hold(1, "warm", 10, 5, 20, founded=True)
    assert decide([hold], [fired("warm", 12, 7, 20)]) == [Revised(hold, fired("warm", 12, 7, 20))]


@pytest.mark.parametrize(("since", "revised"), [(20, True), (21, False)])
def test_an_interval_that_only_touches_is_the_same_problem(since, revised):
    hold = Hold(1, "warm", 10, 5, 20, founded=True)
    effects = decide([hold], [fired("warm", 30, since, 40)])
    assert (effects == [Revised(hold, fired("warm", 30, since, 40))]) == revised
    assert (Unfounded(hold) in effects) != revised


def test_another_rule_is_another_hold():
    hold = Hold(1, "warm", 10, 5, 20, founded=True)
    assert decide([hold], [fired("hot", 10, 5, 20)]) == [Placed(fired("hot", 10, 5, 20)), Unfounded(hold)]


def test_a_hold_without_its_reason_is_unfounded_and_told_once():
    hold = Hold(1, "warm", 10, 5, 20, founded=True)
    assert decide([hold], []) == [Unfounded(hold)]
    assert decide([replace(hold, founded=False)], []) == []


def test_a_reason_that_comes_back_founds_the_old_hold_again():
    hold = Hold(1, "warm", 10, 5, 20, founded=False)
    assert decide([hold], [fired("warm", 10, 5, 20)]) == [Revised(hold, fired("warm", 10, 5, 20))]


def test_a_released_hold_is_not_placed_again_when_its_instant_moves():
    released = Hold(1, "warm", 10, 5, 20, founded=True, disposed=True)
    assert decide([released], [fired("warm", 9, 4, 20)]) == [Revised(released, fired("warm", 9, 4, 20))]


def test_a_hold_lifted_and_without_its_reason_is_over():
    over = Hold(1, "warm", 10, 5, 20, founded=False, disposed=True)
    assert decide([over], [fired("warm", 10, 5, 20)]) == [Placed(fired("warm", 10, 5, 20))]


def test_an_exact_match_wins_over_an_overlap():
    first = Hold(1, "warm", 10, 5, 40, founded=True)
    second = Hold(2, "warm", 30, 5, 40, founded=True)
    assert decide([first, second], [fired("warm", 30, 5, 40)]) == [Unfounded(first)]


INSTANTS = st.integers(0, 12)
FIRINGS = st.builds(
    lambda rule, a, b, c, going_on, action: fired(rule, *sorted((a, b))[::-1], None if going_on else b + c, action),
    st.sampled_from(["warm", "cold"]),
    INSTANTS,
    INSTANTS,
    INSTANTS,
    st.booleans(),
    st.sampled_from(["hold", "hold", "review"]),
)
JUDGEMENTS = st.lists(FIRINGS, max_size=5, unique_by=lambda firing: (firing.rule, firing.at))


@given(st.lists(st.tuples(JUDGEMENTS, st.sets(st.integers(1, 8))), max_size=8))
def test_any_sequence_of_judgements_ends_founded_as_the_last_one_says(steps):
    holds: list[Hold] = []
    for judgement, disposed in steps:
        before = {hold.id: hold.disposed for hold in holds}
        holds = apply(holds, decide(holds, judgement))
        assert {hold.id: hold.disposed for hold in holds if hold.id in before} == before
        founded = [(hold.rule, hold.fired_at) for hold in holds if hold.founded]
        assert sorted(founded) == sorted((f.rule, f.at) for f in judgement if f.action == "hold")
        assert decide(holds, judgement) == []
        holds = [replace(hold, disposed=hold.disposed or hold.id in disposed) for hold in holds]
