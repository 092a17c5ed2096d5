"""A failing place is foreseen; one that runs as ever is not."""

import numpy as np
import pytest

from forecast.normal import binned, learn
from forecast.risk import Requirement, at_risk
from forecast.thermal import fit
from forecast.trend import trend

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
INTERVAL = MINUTE
AMBIENT = 21.0


def running(days, seed=1):
    """Return a room between 4 and 6 °C in cycles of 30 minutes, with noise of its probe."""
    times = np.arange(0, days * DAY, INTERVAL)
    phase = (times % (30 * MINUTE)) / (30 * MINUTE)
    saw = np.where(phase < 0.6, phase / 0.6, (1 - phase) / 0.4)
    return times, np.round(4 + 2 * saw + np.random.default_rng(seed).normal(0, 0.05, len(times)), 1)


def warming(since, start, tau, minutes, fast=1.5):
    """Return what follows when its cooling stops: the air leaves the stock's temperature, both near the ambient."""
    times = since + np.arange(0, minutes * MINUTE, INTERVAL)
    elapsed = times - since
    slow = AMBIENT - (AMBIENT - start) * np.exp(-elapsed / tau)
    return times, np.round(slow + fast * (1 - np.exp(-elapsed / (8 * MINUTE))), 1)


def reach(start, tau, limit, fast=1.5):
    """Return when the curve of `warming` is above the limit, in seconds from its start."""
    times, values = warming(0.0, start, tau, 3000, fast)
    return times[np.argmax(values > limit)]


def failing(tau, minutes, start=4.6):
    times, values = running(3)
    more_times, more = warming(times[-1] + INTERVAL, start, tau, minutes)
    return np.concatenate([times, more_times]), np.concatenate([values, more])


@pytest.mark.parametrize("tau_hours", [12, 20, 40])
def test_half_way_to_the_limit_the_time_left_is_known_within_a_fifth(tau_hours):
    tau = tau_hours * HOUR
    whole = reach(4.6, tau, 8.0)
    found = trend(*failing(tau, whole / 2 / MINUTE), 1)
    assert found is not None
    crossing = found.crossing(8.0)
    assert crossing.likely == pytest.approx(whole / 2, rel=0.2)
    assert crossing.earliest <= crossing.likely <= crossing.latest


def test_a_fall_is_a_rise_in_the_mirror():
    times, values = failing(15 * HOUR, 60)
    up, down = trend(times, values, 1), trend(times, 2 * AMBIENT - values, -1)
    # The model's prior knows no mirror; the trend and its start do.
    assert up is not None and down is not None
    assert up.since == down.since


@pytest.mark.parametrize("seed", range(5))
def test_normal_running_foresees_nothing(seed):
    times, values = running(4, seed)
    ends = range(3 * 1440, 4 * 1440, 7)
    assert [end for end in ends if trend(times[:end], values[:end], 1) is not None] == []


def test_an_open_door_is_no_trend_where_doors_have_been_open_before():
    times, values = running(4)
    for day in range(4):
        for start in (600, 800, 1000):
            first = day * 1440 + start
            values[first : first + 25] += 5 * np.exp(-np.arange(25) / 8)
    ends = range(3 * 1440, 4 * 1440, 3)
    assert [end for end in ends if trend(times[:end], values[:end], 1) is not None] == []


def test_a_door_opened_while_it_warms_moves_the_forecast_little():
    tau = 15 * HOUR
    whole = reach(4.6, tau, 8.0)
    times, values = failing(tau, whole / 2 / MINUTE)
    opened = values.copy()
    opened[-30:-20] += 3.0
    plain, disturbed = trend(times, values, 1), trend(times, opened, 1)
    assert disturbed.crossing(8.0).likely == pytest.approx(plain.crossing(8.0).likely, rel=0.25)


def test_too_short_a_history_says_nothing():
    times, values = running(0.4)
    more_times, more = warming(times[-1] + INTERVAL, 4.6, 8 * HOUR, 60)
    assert trend(np.concatenate([times, more_times]), np.concatenate([values, more]), 1) is None


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_readings_say_nothing(count):
    times, values = running(1)
    assert trend(times[:count], values[:count], 1) is None


def test_a_place_that_stays_the_same_says_nothing():
    times = np.arange(0, 2 * DAY, INTERVAL)
    assert trend(times, np.full(len(times), 5.0), 1) is None


def test_what_never_comes_is_infinite():
    times = np.arange(0, 2 * HOUR, INTERVAL)
    settled = fit(binned(times, 5 + 1.0 * (1 - np.exp(-times / 600)), 180.0))
    assert settled.crossing(60.0).likely == float("inf")


def test_what_is_passed_already_takes_no_time():
    times = np.arange(0, 2 * HOUR, INTERVAL)
    assert fit(binned(times, 5 + times / HOUR, 180.0)).crossing(6.0).likely == 0.0


def test_the_same_question_has_the_same_answer():
    times, values = failing(15 * HOUR, 70)
    assert trend(times, values, 1).crossing(8.0) == trend(times, values, 1).crossing(8.0)


def test_a_bin_is_the_median_of_its_readings_and_an_empty_one_is_left_out():
    times = np.array([0.0, 10.0, 20.0, 700.0, 710.0])
    found = binned(times, np.array([1.0, 9.0, 2.0, 4.0, 6.0]), 300.0)
    assert found.times.tolist() == [10.0, 705.0]
    assert found.values.tolist() == [2.0, 5.0]


def test_normal_is_the_longest_stay_above_each_level():
    times, values = running(2)
    normal = learn(binned(times, values))
    assert (np.diff(normal.longest_s) <= 0).all()
    assert 15 * MINUTE <= normal.longest_s[0] <= 45 * MINUTE


def test_units_are_at_risk_in_the_order_in_which_their_rules_fire():
    tau = 15 * HOUR
    found = trend(*failing(tau, reach(4.6, tau, 8.0) / 2 / MINUTE), 1)
    allowed = [
        Requirement("A1 PALLET-7", "too-warm", "hold", 8.0, 60 * MINUTE),
        Requirement("B2", "budget", "review", 8.0, 5 * MINUTE),
        Requirement("ROOM-1", "warm", "notify", 7.0, 0.0),
        Requirement("C3", "hot", "hold", 90.0, 0.0),
    ]
    risks = at_risk(found, allowed)
    assert [risk.requirement.subject for risk in risks] == ["ROOM-1", "B2", "A1 PALLET-7"]
    assert risks[2].fires.likely == risks[2].reached.likely + 60 * MINUTE
