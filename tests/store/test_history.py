"""One contract for every store of readings: rows, chunks, both, and InfluxDB, on both databases."""

from collections import defaultdict
from itertools import count
from operator import itemgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidError
from domain.readings import NOT_JUDGED, Flag
from domain.times import DAY, HOUR, MINUTE
from store import journal
from store.compaction import sweep
from store.forward import forward
from store.history import Bucket, Window, grid
from store.influx import Influx
from store.loaded import LoadedHistory, LoadedSeries
from store.readings import insert
from store.series import SeriesIds, SeriesKey
from store.window import LocalHistory
from tests.thrift import examples

T0 = 20_000 * DAY  # a midnight of 2024
A = SeriesKey("A4:C1", "", "temperature")
B = SeriesKey("A4:C1", "2", "temperature")
C = SeriesKey("A4:C1", "", "humidity")
ODD = SeriesKey('a ,="\\x/é) |> drop()', "${x} y", "temperature")


class LoadedAnew:
    """Loads the series for every question."""

    def __init__(self, database):
        self.database = database

    def window(self, keys, *asked):
        return self._loaded(keys).window(keys, *asked)

    def load(self, key, *asked):
        return self._loaded([key]).load(key, *asked)

    def _loaded(self, keys):
        with self.database.read() as connection:
            series = LoadedSeries(connection)
            series.load(keys)
        return LoadedHistory(series)


class Kept:
    """Keeps readings the way one implementation does, and asks it."""

    def __init__(self, database, influx=None, compacted=False, loaded=False):
        self.database, self.influx, self.compacted = database, influx, compacted
        self.ids = SeriesIds(database)
        self.history = influx or (LoadedAnew if loaded else LocalHistory)(database)

    def put(self, *readings):
        """Readings (key, instant, value, flags) of one journal row."""
        with self.database.begin() as connection:
            number = journal.append(connection, "messages", T0, [])
            ids = self.ids.get(connection, [reading[0] for reading in readings])
            rows = [(id_, at, value, at, flags) for id_, (_, at, value, flags) in zip(ids, readings, strict=True)]
            insert(connection, rows, number)
        if self.influx:
            self.forward()
        if self.compacted:
            sweep(self.database, T0 + 900 * DAY)

    def forward(self):
        while forward(self.database, self.influx, limit=3):
            pass


IMPLEMENTATIONS = [
    "sqlite rows",
    "sqlite chunks",
    "sqlite rows loaded",
    "sqlite chunks loaded",
    "postgresql rows",
    "postgresql chunks",
    "sqlite rows influx",
    "sqlite chunks influx",
]


def marked(name):
    is_served = "postgresql" in name or "influx" in name
    return pytest.param(name, marks=[pytest.mark.servers] if is_served else [])


@pytest.fixture(params=map(marked, IMPLEMENTATIONS))
def kept(request):
    sort, *words = request.param.split()
    database = request.getfixturevalue(f"{sort}_database")
    if "influx" in words:
        bucket = request.getfixturevalue("influx")
        influx = Influx(bucket.url, bucket.token, bucket.org, bucket.bucket)
        yield Kept(database, influx, compacted="chunks" in words)
        influx.close()
    else:
        yield Kept(database, compacted="chunks" in words, loaded="loaded" in words)


def at(*instants, key=A, value=5_000_000, flags=0):
    return [(key, T0 + instant, value, flags) for instant in instants]


def test_an_unknown_series_is_empty(kept):
    kept.put(*at(0))
    assert kept.history.window([B], T0, T0 + DAY, 10) == {B: Window()}
    assert kept.history.load(B, T0, T0 + DAY) == ([], [])


def test_readings_come_back_exactly(kept):
    values = [0, 1, -1, 5_000_001, -40_123_456, 100_000_000, 999_999_999_999, None]
    kept.put(*((A, T0 + n, value, 0) for n, value in enumerate(values)))
    assert kept.history.load(A, T0, T0 + DAY) == ([T0 + n for n in range(len(values))], values)


def test_the_start_belongs_to_an_interval_and_the_end_does_not(kept):
    kept.put(*at(0, 1, 2))
    assert kept.history.load(A, T0, T0 + 2)[0] == [T0, T0 + 1]
    assert kept.history.load(A, T0 + 1, T0 + 3)[0] == [T0 + 1, T0 + 2]


def test_the_whole_of_time_can_be_asked(kept):
    kept.put(*at(0))
    assert kept.history.load(A, -(1 << 62), 1 << 62)[0] == [T0]


def test_probes_quantities_and_odd_names_are_kept_apart(kept):
    kept.put(*(reading for n, key in enumerate([A, B, C, ODD]) for reading in at(0, key=key, value=n)))
    found = kept.history.window([A, B, C, ODD], T0, T0 + 1, 5)
    assert {key: window.readings for key, window in found.items()} == {
        key: ((T0, n),) for n, key in enumerate([A, B, C, ODD])
    }


def test_as_many_readings_as_buckets_come_as_they_are(kept):
    kept.put(*at(0, 5, 9), (A, T0 + 7, None, 0))
    assert kept.history.window([A], T0, T0 + 10, 4)[A] == Window(
        readings=((T0, 5_000_000), (T0 + 5, 5_000_000), (T0 + 7, None), (T0 + 9, 5_000_000))
    )


def test_one_reading_more_is_reduced_to_buckets(kept):
    kept.put((A, T0, 3, 0), (A, T0 + 1, 1, 0), (A, T0 + 2, 7, 0), (A, T0 + 3, 5, 0), (A, T0 + 19, None, 0))
    assert kept.history.window([A], T0, T0 + 20, 4)[A] == Window(
        buckets=(Bucket(T0, T0 + 5, 4, 0, 1, 7, 3, 5), Bucket(T0 + 15, T0 + 20, 0, 1, None, None, None, None))
    )


def test_buckets_wider_than_half_a_day_are_whole_days_cut_to_the_interval(kept):
    kept.put(*at(*(n * 6 * HOUR for n in range(16))))
    window = kept.history.window([A], T0 + HOUR, T0 + 3 * DAY + HOUR, 4)[A]
    assert [(bucket.since - T0, bucket.until - T0, bucket.readings) for bucket in window.buckets] == [
        (HOUR, DAY, 3),
        (DAY, 2 * DAY, 4),
        (2 * DAY, 3 * DAY, 4),
        (3 * DAY, 3 * DAY + HOUR, 1),
    ]


def test_what_is_not_judged_is_not_shown(kept):
    kept.put(*at(0, 1), *at(2, value=99_000_000, flags=Flag.BACKLOG), *at(3, flags=Flag.HISTORICAL))
    assert kept.history.load(A, T0, T0 + DAY)[0] == [T0, T0 + 1, T0 + 3]
    assert [bucket.maximum for bucket in kept.history.window([A], T0, T0 + 4, 1)[A].buckets] == [5_000_000]


def test_a_fault_that_a_value_replaced_is_no_fault(kept):
    kept.put(*at(0, 1, value=None), *at(2))
    kept.put(*at(0, value=1_500_000))
    assert kept.history.load(A, T0, T0 + DAY) == ([T0, T0 + 1, T0 + 2], [1_500_000, None, 5_000_000])
    [bucket] = kept.history.window([A], T0, T0 + 4, 1)[A].buckets
    assert (bucket.readings, bucket.faults, bucket.first) == (2, 1, 1_500_000)


def test_a_second_value_at_one_instant_changes_nothing(kept):
    kept.put(*at(0))
    kept.put(*at(0, value=6_000_000))
    assert kept.history.load(A, T0, T0 + DAY) == ([T0], [5_000_000])


def test_a_late_reading_is_in_its_bucket(kept):
    kept.put(*at(*(n * MINUTE for n in range(0, 2000, 2))))
    kept.put(*at(MINUTE, value=9_000_000))
    first, *_ = kept.history.window([A], T0, T0 + 2 * DAY, 2)[A].buckets
    assert (first.readings, first.maximum) == (721, 9_000_000)


@pytest.mark.parametrize(("since", "until", "buckets"), [(5, 5, 1), (6, 5, 1), (0, 5, 0)])
def test_an_empty_interval_or_no_buckets_are_refused(kept, since, until, buckets):
    with pytest.raises(InvalidError, match="not an interval in buckets"):
        kept.history.window([A], since, until, buckets)


INSTANTS = st.integers(0, 4 * DAY) | st.integers(0, 16).map(lambda n: n * 6 * HOUR)
FLAGS = st.sampled_from([0, 0, 0, int(Flag.BACKLOG), int(Flag.HISTORICAL)])
READINGS = st.lists(st.tuples(INSTANTS, st.none() | st.integers(-9_000_000, 9_000_000), FLAGS), max_size=30)
ASKED = st.tuples(st.integers(-HOUR, 4 * DAY), st.integers(1, 5 * DAY), st.integers(1, 12))
numbers = count()


@given(parts=st.lists(READINGS, min_size=1, max_size=3), asked=st.lists(ASKED, min_size=1, max_size=4))
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_window_is_what_its_definition_says(kept, parts, asked):
    key = SeriesKey(f"of example {next(numbers)}", "", "temperature")
    best = {}
    for part in parts:
        kept.put(*((key, T0 + instant, value, flags) for instant, value, flags in part))
        for instant, value, flags in part:
            best[T0 + instant] = max(best.get(T0 + instant, (-1, 0, None)), told(value, flags), key=itemgetter(0))
    judged = {instant: value for instant, (_, flags, value) in sorted(best.items()) if not flags & NOT_JUDGED}
    for since, length, buckets in asked:
        start, end = T0 + since, T0 + since + length
        inside = {instant: value for instant, value in judged.items() if start <= instant < end}
        assert kept.history.load(key, start, end) == (list(inside), list(inside.values()))
        assert kept.history.window([key], start, end, buckets)[key] == defined(inside, start, end, buckets)


def told(value, flags):
    return 2 * (not flags & NOT_JUDGED) + (value is not None), flags, value


def defined(judged, since, until, buckets):
    if len(judged) <= buckets:
        return Window(readings=tuple(judged.items()))
    cut, inside = grid(since, until, buckets), defaultdict(list)
    for instant, value in judged.items():
        inside[cut.number(instant)].append(value)
    assert len(inside) <= buckets
    return Window(buckets=tuple(reduced(cut.bounds(number), values) for number, values in inside.items()))


def reduced(bounds, values):
    known = [value for value in values if value is not None]
    numbers = (min(known), max(known), known[0], known[-1]) if known else (None,) * 4
    return Bucket(*bounds, len(known), len(values) - len(known), *numbers)
