"""What is kept of readings, whatever comes twice, late or against each other, and however days are compacted."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from domain.readings import EARLIEST, NOT_JUDGED, Flag
from domain.times import DAY, HOUR, MINUTE
from store import rows
from store.chunk import Stored
from store.compaction import _pack, _replace, compact, days_with_rows, expire, horizon, sweep
from store.readings import Clash, insert, latest, latest_of, load, load_series, stored
from store.series import SeriesIds, SeriesKey, list_series
from store.tables import chunks, readings
from tests.thrift import migrated

T0 = 20_000 * DAY  # a midnight of 2024
AHEAD = int(Flag.AHEAD)
REPLACED = int(Flag.REPLACED_FAULT)


def row(at, value, series=1, flags=0):
    return (series, T0 + at, value, T0 + at + 5, flags)


def keep(database, *rows, journal=1):
    with database.begin() as connection:
        return insert(connection, rows, journal)


def kept(database, series=1):
    with database.read() as connection:
        return list(stored(connection, series))


def compact_first_day(database, series=1):
    with database.begin() as connection:
        return compact(connection, series, T0 // DAY)


def test_series_get_numbers_that_stay(database):
    keys = [SeriesKey("a", "", "temperature"), SeriesKey("a", "", "humidity"), SeriesKey("a", "2", "temperature")]
    with database.begin() as connection:
        assert SeriesIds(database).get(connection, keys[:2]) == [1, 2]
        assert SeriesIds(database).get(connection, [keys[2], keys[0], keys[2]]) == [3, 1, 3]
        assert list_series(connection) == dict(enumerate(keys, 1))


def test_numbers_given_in_a_transaction_rolled_back_are_forgotten(database):
    ids = SeriesIds(database)
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        ids.get(connection, [("lost", "", "temperature")])
        raise ZeroDivisionError
    with database.begin() as connection:
        assert ids.get(connection, [("kept", "", "temperature")]) == [1]
        assert list_series(connection) == {1: ("kept", "", "temperature")}


def test_a_reading_comes_back_with_its_evidence(database):
    assert keep(database, row(1, 5_000_000, flags=Flag.HISTORICAL), journal=7) == []
    assert kept(database) == [Stored(T0 + 1, 5_000_000, T0 + 6, 7, Flag.HISTORICAL)]


@pytest.mark.servers
@pytest.mark.parametrize("few", [0, 100], ids=["copied", "in one statement"])
def test_postgresql_keeps_the_same_of_few_rows_and_of_many(postgresql_database, monkeypatch, few):
    monkeypatch.setattr(rows, "_FEW", few)
    copied = []
    copy = rows._copy
    monkeypatch.setattr(rows, "_copy", lambda *given: copied.append(len(given[1])) or copy(*given))
    assert keep(postgresql_database, row(1, 10), row(1, 20, series=2)) == []
    assert keep(postgresql_database, row(2, 11), row(2, None, series=2), journal=2) == []
    [clash] = keep(postgresql_database, row(2, 12), row(3, 13), journal=3)
    assert (clash.kept, clash.refused) == (11, 12)
    assert [each[:2] for each in kept(postgresql_database)] == [(T0 + 1, 10), (T0 + 2, 11), (T0 + 3, 13)]
    assert [each[:2] for each in kept(postgresql_database, series=2)] == [(T0 + 1, 20), (T0 + 2, None)]
    assert copied == ([2, 2] if few == 0 else [])


@pytest.mark.parametrize("compacted", [False, True], ids=["as a row", "as a chunk"])
@pytest.mark.parametrize(
    ("first", "second", "stays", "clash"),
    [
        ((5, 0), (5, 0), (5, 0, 1), None),
        ((5, 0), (6, 0), (5, 0, 1), (6, 5)),
        ((None, 0), (6, 0), (6, REPLACED, 2), None),
        ((5, 0), (None, 0), (5, 0, 1), None),
        ((None, 0), (None, 0), (None, 0, 1), None),
        ((5, AHEAD), (6, 0), (6, 0, 2), None),
        ((5, AHEAD), (None, 0), (None, 0, 2), None),
        ((None, 0), (6, AHEAD), (None, 0, 1), None),
        ((5, AHEAD), (6, AHEAD), (5, AHEAD, 1), (6, 5)),
        ((5, 0), (6, AHEAD), (5, 0, 1), None),
        ((None, AHEAD), (6, 0), (6, 0, 2), None),
        ((None, AHEAD), (None, 0), (None, 0, 2), None),
        ((None, AHEAD), (6, AHEAD), (6, AHEAD | REPLACED, 2), None),
    ],
    ids=[
        "an equal value is nothing new",
        "a different value is a clash and the first stays",
        "a value takes the place of a fault",
        "a fault does not take the place of a value",
        "a second fault is nothing new",
        "a judged value takes the place of one stamped ahead",
        "a judged fault takes the place of a value stamped ahead",
        "a value stamped ahead does not take the place of a fault",
        "two values stamped ahead clash",
        "a value stamped ahead does not clash with a judged one",
        "a fault stamped ahead was none to a judged value",
        "a fault stamped ahead was none to a judged fault",
        "a value stamped ahead takes the place of a fault stamped ahead",
    ],
)
class TestAtOneInstant:
    def test_in_two_transactions(self, database, first, second, stays, clash, compacted):
        keep(database, row(1, *first[:1], flags=first[1]), journal=1)
        if compacted:
            assert compact_first_day(database) == 1
        refused = keep(database, row(1, second[0], flags=second[1]), journal=2)
        self.check(database, refused, stays, clash)
        compact_first_day(database)
        self.check(database, refused, stays, clash)

    def test_in_one(self, database, first, second, stays, clash, compacted):
        rows = [row(1, first[0], flags=first[1]), row(1, second[0], flags=second[1])]
        refused = keep(database, *rows, journal=2)
        if compacted:
            compact_first_day(database)
        self.check(database, refused, (*stays[:2], 2), clash)

    def check(self, database, refused, stays, clash):
        assert kept(database) == [Stored(T0 + 1, stays[0], T0 + 6, stays[2], stays[1])]
        assert refused == ([] if clash is None else [Clash(1, T0 + 1, *clash, T0 + 6, 2)])


def test_readings_that_come_again_after_a_crash_change_nothing(database):
    rows = [row(n * MINUTE, n, series=n % 3) for n in range(700)]
    keep(database, *rows, journal=1)
    before = [kept(database, series) for series in range(3)]
    assert keep(database, *reversed(rows), journal=2) == []
    assert [kept(database, series) for series in range(3)] == before


def test_only_faults_in_a_batch_are_kept(database):
    keep(database, row(1, None), row(2, None))
    assert [reading.value for reading in kept(database)] == [None, None]


def test_what_is_judged_is_loaded_by_name_in_order_of_time(database):
    with database.begin() as connection:
        [number] = SeriesIds(database).get(connection, [("a", "1", "temperature")])
        insert(connection, [row(9, 3, number), row(1, 1, number), row(5, None, number), row(7, 2, number, AHEAD)], 1)
        assert load(connection, "a", "1", "temperature") == ([T0 + 1, T0 + 5, T0 + 9], [1, None, 3])
        assert load(connection, "a", "1", "temperature", T0 + 1, T0 + 9) == ([T0 + 1, T0 + 5], [1, None])
        assert load(connection, "a", "1", "temperature", T0 + 2, T0 + 10) == ([T0 + 5, T0 + 9], [None, 3])
        assert load(connection, "b", "1", "temperature") == ([], [])


def test_the_latest_is_the_newest_that_is_judged(database):
    def newest():
        with database.read() as connection:
            return latest(connection, 1)

    with database.begin() as connection:
        assert SeriesIds(database).get(connection, [("a", "", "temperature"), ("b", "", "temperature")]) == [1, 2]
    assert newest() is None
    keep(database, row(1, 1), row(HOUR, None), row(2 * HOUR, 9, flags=AHEAD))
    assert newest() == (T0 + HOUR, None)
    compact_first_day(database)
    assert newest() == (T0 + HOUR, None)
    keep(database, row(HOUR, 7), row(5, 5), journal=2)
    assert newest() == (T0 + HOUR, 7)
    keep(database, row(3, 4, series=2), journal=3)
    with database.read() as connection:
        assert latest_of(connection) == {1: (T0 + HOUR, 7), 2: (T0 + 3, 4)}
        assert latest_of(connection, [2, 9]) == {2: (T0 + 3, 4)}


def test_only_whole_days_are_compacted(database):
    keep(database, row(0, 1), row(DAY - 1, 2), row(DAY, 3))
    with database.begin() as connection:
        SeriesIds(database).get(connection, [("a", "", "temperature")])
    assert sweep(database, T0 + DAY - 1) == 0
    assert sweep(database, T0 + DAY) == 2
    with database.read() as connection:
        assert list(connection.scalars(select(readings.c.measured_at))) == [T0 + DAY]
        assert list(days_with_rows(connection, 1, T0 + DAY)) == []
        assert list(days_with_rows(connection, 1, T0 + 2 * DAY)) == [T0 // DAY + 1]


def test_compacting_again_changes_nothing(database):
    keep(database, row(0, 1), row(5, 2))
    assert compact_first_day(database) == 2
    with database.read() as connection:
        once = connection.execute(select(chunks)).all()
    assert compact_first_day(database) == 0
    with database.read() as connection:
        assert connection.execute(select(chunks)).all() == once


def test_a_compaction_that_fails_half_way_loses_nothing(database):
    keep(database, row(0, 1), row(5, 2))
    before = kept(database)
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        compact(connection, 1, T0 // DAY)
        raise ZeroDivisionError
    assert kept(database) == before
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(chunks)) == 0


def test_of_two_compactions_at_once_one_does_the_work(database):
    keep(database, row(0, 1), row(5, 2))
    before = kept(database)
    with database.read() as connection:
        packed = _pack(connection, 1, T0 // DAY)
    assert compact_first_day(database) == 2
    with database.begin() as connection:
        assert _replace(connection, packed) == 0
    assert kept(database) == before


@pytest.mark.parametrize("heard", [row(3, 9), row(0, 1)], ids=["a new instant", "in place of a fault"])
def test_what_is_heard_while_a_day_is_packed_is_not_lost(database, heard):
    keep(database, row(0, None), row(5, 2))
    with database.read() as connection:
        packed = _pack(connection, 1, T0 // DAY)
    keep(database, heard, journal=2)
    before = kept(database)
    with database.begin() as connection:
        _replace(connection, packed)
    assert kept(database) == before
    compact_first_day(database)
    assert kept(database) == before


def test_a_late_row_stays_a_row_until_the_next_compaction(database):
    keep(database, row(0, 1), row(5, 2))
    compact_first_day(database)
    keep(database, row(3, 9), journal=2)
    with database.read() as connection:
        assert load_series(connection, 1, T0, T0 + DAY) == ([T0, T0 + 3, T0 + 5], [1, 9, 2])
    assert compact_first_day(database) == 1
    with database.read() as connection:
        assert load_series(connection, 1, T0, T0 + DAY) == ([T0, T0 + 3, T0 + 5], [1, 9, 2])
        header = connection.execute(select(chunks)).one()
    assert (header.count, header.minimum, header.maximum, header.last_journal) == (3, 1, 9, 2)


def test_what_is_expired_is_gone_and_the_horizon_says_so(database):
    with database.begin() as connection:
        SeriesIds(database).get(connection, [("a", "", "temperature")])
    keep(database, row(0, 1), row(1, 2), row(DAY, 3), row(2 * DAY, 4))
    keep(database, (1, EARLIEST - 1, 0, T0, int(Flag.UNSET_CLOCK)))
    compact_first_day(database)
    with database.read() as connection:
        assert horizon(connection) is None
    assert expire(database, T0 + 2 * DAY + HOUR) == 2
    assert [reading.value for reading in kept(database)] == [0, 4]
    with database.read() as connection:
        assert horizon(connection) == T0 + 2 * DAY
    assert expire(database, T0 + 2 * DAY + HOUR) == 0


FEW_INSTANTS = st.integers(0, 3 * DAY).map(lambda at: at // (6 * HOUR) * 6 * HOUR)
HEARD = st.tuples(
    FEW_INSTANTS, st.none() | st.integers(-3, 3), st.integers(1, 2), st.sampled_from([0, 0, 0, AHEAD, Flag.HISTORICAL])
)
STEPS = st.lists(st.lists(HEARD, max_size=6) | st.integers(0, 3), max_size=8)


@pytest.fixture(scope="module")
def fast_database(tmp_path_factory):
    database = migrated(tmp_path_factory.mktemp("readings") / "coldchain.db")
    yield database
    database.close()


@given(steps=STEPS)
def test_compaction_at_any_time_changes_nothing_that_is_read(fast_database, steps):
    expected, clashes_expected = told_plainly(steps)
    with fast_database.begin() as connection:
        connection.execute(delete(readings))
        connection.execute(delete(chunks))
        clashes = set()
        for journal, step in enumerate(steps):
            if isinstance(step, list):
                clashes.update(insert(connection, [row(*heard) for heard in step], journal))
            else:
                for series in (1, 2):
                    compact(connection, series, T0 // DAY + step)
        for series in (1, 2):
            assert list(stored(connection, series)) == expected[series]
            judged = [reading for reading in expected[series] if not reading.flags & NOT_JUDGED]
            assert load_series(connection, series, T0, T0 + 9 * DAY) == (
                [reading.measured_at for reading in judged],
                [reading.value for reading in judged],
            )
        assert clashes == clashes_expected


def told_plainly(steps):
    """What is kept by the definition: the highest rank, of equal ones the first received."""
    best, clashes = defaultdict(dict), set()
    for journal, step in enumerate(steps):
        for heard in step if isinstance(step, list) else ():
            series, at, value, received, flags = row(*heard)
            new, old = Stored(at, value, received, journal, flags), best[series].get(at)
            if old is None or strength(new) > strength(old):
                fault = old is not None and (old.value is None or old.flags & REPLACED)
                fault = fault and (not old.flags & AHEAD or flags & AHEAD)  # one that was not judged was none
                best[series][at] = new._replace(flags=flags | (REPLACED if fault else 0))
            elif strength(new) == strength(old) and value != old.value:
                clashes.add(Clash(series, at, value, old.value, received, journal))
    return defaultdict(list, {series: [of[at] for at in sorted(of)] for series, of in best.items()}), clashes


def strength(reading):
    return (not reading.flags & NOT_JUDGED, reading.value is not None)
