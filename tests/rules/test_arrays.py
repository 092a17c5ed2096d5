"""What is done over whole series at once says the same as the definitions, reading by reading."""

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import FAULT
from domain.times import NEVER
from rules.kinds.mkt import MeanKineticTemperature
from rules.series.arrays.intervals import known_or_outside, numbers, pauses
from rules.series.arrays.kinetic import Exact, above
from rules.series.arrays.warmest import SensorSpan, Steps, instants_of, warmest
from rules.series.bounds import Bound, Bounds
from rules.series.intervals import Pauses, StepwiseIntervals
from rules.series.kinetics import USUAL_ENERGY
from rules.series.series import Added, Series

VALUES = st.none() | st.integers(0, 12)
READINGS = st.dictionaries(st.integers(0, 60), VALUES, max_size=25)
BOUNDS = st.sampled_from(
    [
        None,
        Bounds((Bound("above", 8),)),
        Bounds((Bound("at_or_below", 3),)),
        Bounds((Bound("above", 8),), deadband=3),
        Bounds((Bound("below", 4),), deadband=2),
        Bounds((Bound("above", 5), Bound("at_or_below", 9))),
    ]
)


def series_of(readings):
    ordered = sorted(readings.items())
    return Series([at for at, _ in ordered], [value for _, value in ordered])


@given(READINGS, BOUNDS, st.integers(1, 12))
def test_stretches_are_those_that_patching_makes(readings, bounds, max_gap):
    series = series_of(readings)
    plain = StepwiseIntervals(bounds, max_gap, 0)
    plain.patch(series.view(), -NEVER, NEVER)
    assert known_or_outside(numbers(series.times), numbers(series.values), bounds, max_gap) == plain.intervals


@given(READINGS, st.integers(1, 12))
def test_pauses_are_those_between_consecutive_values(readings, after):
    series = series_of(readings)
    plain = Pauses(after)
    plain.patch(series.view(), -NEVER, NEVER)
    assert pauses(numbers(series.times), numbers(series.values), after) == plain.intervals


def test_a_long_series_is_done_at_once_and_then_patched():
    series = Series(range(0, 3000, 10), [9 if at % 100 == 0 else 5 for at in range(0, 3000, 10)])
    warm = Bounds((Bound("above", 8),))
    assert series.view().outside(warm, 30)[:2] == [(0, 10), (100, 110)]
    series.add(5, 9)
    series.settle()
    assert series.view().outside(warm, 30)[:2] == [(0, 10), (100, 110)]
    series.add(15, 9)
    series.settle()
    assert series.view().outside(warm, 30)[:2] == [(0, 10), (15, 20)]


@given(READINGS, st.dictionaries(st.integers(0, 80), VALUES, min_size=1, max_size=12), BOUNDS, st.integers(1, 12))
def test_a_run_of_readings_is_as_if_each_were_heard(before, run, bounds, max_gap):
    one, other = series_of(before), series_of(before)
    for series in (one, other):
        series.view().known(max_gap)
        series.view().pauses(max_gap + 1)
        if bounds is not None:
            series.view().outside(bounds, max_gap)
    ordered = sorted(run.items())
    instants, values = [at for at, _ in ordered], [FAULT if v is None else v for _, v in ordered]
    taken = one.extend(instants, values) or one.insert(instants, values)
    heard = [other.add(at, value) for at, value in ordered]
    if not taken:
        assert set(heard) - {Added.NEW} or any(instants[0] < at < instants[-1] for at in before)
        return
    assert set(heard) == {Added.NEW}
    one.settle()
    other.settle()
    assert (one.times, one.values, one.last_at) == (other.times, other.values, other.last_at)
    assert one.view().known(max_gap) == other.view().known(max_gap)
    assert one.view().pauses(max_gap + 1) == other.view().pauses(max_gap + 1)
    if bounds is not None:
        assert one.view().outside(bounds, max_gap) == other.view().outside(bounds, max_gap)


STAYS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)).map(lambda s: (s[0], s[0] + s[1])), max_size=3)


@given(st.lists(READINGS, min_size=1, max_size=3), STAYS, st.data(), st.integers(1, 12))
def test_the_warmest_value_is_that_of_all_places_that_are_all_known(sensors, stays, data, max_gap):
    series = [series_of(readings) for readings in sensors]
    heard = []
    for each in series:
        for number, (start, end) in enumerate(stays):
            a, b = sorted((data.draw(st.integers(start, end)), data.draw(st.integers(start, end))))
            heard.append(SensorSpan(each.view(), a, b, number))
    steps = warmest(heard, stays, 10, 70, max_gap)
    found = {t: v for s, e, v in zip(*(c.tolist() for c in steps), strict=True) for t in range(s, e)}
    assert found == {t: value for t in range(10, 70) if (value := defined(heard, stays, t, max_gap)) is not None}


def defined(heard, stays, instant, max_gap):
    here = [number for number, (start, end) in enumerate(stays) if start <= instant < end]
    best = {number: [] for number in here}
    for each in heard:
        if each.since <= instant < each.until and each.stay in best:
            best[each.stay] += value_at(each.view, instant, max_gap)
    return max(max(values) for values in best.values()) if here and all(best.values()) else None


def value_at(series, instant, max_gap):
    i = bisect_right(series.times, instant) - 1
    held = i >= 0 and instant < series.times[i] + max_gap and series.values[i] != FAULT
    return [series.values[i]] if held else []


@given(READINGS, st.integers(0, 60), st.integers(0, 60))
def test_instants_are_those_of_values(readings, since, until):
    found = instants_of([(series_of(readings).view(), since, until), (series_of(readings).view(), since, until)])
    assert found.tolist() == sorted(at for at, value in readings.items() if value is not None and since <= at < until)


MILLION = 1_000_000
CLOSE = st.integers(7_999_990, 8_000_010) | st.integers(2 * MILLION, 30 * MILLION) | st.just(8 * MILLION)
LENGTHS = st.lists(st.tuples(st.integers(1, 50), CLOSE, st.booleans()), min_size=1, max_size=12)


@given(LENGTHS, st.integers(1, 120), st.sampled_from([USUAL_ENERGY, MILLION, 500 * MILLION]))
def test_the_mean_is_above_wherever_exact_sums_say_so(lengths, window, energy):
    condition = MeanKineticTemperature(8 * MILLION, window, energy)
    starts, ends, values, now = [], [], [], 0
    for length, value, is_known in lengths:
        if is_known:
            starts.append(now)
            ends.append(now + length)
            values.append(value)
        now += length
    steps = Steps(*(np.array(column, np.int64) for column in (starts, ends, values)))
    instants = np.arange(0, now + window, max(1, window // 7))
    found = above(steps, instants, window, condition.threshold, energy, condition._is_above)
    for at, is_above in zip(instants.tolist(), found.tolist(), strict=True):
        inside = [(v, min(e, at) - max(s, at - window)) for s, e, v in zip(starts, ends, values, strict=True)]
        durations = [(value, length) for value, length in inside if length > 0]
        known = sum(length for _, length in durations)
        assert is_above == (known > 0 and condition._is_above(Exact(known, durations)))


@pytest.mark.parametrize(("beyond", "expected"), [(0, False), (1, True)])
def test_a_mean_a_millionth_above_is_above(beyond, expected):
    steps = Steps(*(np.array([n], np.int64) for n in (0, 100, 8 * MILLION + beyond)))
    condition = MeanKineticTemperature(8 * MILLION, 50)
    found = above(steps, np.array([60]), 50, condition.threshold, condition.energy, condition._is_above)
    assert found.tolist() == [expected]
