"""Lots and placements are in tables of their own, read and written like any entry."""

import pytest
from alembic import command
from sqlalchemy import select

from domain.times import parse_instant
from store import state
from store.database import Database
from store.lots import lot_parents, lots, placements, placements_of
from store.migrate import configuration, migrate
from store.state import StoredEntry
from store.tables import entries

SINCE = "2026-01-01T08:00:00Z"
BY_FILE = ("file", "quinn", 5)


@pytest.fixture
def connection(database):
    """An open write transaction."""
    with database.begin() as connection:
        yield connection


def lot(number: str, *parents: str, **more: object) -> StoredEntry:
    made = [{"product": "VAX", "lot": parent, "unit": None, "until": None} for parent in parents]
    doc = {"product": "VAX", "lot": number, "client": None, "expires_on": None, "parents": made, **more}
    return StoredEntry("batch", f'["VAX","{number}"]', doc, *BY_FILE)


def stay(number: str, unit: str | None, location: str, to: str | None = None, key: str = "") -> StoredEntry:
    doc = {"product": "VAX", "lot": number, "unit": unit, "location": location, "from": SINCE, "to": to}
    return StoredEntry("placement", key or f'["VAX","{number}","{unit}","{location}"]', doc, *BY_FILE)


def test_what_questions_ask_for_is_read_from_the_document(connection):
    state.put_entries(connection, [lot("A1", client="acme", expires_on="2027-01-31"), stay("A1", "P1", "ROOM-1")])
    [row] = connection.execute(select(lots))
    assert (row.product, row.lot, row.client, row.expires_on) == ("VAX", "A1", "acme", "2027-01-31")
    [row] = connection.execute(select(placements))
    assert (row.unit, row.location, row.since, row.until) == ("P1", "ROOM-1", parse_instant(SINCE), None)


def test_a_corrected_entry_replaces_what_was_read_from_it(connection):
    state.put_entries(connection, [lot("B1", "A1", "A2", client="acme"), stay("B1", None, "ROOM-1", key='["7"]')])
    ended = stay("B1", None, "ROOM-2", to="2026-01-01T09:00:00Z", key='["7"]')
    state.put_entries(connection, [lot("B1", "A2"), ended])
    assert [row.client for row in connection.execute(select(lots))] == [None]
    assert [(row.key, row.lot) for row in connection.execute(select(lot_parents))] == [('["VAX","B1"]', "A2")]
    [row] = connection.execute(select(placements))
    assert (row.location, row.until) == ("ROOM-2", parse_instant("2026-01-01T09:00:00Z"))


def test_they_are_among_the_entries(connection):
    room = StoredEntry("location", '["ROOM-1"]', {"id": "ROOM-1"}, *BY_FILE)
    every = [lot("A1"), room, stay("A1", "P1", "ROOM-1")]
    state.put_entries(connection, every)
    assert state.load_entries(connection) == every
    assert state.load_entries(connection, "batch") == [every[0]]
    assert state.find_entry(connection, "batch", '["VAX","A1"]') == every[0]
    assert placements_of(connection, "VAX", "A1") == [every[2]]
    assert placements_of(connection, "VAX", "A2") == []


def test_a_lot_is_removed_with_what_it_was_made_from(connection):
    state.put_entries(connection, [lot("B1", "A1")])
    assert state.remove_entry(connection, "batch", '["VAX","B1"]')
    assert not state.remove_entry(connection, "batch", '["VAX","B1"]')
    assert connection.execute(select(lot_parents)).all() == []


@pytest.fixture
def before(empty_database: Database) -> Database:
    """A database whose lots and placements are still among the entries."""
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0019")
        every = [lot("A1"), lot("B1", "A1", client="acme"), stay("B1", "P1", "ROOM-1", "2026-01-01T09:00:00Z")]
        for entry in [*every, StoredEntry("client", '["acme"]', {"id": "acme"}, *BY_FILE)]:
            connection.execute(entries.insert().values(entry._asdict()))
    return empty_database


def test_the_migration_takes_them_over(before):
    migrate(before)
    with before.read() as connection:
        assert [entry.key for entry in state.load_entries(connection, "batch")] == ['["VAX","A1"]', '["VAX","B1"]']
        assert [tuple(row) for row in connection.execute(select(lot_parents))] == [('["VAX","B1"]', "VAX", "A1")]
        [row] = connection.execute(select(placements))
        assert row.doc == stay("B1", "P1", "ROOM-1", "2026-01-01T09:00:00Z").doc
        assert (row.until, row.changed_by) == (parse_instant("2026-01-01T09:00:00Z"), "quinn")
        assert [row.kind for row in connection.execute(select(entries))] == ["client"]
