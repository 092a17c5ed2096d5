"""The load of alarms, beside what the standards define."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import DAY, HOUR, MINUTE, SECOND
from rules.alarms.alarm_rate import TEN_MINUTES, Flood, Raised, alarm_rate_of, floods, is_chattering, is_stale, peak
from rules.alarms.problems import Key

ROOM, HALL = Key("ROOM-1", "temperature", "high"), Key("HALL", "humidity", "high")


def raised(at, key=ROOM, severity="warning", until=0, acknowledged=None):
    return Raised(key, severity, at, until, acknowledged)


def every(gap, count, since=0):
    return [since + i * gap for i in range(count)]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (every(MINUTE, 9), []),
        (every(MINUTE, 10), [Flood(0, 15 * MINUTE, 10)]),
        (every(-(-TEN_MINUTES // 9), 10), []),  # the tenth is ten minutes after the first
        (every(MINUTE, 10) + every(2 * MINUTE, 10, 11 * MINUTE), [Flood(0, 31 * MINUTE, 20)]),
        (every(MINUTE, 10) + every(MINUTE, 10, HOUR), [Flood(0, 15 * MINUTE, 10), Flood(HOUR, 75 * MINUTE, 10)]),
    ],
)  # fmt: skip
def test_ten_in_ten_minutes_are_a_flood_until_fewer_than_five_are(times, said):
    assert floods(times, DAY) == said


def test_a_flood_that_goes_on_has_no_end():
    assert floods(every(MINUTE, 12), 12 * MINUTE) == [Flood(0, None, 12)]


@given(st.lists(st.integers(0, 3 * 60), max_size=80).map(sorted))
def test_while_there_is_a_flood_at_least_five_are_in_the_last_ten_minutes_and_never_ten_without_one(minutes):
    times = [minute * MINUTE for minute in minutes]
    found = floods(times, DAY)
    assert all(one.until is not None and one.until <= two.since for one, two in pairwise(found))
    for flood in found:
        inside = [at for at in times if flood.since <= at < flood.until]
        assert len(inside) == flood.alarms >= 10
    covered = [at for flood in found for at in times if flood.since <= at < flood.until]
    assert bool(found) == (peak(times) >= 10)
    assert len(covered) <= len(times)


@given(st.lists(st.integers(0, 10_000), max_size=50).map(sorted), st.integers(1, 500))
def test_the_peak_is_the_most_that_any_stretch_holds(times, length):
    counts = [sum(since <= at < since + length for at in times) for since in times]
    assert peak(times, length) == max(counts, default=0)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (every(20 * SECOND, 3), True),
        (every(10 * MINUTE, 3), True),  # read every few minutes
        (every(10 * MINUTE, 2), False),
        (every(HOUR, 24), False),
    ],
)
def test_what_comes_again_and_again_chatters(times, said):
    assert is_chattering(times) is said


@pytest.mark.parametrize(
    ("alarm", "said"),
    [
        (raised(0, until=None), True),
        (raised(1, until=None), False),  # not more than a day
        (raised(0, until=5), False),
        (raised(0, until=None)._replace(suppressed=True), False),
    ],
)
def test_what_goes_on_for_more_than_a_day_is_stale(alarm, said):
    assert is_stale(alarm, DAY + 1) is said


def test_the_load_counts_what_was_raised_in_its_time():
    alarms = [
        raised(0, until=None),  # before, and goes on
        raised(1, acknowledged=10 * MINUTE + 1),
        raised(MINUTE, severity="critical", acknowledged=21 * MINUTE),
        raised(6 * HOUR, HALL, "info"),
        raised(2 * DAY + 1, HALL),  # later
    ]
    load = alarm_rate_of(alarms, 0, 2 * DAY)
    assert (load.alarms, load.per_day, load.peak, load.stale) == (3, 1.5, 2, 1)
    assert load.per_ten_minutes == pytest.approx(3 / 288)
    assert load.loaded == pytest.approx(1 / 288)
    assert load.by_severity == {"info": 1, "warning": 1, "critical": 1}
    assert load.top == ((ROOM, 2), (HALL, 1))
    assert load.to_acknowledge == 15 * MINUTE
    assert (load.floods, load.chattering) == ((), ())


def test_who_knew_before_he_was_told_did_not_have_to_be_waited_for():
    assert alarm_rate_of([raised(5, acknowledged=4)], 0, DAY).to_acknowledge is None


def test_nothing_raised_is_no_load():
    load = alarm_rate_of([], 0, DAY)
    assert (load.alarms, load.peak, load.to_acknowledge, load.top) == (0, 0, None, ())
