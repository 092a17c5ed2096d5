"""Committed readings reach InfluxDB once and for all, whatever stops on the way; what it refuses is parked."""

import pytest
from sqlalchemy import select

from domain.errors import UnavailableError
from domain.times import DAY
from store import journal
from store.compaction import compact, sweep
from store.forward import forward, lag, restart, rewind
from store.influx import Influx, Refused
from store.lock import Lock
from store.readings import insert
from store.series import SeriesIds, SeriesKey
from store.state import count_parked_points, move_cursor, position
from store.tables import parked_points

T0 = 20_000 * DAY
A = SeriesKey("A4:C1", "", "temperature")
FAR = 9_000_000_000_000_000_000  # the year 287,000: no time for InfluxDB


class Bucket:
    """What forward needs of InfluxDB: keeps points as a real one does, refuses some, may be down."""

    def __init__(self, refuses=()):
        self.points, self.calls, self.refuses, self.is_down = {}, 0, refuses, False
        self.meanwhile = lambda: None

    def write(self, lines):
        self.calls += 1
        if self.is_down:
            raise UnavailableError("InfluxDB does not answer")
        self.meanwhile()
        for line in lines:
            name, fields, at = line.split()
            self.points.setdefault((name, at), {}).update(field.split("=") for field in fields.split(","))
        return [Refused(line, "because") for line in lines if any(part in line for part in self.refuses)]

    def instants(self):
        return sorted(int(at) - T0 for _, at in self.points)


def put(database, *instants, device="A4:C1", value=5_000_000, flags=0):
    """Readings of one journal row."""
    with database.begin() as connection:
        [number] = SeriesIds(database).get(connection, [(device, "", "temperature")])
        rows = [(number, T0 + at, value, T0 + at, flags) for at in instants]
        insert(connection, rows, journal.append(connection, "messages", T0 + instants[0], []))


def forward_all(database, influx, limit=10_000):
    return sum(iter(lambda: forward(database, influx, limit), 0))


def cursor(database):
    with database.read() as connection:
        return position(connection, "influx")


def test_all_readings_are_sent_and_the_cursor_stands_at_the_last_journal_row(database):
    bucket = Bucket()
    put(database, 1, 2)
    put(database, 3)
    assert forward(database, bucket) == 3
    assert bucket.instants() == [1, 2, 3]
    assert cursor(database) == 2
    assert forward(database, bucket) == 0


def test_a_step_ends_between_two_journal_rows(database):
    bucket = Bucket()
    put(database, 1, 2)
    put(database, 3, 4)
    put(database, 5)
    assert [forward(database, bucket, limit=3) for _ in range(3)] == [2, 3, 0]


def test_a_journal_row_beyond_the_limit_is_one_step(database):
    bucket = Bucket()
    put(database, 1, 2, 3)
    put(database, 4)
    assert [forward(database, bucket, limit=1) for _ in range(3)] == [3, 1, 0]


def test_journal_rows_without_readings_leave_no_lag(database):
    with database.begin() as connection:
        journal.append(connection, "correction", 5, [{}])
        assert lag(connection) == (1, 5)
    assert forward(database, Bucket()) == 0
    with database.read() as connection:
        assert lag(connection) == (0, None)


def test_the_lag_counts_from_the_first_row_that_is_not_there(database):
    put(database, 1)
    forward(database, Bucket())
    put(database, 7)
    put(database, 9)
    with database.read() as connection:
        assert lag(connection) == (2, T0 + 7)


def test_while_influxdb_is_down_nothing_moves_and_then_all_goes(database):
    bucket = Bucket()
    put(database, 1, 2)
    bucket.is_down = True
    with pytest.raises(UnavailableError, match="InfluxDB does not answer"):
        forward(database, bucket)
    assert cursor(database) == 0
    bucket.is_down = False
    assert forward(database, bucket) == 2


def test_a_crash_before_the_cursor_moved_sends_again_and_changes_nothing(database):
    bucket = Bucket()
    put(database, 1, 2)
    bucket.meanwhile = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        forward(database, bucket)
    bucket.meanwhile = lambda: None
    assert forward(database, bucket) == 2
    assert bucket.instants() == [1, 2]


def test_a_refused_point_is_parked_once_and_the_others_are_there(database):
    bucket = Bucket(refuses=[f" {T0 + 2}"])
    put(database, 1, 2, 3)
    assert forward(database, bucket) == 3
    with database.read() as connection:
        assert count_parked_points(connection) == 1
        parked = connection.execute(select(parked_points)).one()
    assert (parked.line, parked.reason) == (f"reading,device=A4:C1 temperature=5.000000 {T0 + 2}", "because")


def test_a_device_whose_name_would_break_a_line_is_parked_unsent(database):
    bucket = Bucket()
    put(database, 1, device="a temperature=99 1\nreading,device=b")
    put(database, 2)
    assert forward(database, bucket) == 2
    assert bucket.instants() == [2]
    with database.read() as connection:
        assert count_parked_points(connection) == 1


def test_two_processes_do_not_send_at_once(database):
    bucket = Bucket()
    put(database, 1)
    other = Lock(database, "influx")
    assert other.try_acquire()
    assert forward(database, bucket) == 0
    assert bucket.calls == 0
    other.release()
    assert forward(database, bucket) == 1


def test_a_cursor_set_back_meanwhile_stays_back(database):
    bucket = Bucket(refuses=["device"])
    put(database, 1)
    put(database, 2)
    forward(database, bucket, limit=1)
    bucket.meanwhile = lambda: restart(database)
    forward(database, bucket)
    assert cursor(database) == 0
    bucket.meanwhile = lambda: None
    forward_all(database, bucket)
    with database.read() as connection:
        assert count_parked_points(connection) == 2


@pytest.mark.parametrize("limit", [1, 2, 10_000])
def test_a_lost_bucket_gets_compacted_days_and_rows_again(database, limit):
    put(database, 1, DAY + 1)
    put(database, 2, DAY + 2, value=None)
    put(database, 2)  # takes the place of the fault
    put(database, 2 * DAY)
    before = Bucket()
    forward_all(database, before)
    sweep(database, T0 + 2 * DAY)
    put(database, 3)
    forward_all(database, before)
    restart(database)
    after = Bucket()
    forward_all(database, after, limit)
    assert after.points == before.points


@pytest.mark.parametrize("limit", [1, 3, 10_000])
@pytest.mark.parametrize("compact_at", range(7))
def test_compaction_at_any_moment_takes_nothing_from_the_forwarder(database, limit, compact_at):
    bucket = Bucket()
    moments = iter(range(100))

    def moment():
        if next(moments) == compact_at:
            with database.begin() as connection:
                compact(connection, 1, T0 // DAY)

    bucket.meanwhile = moment
    put(database, 1, 5, 6)
    moment()
    put(database, 2)
    forward(database, bucket, limit)
    moment()
    put(database, 3)
    put(database, 4)
    moment()
    forward_all(database, bucket, limit)
    assert bucket.instants() == [1, 2, 3, 4, 5, 6]


def test_what_was_put_right_in_place_is_sent_again(database):
    bucket = Bucket()
    for at in (1, 2, 3):
        put(database, at)
    forward_all(database, bucket)
    bucket.points.clear()
    with database.begin() as connection:
        rewind(connection, 2)
        rewind(connection, 3)
    forward_all(database, bucket)
    assert bucket.instants() == [2, 3]


def test_a_chunk_that_was_sent_as_rows_is_not_sent_again(database):
    bucket = Bucket()
    put(database, 1, 2)
    forward(database, bucket)
    sweep(database, T0 + DAY)
    assert forward(database, bucket) == 0
    assert bucket.calls == 2


@pytest.fixture
def bucket(influx):
    opened = Influx(influx.url, influx.token, influx.org, influx.bucket)
    yield opened
    opened.close()


def test_the_real_one_parks_what_it_refuses_and_keeps_the_rest(sqlite_database, bucket):
    put(sqlite_database, *range(100))
    put(sqlite_database, FAR - T0)
    put(sqlite_database, 200, device="no\\")
    put(sqlite_database, 101)
    assert forward(sqlite_database, bucket) == 103
    with sqlite_database.read() as connection:
        reasons = [point.reason for point in connection.execute(select(parked_points).order_by(parked_points.c.id))]
    assert bucket.load(A, T0, T0 + DAY)[0] == [T0 + at for at in (*range(100), 101)]
    assert ["outside range" in reasons[0], "invalid tag format" in reasons[1], len(reasons)] == [True, True, 2]


def test_a_field_of_another_type_is_parked_alone(sqlite_database, bucket):
    assert bucket.write(["reading,device=A temperature=1.0 1", "reading,device=A temperature=true 2"])[0].line.endswith(
        "2"
    )
    assert bucket.load(SeriesKey("A", "", "temperature"), 0, 9) == ([1], [1_000_000])


def test_a_bucket_that_is_not_there_is_empty_and_is_made_to_keep_everything(influx):
    made = Influx(influx.url, influx.token, influx.org, f"{influx.bucket} made")
    assert made.load(A, 0, 9) == ([], [])
    assert made.write(["reading,device=A4:C1 temperature=1.0 1"]) == []
    assert made.load(A, 0, 9) == ([1], [1_000_000])
    with influx.server.client() as client:
        found = client.buckets_api().find_bucket_by_name(f"{influx.bucket} made")
        assert [rule.every_seconds for rule in found.retention_rules] in ([], [0])
    made.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "http://127.0.0.1:9"}, "127.0.0.1:9 does not answer as it should"),
        ({"token": "wrong"}, "401 .*unauthorized"),
        ({"org": "nobody"}, "organization .*nobody"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_server_that_is_not_there_or_lets_nobody_in_is_unavailable(influx, change, message):
    address = {"url": influx.url, "token": influx.token, "org": influx.org, "bucket": influx.bucket} | change
    wrong = Influx(**address)
    with pytest.raises(UnavailableError, match=message):
        wrong.write(["reading,device=A temperature=1.0 1"])
    with pytest.raises(UnavailableError, match=message):
        wrong.window([A], 0, 9, 3)
    with pytest.raises(UnavailableError, match=message):
        wrong.check()
    wrong.close()


def test_a_stopped_influxdb_gets_everything_when_it_is_back(sqlite_database, influx, bucket):
    put(sqlite_database, 1)
    forward(sqlite_database, bucket)
    influx.server.stop()
    put(sqlite_database, 2)
    with pytest.raises(UnavailableError):
        forward(sqlite_database, bucket)
    influx.server.start()
    assert forward(sqlite_database, bucket) == 1
    assert bucket.load(A, T0, T0 + DAY)[0] == [T0 + 1, T0 + 2]


def test_a_lost_bucket_is_rebuilt_from_the_local_store(sqlite_database, influx, bucket):
    put(sqlite_database, 1, 2)
    sweep(sqlite_database, T0 + DAY)
    put(sqlite_database, DAY)
    forward(sqlite_database, bucket)
    with influx.server.client() as client:
        client.delete_api().delete("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "", influx.bucket, influx.org)
    assert bucket.load(A, T0, T0 + 2 * DAY)[0] == []
    restart(sqlite_database)
    forward_all(sqlite_database, bucket)
    assert bucket.load(A, T0, T0 + 2 * DAY)[0] == [T0 + 1, T0 + 2, T0 + DAY]


def test_a_cursor_moves_only_from_where_it_is_expected(database):
    with database.begin() as connection:
        assert move_cursor(connection, "influx", 5, expected=0)
        assert not move_cursor(connection, "influx", 7, expected=4)
        assert position(connection, "influx") == 5
