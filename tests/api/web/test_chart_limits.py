"""Limits, budgets and marks along the edges of a chart."""

from zoneinfo import ZoneInfo

from api.web.charts.limits import budgets_of, limits_of
from api.web.charts.model import Limit
from api.web.charts.ticks import numbers, times
from domain.model import ProfileVersion, Rule
from domain.times import DAY, HOUR, parse_instant
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit as LimitRule
from rules.series.bounds import Bound, Bounds
from rules.subjects.whereabouts import InForce

BERLIN = ZoneInfo("Europe/Berlin")


def rule(name, operator, value, quantity="temperature"):
    return Rule(name, "limit", LimitRule(quantity, Bounds((Bound(operator, value),)), HOUR))


def budget(name, value, total, window=None):
    return Rule(name, "cumulative", Cumulative("temperature", Bounds((Bound("above", value),)), total, window))


def in_force(since, until, *rules):
    return InForce(since, until, ProfileVersion("p", 1, since, rules, max_gap=HOUR))


def test_rules_with_the_same_number_are_one_line():
    versions = [in_force(0, DAY, rule("warm", "above", 8), budget("stability", 8, HOUR), rule("cold", "below", 2))]
    assert limits_of(versions, "temperature", 0, DAY) == (
        Limit(0, DAY, 8, 1, ("warm", "stability")),
        Limit(0, DAY, 2, -1, ("cold",)),
    )


def test_a_limit_that_a_new_version_keeps_goes_on_and_one_that_it_moves_ends():
    versions = [
        in_force(0, 10, rule("warm", "above", 8), rule("cold", "below", 2)),
        in_force(10, 20, rule("warm", "above", 7), rule("cold", "below", 2)),
    ]
    assert limits_of(versions, "temperature", 0, 20) == (
        Limit(0, 10, 8, 1, ("warm",)),
        Limit(0, 20, 2, -1, ("cold",)),
        Limit(10, 20, 7, 1, ("warm",)),
    )


def test_limits_are_those_of_the_quantity_the_time_and_the_rules_asked_for():
    versions = [in_force(0, 100, rule("warm", "above", 8), rule("damp", "above", 75, "humidity"))]
    assert limits_of(versions, "humidity", 40, 60) == (Limit(40, 60, 75, 1, ("damp",)),)
    assert limits_of(versions, "temperature", 0, 100, frozenset(("other",))) == ()
    assert limits_of(versions, "temperature", 100, 200) == ()


def test_a_budget_goes_down_while_outside_and_never_below_nothing():
    versions = [in_force(0, DAY, budget("stability", 8, 2 * HOUR))]
    exposures = {"stability": [(HOUR, 2 * HOUR), (5 * HOUR, 8 * HOUR)]}
    (found,) = budgets_of(versions, "temperature", exposures, 0, 10 * HOUR)
    assert found.points == (
        (0, 2 * HOUR),
        (HOUR, 2 * HOUR),
        (2 * HOUR, HOUR),
        (5 * HOUR, HOUR),
        (8 * HOUR, 0),
        (10 * HOUR, 0),
    )


def test_a_budget_of_a_window_comes_back():
    versions = [in_force(0, DAY, budget("week", 8, 2 * HOUR, window=5 * HOUR))]
    (found,) = budgets_of(versions, "temperature", {"week": [(HOUR, 2 * HOUR)]}, 0, 9 * HOUR)
    assert found.points[-1] == (9 * HOUR, 2 * HOUR)
    assert min(left for _, left in found.points) == HOUR


def test_no_profile_or_no_time_has_no_budget():
    assert budgets_of([], "temperature", {}, 0, DAY) == ()
    assert budgets_of([in_force(0, DAY, budget("b", 8, HOUR))], "temperature", {}, 5, 5) == ()
    assert budgets_of([in_force(0, DAY, budget("b", 8, HOUR))], "humidity", {}, 0, DAY) == ()


def test_values_at_the_edge_are_round():
    assert numbers(1_300_000, 10_200_000) == [2_000_000, 4_000_000, 6_000_000, 8_000_000, 10_000_000]
    assert numbers(-500_000, 500_000) == [-400_000, -200_000, 0, 200_000, 400_000]


def test_times_at_the_edge_are_round_on_the_clock_on_the_wall_and_name_the_day_at_midnight():
    since, until = parse_instant("2026-11-18T22:30:00Z"), parse_instant("2026-11-19T22:30:00Z")
    labels = [label for _, label in times(since, until, BERLIN, 7)]
    assert labels == ["19 Nov", "06:00", "12:00", "18:00"]


def test_times_keep_to_the_clock_when_it_is_changed():
    since, until = parse_instant("2026-10-24T22:00:00Z"), parse_instant("2026-10-26T22:59:00Z")
    found = times(since, until, BERLIN, 5)
    assert [label for _, label in found] == ["25 Oct", "12:00", "26 Oct", "12:00"]
    assert found[1][0] - found[0][0] == 13 * HOUR


def test_a_year_is_marked_by_months():
    since, until = parse_instant("2026-01-15T00:00:00Z"), parse_instant("2027-01-15T00:00:00Z")
    assert [label for _, label in times(since, until, BERLIN, 7)] == [
        "Mar 2026",
        "May 2026",
        "Jul 2026",
        "Sep 2026",
        "Nov 2026",
        "Jan 2027",
    ]
