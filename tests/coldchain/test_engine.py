"""Who leads: one process, and one that lost the lead stops before it does harm."""

import threading

import pytest
from sqlalchemy import text

from coldchain.engine import Leading, await_lead, recent_messages
from domain.errors import UnavailableError
from store import journal
from store.database import Database
from store.lock import Leader
from store.state import move_cursor, position


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def test_a_standby_leads_when_the_leader_has_gone(database: Database) -> None:
    first, standby, got = Leader(database, "engine"), Leader(database, "engine"), []
    assert await_lead(first, threading.Event())
    waiting = threading.Thread(target=lambda: got.append(await_lead(standby, threading.Event())), daemon=True)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    first.resign()
    waiting.join(60)
    assert got == [True]
    assert standby.term == first.term + 1
    standby.resign()


def test_a_standby_can_be_told_to_stop(database: Database) -> None:
    first, stopping = Leader(database, "engine"), threading.Event()
    assert first.try_lead()
    stopping.set()
    assert not await_lead(Leader(database, "engine"), stopping)
    first.resign()


def test_who_lost_the_lead_is_told_to_stop_and_commits_nothing(database: Database) -> None:
    leader, stopping = Leader(database, "engine"), threading.Event()
    assert leader.try_lead()
    with Leading(leader, stopping) as leading:
        with database.begin() as connection:
            leading.confirm(connection)
        assert not leading.lost and not stopping.is_set()
        with database.begin() as connection:
            cursor = "leader engine"
            move_cursor(connection, cursor, position(connection, cursor) + 1)
        with pytest.raises(UnavailableError), database.begin() as connection:
            leading.confirm(connection)
    assert leading.lost and stopping.is_set()


def test_a_leader_takes_its_lock_again_after_the_server_forgot_it(postgresql_database: Database) -> None:
    leader, other = Leader(postgresql_database, "engine"), Leader(postgresql_database, "engine")
    assert leader.try_lead()
    others = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    with postgresql_database.begin() as connection:
        connection.execute(text(others))
    assert leader.keep()
    assert not other.keep()
    leader.resign()
    assert other.keep()
    assert not leader.keep()
    other.resign()


def append(database: Database, payloads: list[bytes]) -> None:
    with database.begin() as connection:
        records = [journal.Record("t", payload, False, 1) for payload in payloads]
        journal.append(connection, "messages", 1, records)


def test_recent_messages_are_those_of_the_journals_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coldchain.engine.REMEMBERED", 3)
    with database.read() as connection:
        assert recent_messages(connection) == []
    append(database, [b"1"])
    append(database, [b"2", b"3"])
    with database.begin() as connection:
        journal.append(connection, "correction", 1, [{"do": "put"}])
    append(database, [b"4"])
    with database.read() as connection:
        assert recent_messages(connection) == [("t", b"2"), ("t", b"3"), ("t", b"4")]
