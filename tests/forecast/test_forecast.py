"""A failing place is foreseen; one that runs as ever is not."""

import numpy as np
import pytest

from forecast.normal import Rate, learn
from forecast.rises import Rise, rises, smoothed, times_above
from forecast.risk import Allowance, at_risk
from forecast.thermal import fit
from forecast.trend import trend
from tests.forecast.room import AMBIENT, MINUTE, reached, room

HOUR = 3600.0
DAY = 24 * HOUR
INTERVAL = MINUTE


FAILS = 3 * 1440 + 137


def failing(leak=38.0, share=0.5, **kwargs):
    """Return a failing room until this share of its way to 8 °C, and what is left of it in seconds."""
    times, values = room(FAILS + 240, FAILS, leak=leak, **kwargs)
    whole = reached(times, values, 8.0, FAILS) - FAILS
    now = FAILS + round(share * whole)
    return times[: now + 1], values[: now + 1], (FAILS + whole - now) * MINUTE


def running(days, seed=1):
    return room(round(days * 1440), seed=seed)


@pytest.mark.parametrize("leak", [30.0, 38.0, 50.0])
def test_half_way_to_the_limit_the_time_left_is_known_within_a_quarter(leak):
    times, values, left = failing(leak)
    found = trend(times, values, 1)
    assert found is not None
    crossing = found.crossing(8.0)
    assert crossing.likely == pytest.approx(left, rel=0.25)
    assert crossing.earliest <= left <= crossing.latest


def test_a_fall_is_a_rise_in_the_mirror():
    times, values, _ = failing()
    up, down = trend(times, values, 1), trend(times, 2 * AMBIENT - values, -1)
    # What is around it is believed to be elsewhere, so the model differs; the trend and its start do not.
    assert up is not None and down is not None
    assert up.since == down.since


@pytest.mark.parametrize("seed", range(5))
def test_normal_running_foresees_nothing(seed):
    times, values = running(4, seed)
    ends = range(3 * 1440, 4 * 1440, 31)
    assert [end for end in ends if trend(times[:end], values[:end], 1) is not None] == []


def test_an_open_door_is_no_trend_where_doors_have_been_open_before():
    doors = {day * 1440 + minute + more for day in range(4) for minute in (600, 800, 1000) for more in (0, 1)}
    times, values = room(4 * 1440, doors=doors)
    ends = range(3 * 1440 + 590, 3 * 1440 + 1030, 5)
    assert [end for end in ends if trend(times[:end], values[:end], 1) is not None] == []


def test_a_door_opened_while_it_warms_moves_the_forecast_little():
    times, values, left = failing(share=0.7)
    opened = values.copy()
    opened[-8:-6] += 1.0
    assert trend(times, opened, 1).crossing(8.0).likely == pytest.approx(left, rel=0.4)


def test_too_short_a_history_says_nothing():
    times, values, _ = failing()
    assert trend(times[-600:], values[-600:], 1) is None


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_readings_say_nothing(count):
    times, values = running(1)
    assert trend(times[:count], values[:count], 1) is None


def test_a_place_that_stays_the_same_says_nothing():
    times = np.arange(0, 2 * DAY, INTERVAL)
    assert trend(times, np.full(len(times), 5.0), 1) is None


def test_what_never_comes_is_infinite():
    times = np.arange(0, 2 * HOUR, INTERVAL)
    settled = fit(Rise(times, 5 + 1.0 * (1 - np.exp(-times / 600))), None, AMBIENT)
    assert settled.crossing(60.0).likely == float("inf")


def test_what_is_passed_already_takes_no_time():
    times = np.arange(0, 2 * HOUR, INTERVAL)
    assert fit(Rise(times, 5 + times / HOUR), None, AMBIENT).crossing(6.0).likely == 0.0


def test_a_known_rate_sharpens_what_a_short_rise_says():
    times = np.arange(0, 10 * MINUTE, INTERVAL)
    short = Rise(times, 5.0 + 5.0 * (1 - np.exp(-times / 2500.0)))
    due = -2500.0 * np.log(1 - 3.0 / 5.0) - times[-1]
    vague, sharp = fit(short, None, AMBIENT).crossing(8.0), fit(short, Rate(5.0 / 2500.0, 5.0), AMBIENT).crossing(8.0)
    assert abs(sharp.likely - due) < abs(vague.likely - due)
    assert sharp.earliest <= due <= sharp.latest


def test_the_same_question_has_the_same_answer():
    times, values, _ = failing()
    assert trend(times, values, 1).crossing(8.0) == trend(times, values, 1).crossing(8.0)


def test_a_single_spike_is_smoothed_away():
    assert smoothed(np.array([1.0, 1.0, 9.0, 1.0, 1.0])).tolist() == [1.0] * 5


def test_a_rise_goes_from_its_low_to_its_peak_and_small_dips_do_not_end_it():
    values = np.array([5.0, 4.0, 5.0, 4.8, 6.0, 5.0, 4.5, 5.5])
    ended, going = rises(np.arange(8.0), values, 0.5)
    assert [(rise.times.tolist(), rise.values.tolist()) for rise in ended] == [([1, 2, 3, 4], [4.0, 5.0, 4.8, 6.0])]
    assert going is not None and going.times.tolist() == [6, 7]


def test_a_stay_is_counted_from_the_first_value_above_a_level_to_the_peak():
    rise = Rise(np.array([0.0, 60.0, 120.0, 180.0]), np.array([4.0, 5.0, 4.8, 6.0]))
    assert times_above(rise, np.array([3.0, 4.5, 5.5, 7.0])).tolist() == [180.0, 120.0, 0.0, 0.0]


def test_normal_knows_how_long_and_how_fast_a_place_rises():
    normal = learn(*running(2))
    assert (np.diff(normal.longest_s) <= 0).all()
    assert 3 * MINUTE <= normal.longest_s[0] <= 12 * MINUTE
    assert normal.interval_s == INTERVAL
    assert normal.step == pytest.approx(0.1)
    assert normal.rate.per_s == pytest.approx(38.0 * (AMBIENT - 5.0) / 3e5, rel=0.15)


def test_a_place_that_never_rises_has_no_rate():
    times = np.arange(0, 2 * DAY, INTERVAL)
    assert learn(times, np.full(len(times), 5.0)).rate is None


def test_units_are_at_risk_in_the_order_in_which_their_rules_fire():
    times, values, _ = failing()
    found = trend(times, values, 1)
    allowed = [
        Allowance(("VAX", "A1", "PALLET-7"), "too-warm", "hold", 8.0, 60 * MINUTE),
        Allowance(("VAX", "B2", None), "budget", "review", 8.0, 5 * MINUTE),
        Allowance((None, None, None), "warm", "notify", 7.0, 0.0),
        Allowance(("VAX", "C3", None), "hot", "hold", 90.0, 0.0),
    ]
    risks = at_risk(found, allowed)
    assert [risk.allowance.subject[1] for risk in risks] == [None, "B2", "A1"]
    assert risks[2].fires.likely == risks[2].reached.likely + 60 * MINUTE
