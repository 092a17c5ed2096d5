"""Gaps are what the rules call unknown, whether days lie in rows, in chunks that stay shut, or in opened ones."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intervals import clip, subtract
from domain.times import DAY, HOUR, MINUTE
from rules.series.series import Series
from store import columns, journal
from store.compaction import compact
from store.gaps import gaps
from store.readings import insert, load_series
from store.series import SeriesIds
from tests.thrift import examples

T0 = 20_000 * DAY


def put(database, readings, device="d", packed=()):
    """Keep (instant, value) readings of one series, pack the days named; return its number."""
    with database.begin() as connection:
        [series] = SeriesIds(database).get(connection, [(device, "", "temperature")])
        number = journal.append(connection, "messages", T0, [])
        insert(connection, [(series, T0 + at, value, T0 + at, 0) for at, value in readings], number)
        for day in packed:
            compact(connection, series, T0 // DAY + day)
    return series


def asked(database, series, since, until, max_gap):
    with database.read() as connection:
        return [(a - T0, b - T0) for a, b in gaps(connection, series, T0 + since, T0 + until, max_gap)]


@pytest.fixture(params=["rows", "chunks"])
def packed(request):
    return range(4) if request.param == "chunks" else ()


def every(minutes, since, until, value=5):
    return [(at, value) for at in range(since, until, minutes * MINUTE)]


def test_a_value_holds_until_the_next_at_most_max_gap(database, packed):
    series = put(database, [*every(10, 0, HOUR), *every(10, 3 * HOUR, 4 * HOUR)], packed=packed)
    ended = 50 * MINUTE + 30 * MINUTE
    assert asked(database, series, 0, 4 * HOUR, 30 * MINUTE) == [(ended, 3 * HOUR)]
    assert asked(database, series, 0, 4 * HOUR, 130 * MINUTE) == []


def test_a_fault_is_a_gap_until_the_next_value(database, packed):
    series = put(database, [(0, 5), (MINUTE, None), (3 * MINUTE, None), (4 * MINUTE, 5)], packed=packed)
    assert asked(database, series, 0, 5 * MINUTE, HOUR) == [(MINUTE, 4 * MINUTE)]


def test_what_was_read_before_the_window_holds_into_it(database, packed):
    series = put(database, [(0, 5)], packed=packed)
    assert asked(database, series, 10 * MINUTE, HOUR, 30 * MINUTE) == [(30 * MINUTE, HOUR)]


def test_a_series_that_is_not_there_is_one_gap(database):
    assert asked(database, None, 0, HOUR, MINUTE) == [(0, HOUR)]
    assert asked(database, put(database, []), 0, HOUR, MINUTE) == [(0, HOUR)]


def test_a_gap_over_midnight_is_found_between_two_days_that_have_none(database):
    series = put(database, [*every(10, 0, 20 * HOUR), *every(10, DAY + 2 * HOUR, 2 * DAY)], packed=range(2))
    assert asked(database, series, 0, 2 * DAY, HOUR) == [(20 * HOUR - 10 * MINUTE + HOUR, DAY + 2 * HOUR)]


def test_a_late_fault_opens_the_day_it_falls_into(database):
    series = put(database, every(10, 0, DAY), packed=range(1))
    put(database, [(6 * HOUR + MINUTE, None)])
    assert asked(database, series, 0, DAY, HOUR) == [(6 * HOUR + MINUTE, 6 * HOUR + 10 * MINUTE)]


def test_days_without_a_gap_are_not_opened(database, monkeypatch):
    series = put(database, every(10, 0, 3 * DAY), packed=range(3))
    opened = []
    monkeypatch.setattr(columns, "joined", lambda payloads: opened.extend(payloads) or columns.NO_READINGS)
    assert asked(database, series, 0, 3 * DAY, HOUR) == []
    assert opened == []


READINGS = st.lists(
    st.tuples(st.integers(0, 4 * DAY) | st.integers(0, 96).map(lambda n: n * HOUR), st.none() | st.integers(-9, 9)),
    max_size=40,
)
numbers = iter(range(10_000_000))


@given(
    early=READINGS,
    late=READINGS,
    packed=st.sets(st.integers(0, 3)),
    since=st.integers(0, 4 * DAY),
    length=st.integers(1, 4 * DAY),
    max_gap=st.sampled_from([MINUTE, HOUR, 5 * HOUR, 2 * DAY]),
)
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_gaps_and_columns_are_what_the_rules_say(database, early, late, packed, since, length, max_gap):
    device = f"of example {next(numbers)}"
    series = put(database, early, device, packed)
    put(database, late, device)
    with database.read() as connection:
        instants, values = load_series(connection, series, 0, T0 + 9 * DAY)
        read = columns.load_columns(connection, series, 0, T0 + 9 * DAY)
    assert (read.instants.tolist(), [None if v == columns.FAULT else v for v in read.values.tolist()]) == (
        instants,
        values,
    )
    window = (T0 + since, T0 + since + length)
    unknown = subtract([window], clip(Series(instants, values).view().known(max_gap), *window))
    assert asked(database, series, since, since + length, max_gap) == [(a - T0, b - T0) for a, b in unknown]
