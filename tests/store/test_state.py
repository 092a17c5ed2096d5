"""Small state: what is written comes back, in order, without gaps."""

import pytest
from sqlalchemy import select

from domain.errors import NotFoundError
from store import state
from store.state import Event, StoredEntry
from store.tables import conflicts

ROOM = StoredEntry("location", '["ROOM-1"]', {"id": "ROOM-1", "rules": {"b": "1", "a": "2"}}, "file", "file", 1)


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def test_an_entry_replaces_the_one_with_its_key(connection):
    state.put_entries(connection, [ROOM])
    state.put_entries(
        connection, [ROOM._replace(doc={"id": "ROOM-1"}, origin="person", changed_by="ann", changed_at=2)]
    )
    assert state.load_entries(connection) == [
        StoredEntry("location", '["ROOM-1"]', {"id": "ROOM-1"}, "person", "ann", 2)
    ]


def test_an_entry_keeps_the_order_of_its_fields(connection):
    state.put_entries(connection, [ROOM])
    found = state.find_entry(connection, "location", '["ROOM-1"]')
    assert list(found.doc["rules"]) == ["b", "a"]


def test_entries_are_loaded_by_kind(connection):
    state.put_entries(connection, [ROOM])
    state.put_entries(connection, [ROOM._replace(kind="sensor", key='["S1"]')])
    assert [entry.kind for entry in state.load_entries(connection)] == ["location", "sensor"]
    assert [entry.kind for entry in state.load_entries(connection, "sensor")] == ["sensor"]


def test_a_removed_entry_is_gone(connection):
    state.put_entries(connection, [ROOM])
    assert state.remove_entry(connection, "location", '["ROOM-1"]')
    assert not state.remove_entry(connection, "location", '["ROOM-1"]')
    assert state.find_entry(connection, "location", '["ROOM-1"]') is None


def test_requests_wait_in_order_until_they_are_answered(connection):
    first, second = (state.submit_request(connection, "ann", {"do": n}, 1) for n in (1, 2))
    assert [waiting.request for waiting in state.waiting_requests(connection, 10)] == [{"do": 1}, {"do": 2}]
    assert [waiting.id for waiting in state.waiting_requests(connection, 1)] == [first]
    state.answer_request(connection, first, "refused", {"problems": ["no"]}, 5)
    assert [waiting.id for waiting in state.waiting_requests(connection, 10)] == [second]
    assert state.find_request(connection, first)[4:] == ("refused", {"problems": ["no"]})
    assert state.find_request(connection, second)[4:] == ("waiting", None)


def test_a_request_that_is_not_there_is_not_found(connection):
    with pytest.raises(NotFoundError, match="no request 7"):
        state.find_request(connection, 7)


def test_events_are_numbered_without_gaps(connection):
    assert state.append_events(connection, []) == []
    assert state.append_events(connection, [(5, "raised", {"id": 1}), (6, "held", {"id": 2})]) == [
        Event(1, 5, "raised", {"id": 1}),
        Event(2, 6, "held", {"id": 2}),
    ]
    state.append_events(connection, [(7, "ended", {"id": 1})])
    assert [event.number for event in state.events_after(connection, 0, 10)] == [1, 2, 3]
    assert [event.kind for event in state.events_after(connection, 1, 1)] == ["held"]
    assert state.last_event(connection) == 3


def letter(n):
    return {"topic": "a", "payload": b"%d" % n, "retained": False, "reason": "bad", "received_at": n, "journal": n}


def test_dead_letters_that_wait_are_counted(connection):
    state.add_dead_letters(connection, [])
    assert state.count_dead_letters(connection) == 0
    state.add_dead_letters(connection, [letter(n) for n in range(5)])
    assert state.count_dead_letters(connection) == 5


def test_a_conflict_is_kept_once(connection):
    conflict = {"series": 1, "measured_at": 1, "refused": 2, "kept": 1, "received_at": 3, "journal": 4}
    for journal in (4, 5):
        state.add_conflicts(connection, [{**conflict, "journal": journal}])
    assert [found.journal for found in connection.execute(select(conflicts))] == [4]


def test_a_cursor_moves_both_ways(connection):
    assert state.position(connection, "influx") == 0
    for to in (5, 3, 0):
        assert state.move_cursor(connection, "influx", to)
        assert state.position(connection, "influx") == to


def test_codecs_remember_by_source(connection):
    state.save_codec_memory(connection, {})
    state.save_codec_memory(connection, {("a", "x"): b"1", ("b", "x"): b"2", ("b", "y"): b"4"})
    state.save_codec_memory(connection, {("a", "x"): b"3", ("b", "y"): None})
    assert state.load_codec_memory(connection) == {("a", "x"): b"3", ("b", "x"): b"2"}


def test_a_token_is_found_by_its_hash_until_it_is_revoked(connection):
    token = {"id": "t1", "name": "erp", "role": "viewer", "client": None, "hash": "abc", "created_at": 1}
    state.add_token(connection, token)
    assert state.find_token(connection, "abc").name == "erp"
    assert state.find_token(connection, "abd") is None
    assert state.revoke_token(connection, "t1", 9)
    assert not state.revoke_token(connection, "t1", 9)
    assert state.find_token(connection, "abc") is None
    assert [found.revoked_at for found in state.list_tokens(connection)] == [9]
