"""When a sensor was heard last, whether its days lie in rows or in chunks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.readings import Flag
from domain.times import DAY, HOUR
from store import journal
from store.compaction import compact
from store.newest import newest_instants
from store.readings import insert
from store.series import SeriesIds, SeriesKey, find
from tests.thrift import examples, migrated

T0 = 20_000 * DAY
KEYS = [SeriesKey("d", "", "temperature"), SeriesKey("d", "", "humidity")]


def put(database, said, packed=()):
    """Keep readings as (hour, quantity, value, flags) and pack the days named."""
    with database.begin() as connection:
        numbers = dict(zip(KEYS, SeriesIds(database).get(connection, KEYS), strict=True))
        number = journal.append(connection, "messages", T0, [])
        for hour, quantity, value, flags in said:
            at = T0 + hour * HOUR
            insert(connection, [(numbers["d", "", quantity], at, value, at, flags)], number)
        for day in packed:
            for series in numbers.values():
                compact(connection, series, T0 // DAY + day)


def asked(database, until=1000, reach=24, keys=KEYS, width=1):
    with database.read() as connection:
        instants, are_all = newest_instants(
            connection, list(find(connection, keys).values()), T0 + until * HOUR, reach * HOUR, width * HOUR
        )
    return [(at - T0) // HOUR for at in instants.tolist()], are_all


def reading(hour, quantity="temperature", value=5, flags=0):
    return hour, quantity, value, flags


def test_a_sensor_that_is_not_known_was_never_heard(database):
    assert asked(database, keys=[SeriesKey("other", "", "temperature")]) == ([], True)


def test_a_fault_and_any_quantity_count_what_is_not_judged_does_not(database):
    put(database, [reading(1), reading(2, value=None), reading(3, "humidity"), reading(4, flags=Flag.BACKLOG)])
    assert asked(database) == ([1, 2, 3], True)


def test_one_reading_before_those_within_reach_is_told(database):
    put(database, [reading(hour) for hour in (0, 10, 20, 40, 44)])
    assert asked(database) == ([10, 20, 40, 44], False)
    assert asked(database, until=40) == ([0, 10, 20], True)


def test_of_a_short_time_the_first_and_the_last_reading_are_told(database):
    put(database, [reading(hour) for hour in (0, 1, 2, 3, 4, 9, 11)])
    assert asked(database, width=4) == ([0, 3, 4, 9, 11], True)
    with database.begin() as connection:
        [series] = SeriesIds(database).get(connection, KEYS[:1])
        compact(connection, series, T0 // DAY)
    assert asked(database, width=4) == ([0, 3, 4, 9, 11], True)


_SAID = st.lists(
    st.tuples(
        st.integers(0, 95),
        st.sampled_from(["temperature", "humidity"]),
        st.sampled_from([5, None]),
        st.sampled_from([0, 0, Flag.BACKLOG]),
    ),
    max_size=20,
    unique_by=lambda each: each[:2],
)


def test_it_is_the_same_however_the_days_are_kept(tmp_path):
    made = []

    @settings(max_examples=examples(40), deadline=None)
    @given(_SAID, st.sets(st.integers(0, 3)), st.integers(0, 100), st.sampled_from([1, 24, 30]))
    def check(said, packed, until, reach):
        path = tmp_path / f"{len(made)}.db"
        made.append(path)
        database = migrated(path)
        put(database, said, packed)
        judged = sorted({hour for hour, _, _, flags in said if not flags and hour < until})
        near = [hour for hour in judged if hour >= judged[-1] - reach]
        before = judged[: len(judged) - len(near)][-1:]
        assert asked(database, until, reach) == (before + near, not before)
        database.close()

    check()
