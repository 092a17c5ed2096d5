"""Both databases keep the same promises: writes all or nothing, reads of one snapshot that wait for nobody."""

import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.errors import InvalidError, UnavailableError
from store import database as store_database
from store.database import open_database
from store.rows import _copy
from store.state import move_cursor, position
from store.tables import cursors, outbox
from tests.thrift import SHIPPED_WRITE_AHEAD


def test_a_transaction_is_kept_whole_or_not_at_all(database):
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        move_cursor(connection, "a", 1)
        raise ZeroDivisionError
    with database.begin() as connection:
        assert position(connection, "a") == 0
        move_cursor(connection, "a", 2)
    with database.read() as connection:
        assert position(connection, "a") == 2


def test_who_writes_back_to_back_keeps_nobody_out(database):
    begun, done = threading.Event(), threading.Event()
    written = []

    def write_back_to_back() -> None:
        while not done.is_set() and len(written) < 5000:
            with database.begin() as connection:
                move_cursor(connection, "a", len(written))
                begun.set()
                done.wait(0.005)
            written.append(1)

    def passed_over() -> int:
        """How often the other one wrote while this one wanted to."""
        before = len(written)
        with database.begin() as connection:
            move_cursor(connection, "b", 1)
            return len(written) - before

    writer = threading.Thread(target=write_back_to_back)
    writer.start()
    assert begun.wait(60)
    times = sorted(passed_over() for _ in range(15))
    done.set()
    writer.join()
    assert times[7] < 10  # one of them by itself may come late because this thread does


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    (tmp_path / "x.db.turn").mkdir()
    with pytest.raises(UnavailableError, match=r"x\.db\.turn cannot be written"), database.begin():
        pass
    database.close()


def test_a_read_cannot_write(database):
    with pytest.raises((DBAPIError, UnavailableError), match=r"read-?\s?only"), database.read() as connection:
        connection.execute(insert(cursors).values(name="a", position=1))


def test_a_read_sees_one_snapshot_and_neither_waits_for_the_other(database):
    with database.read() as reading:
        assert position(reading, "a") == 0
        with database.begin() as writing:
            move_cursor(writing, "a", 1)
            assert position(reading, "a") == 0
        assert position(reading, "a") == 0
    with database.read() as reading:
        assert position(reading, "a") == 1


def test_a_read_begins_while_a_write_is_under_way(database):
    with database.begin() as writing:
        move_cursor(writing, "a", 1)
        with database.read() as reading:
            assert position(reading, "a") == 0


def test_writers_come_one_after_the_other_and_lose_nothing(database):
    def count_up():
        for _ in range(20):
            with database.begin() as connection:
                query = select(cursors.c.position).where(cursors.c.name == "a").with_for_update()
                move_cursor(connection, "a", connection.scalar(query) + 1)

    with database.begin() as connection:
        move_cursor(connection, "a", 0)
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert position(connection, "a") == 80


def test_foreign_keys_are_kept(database):
    row = {"alert": 1, "event": "raised", "channel": "erp", "created_at": 0, "next_at": 0}
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(insert(outbox).values(**row))


def test_a_mistake_in_a_statement_is_not_taken_for_trouble_of_the_database(database):
    with pytest.raises(DBAPIError), database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_what_is_committed_is_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(store_database, "_write_ahead", SHIPPED_WRITE_AHEAD)
    database = open_database(f"sqlite:///{tmp_path}/c.db")
    with database.begin() as connection:
        pragmas = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    database.close()


def test_a_cache_is_told_of_every_rollback(database):
    told = []
    database.on_rollback(lambda: told.append("rolled back"))
    with database.begin():
        pass
    assert told == []
    with pytest.raises(ZeroDivisionError), database.begin():
        raise ZeroDivisionError
    assert told == ["rolled back"]


def test_a_folder_that_is_missing_is_made(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/new/folder/coldchain.db")
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(text("sqlite_master"))) == 0
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "no address", ""])
def test_another_address_is_refused(url):
    with pytest.raises(InvalidError):
        open_database(url)


def test_a_server_that_is_not_there_is_unavailable_without_its_password():
    database = open_database("postgresql://user:secret@127.0.0.1:9/name")
    with pytest.raises(UnavailableError, match="does not answer") as caught, database.read():
        pass
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda connection: connection.execute(text("SELECT 1")), id="a statement"),
        pytest.param(lambda connection: _copy(connection, [(1, 1, 1, 1, 0)], journal=1), id="COPY"),
    ],
)
def test_a_lost_connection_is_unavailable_and_the_next_one_works(postgresql_database, ask):
    kill = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid")
    with pytest.raises(UnavailableError, match="does not answer"), postgresql_database.begin() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with postgresql_database.begin() as other:
            other.execute(kill, {"pid": pid})
        ask(connection)
    with postgresql_database.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


@pytest.mark.servers
def test_a_connection_that_broke_while_nobody_used_it_is_made_anew(postgresql_database, monkeypatch):
    monkeypatch.setattr(store_database, "_WORKS_FOR_S", 0.0)
    postgresql_database.close()  # what tests before left open is not taken instead
    with postgresql_database.begin() as connection, postgresql_database.read() as other:
        mine = [each.scalar(text("SELECT pg_backend_pid()")) for each in (connection, other)]
    with psycopg.connect(postgresql_database.url.render_as_string().replace("+psycopg", "")) as killer:
        for pid in mine:
            killer.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
    for transaction in (postgresql_database.begin, postgresql_database.read, postgresql_database.read_once):
        with transaction() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) not in mine


def test_what_is_written_once_is_read_once(database):
    with database.write_once() as connection:
        move_cursor(connection, "a", 5)
    with database.read_once() as connection:
        assert position(connection, "a") == 5


def test_who_queued_to_write_leaves_nothing_open(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    for _ in range(3):
        with database.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS t (x)"))
    assert len(open_files(tmp_path / "x.db.turn")) == 1
    database.close()
    assert open_files(tmp_path / "x.db.turn") == []


def open_files(path):
    return [each for each in Path("/proc/self/fd").iterdir() if each.exists() and each.readlink() == path]
