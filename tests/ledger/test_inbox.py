"""Asking the one writer from elsewhere, and waiting for its answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.errors import ColdchainError, ConflictError, NotFoundError, Refused, UnavailableError
from ledger import inbox
from ledger.inputs import Batch
from ledger.readings.packing import pack
from ledger.requests import Correct, Dispose, EntryName, Item, Redrive, TryChannel
from ledger.writer import Writer
from store import state
from store.database import Database
from store.lock import Leader, Lock
from store.state import find_request, submit_alone, waiting_requests
from store.tables import entries
from store.tables import inbox as inbox_table
from tests.ledger.stage import A_MINUTE, Stage, message, minute, reading, series_of
from tests.servers.process import wait_until


@contextmanager
def engine(database: Database) -> Iterator[None]:
    """An engine in another thread, as it runs in another process."""
    leads, stopping = threading.Event(), threading.Event()

    def run() -> None:
        leader = Leader(database, inbox.LOCK)
        leader.lead()
        leads.set()
        stage = Stage(database, site="", leadership=leader)
        while not stopping.wait(0.005):
            stage.tick(60)
        leader.resign()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert leads.wait(60)
        yield
    finally:
        stopping.set()
        thread.join()


def test_a_request_is_answered(stage):
    with engine(stage.database):
        answer = inbox.submit(stage.database, "quinn", TryChannel(channel="all"))
        assert answer == {"channel": "all", "delivery": 1}


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Correct(remove=[EntryName("location", '["X"]')]), NotFoundError),
        (Correct(put=[Item("location", {"id": "ROOM-1"})], new=True), ConflictError),
        (Correct(put=[Item("location", {"id": "X", "parent": "Y"})]), Refused),
    ],
)
def test_a_refusal_is_raised_as_what_it_is(small, request_, error):
    with engine(small.database), pytest.raises(error):
        inbox.submit(small.database, "quinn", request_)


def test_without_an_engine_nothing_is_left_waiting(stage):
    with pytest.raises(UnavailableError, match="no engine runs"):
        inbox.submit(stage.database, "quinn", TryChannel(channel="all"), wait_s=0.05)
    assert stage.rows(inbox_table, inbox_table.c.state == "waiting") == []


def test_an_engine_that_does_not_answer_in_time_will_not_do_it_later(stage):
    with Lock(stage.database, inbox.LOCK), pytest.raises(UnavailableError, match="did not answer in time"):
        inbox.submit(stage.database, "quinn", TryChannel(channel="all"), wait_s=0.1)
    assert stage.rows(inbox_table, inbox_table.c.state == "waiting") == []


def test_who_waits_asks_only_when_something_was_committed(sqlite_database, monkeypatch):
    stage, asked = Stage(sqlite_database), []

    def counted(connection, number):
        asked.append(number)
        return find_request(connection, number)

    monkeypatch.setattr("ledger.inbox.state.find_request", counted)
    with Lock(stage.database, inbox.LOCK), pytest.raises(UnavailableError):
        inbox.submit(stage.database, "quinn", TryChannel(channel="all"), wait_s=0.3)
    assert len(asked) < 5  # of sixty looks
    assert sqlite_database.commits("answers").count() is not None


def test_the_doorbell_rings_for_what_is_asked_and_else_once_a_while(database, monkeypatch):
    monkeypatch.setattr(inbox, "LOOK_AT_LEAST_EVERY_S", 3600.0)
    Stage(database, site="")
    doorbell, commits = inbox.Doorbell(database), database.commits("inbox")
    wait_until(lambda: commits.count() is not None, 60, "somebody who hears")
    assert doorbell.rang()
    assert not doorbell.rang()
    seen = commits.count()
    with database.write_once() as connection:
        submit_alone(connection, "quinn", {"do": "dance"}, 1)
    wait_until(lambda: commits.count() != seen, 60, "the bell")
    assert doorbell.rang()
    assert not doorbell.rang()
    monkeypatch.setattr(inbox, "LOOK_AT_LEAST_EVERY_S", 0.0)
    doorbell = inbox.Doorbell(database)
    assert [doorbell.rang(), doorbell.rang()] == [True, True]


def test_a_writer_with_a_doorbell_looks_into_the_inbox_only_when_it_rang(stage, monkeypatch):
    rings, looks = [], []

    class Bell:
        def rang(self) -> bool:
            return bool(rings) and rings.pop()

    take = state.take_waiting
    monkeypatch.setattr("ledger.writer.state.take_waiting", lambda *given: looks.append(1) or take(*given))
    writer = Writer(stage.database, doorbell=Bell())
    writer.start(minute(1))
    said = Batch([message(each, at=minute(2)) for each in series_of([5, 5])])
    stage.submit(TryChannel(channel="all"), minute(1))
    assert [writer.step(said, minute(2)).requests for _ in range(4)] == [1, 0, 0, 0]
    assert len(looks) == 2  # the second finds nothing more
    stage.submit(TryChannel(channel="all"), minute(2))
    assert writer.step(Batch(), minute(3)).requests == 0
    rings.append(True)
    assert writer.step(Batch(), minute(3)).requests == 1


def test_a_second_writer_waits_until_the_first_resigns(database):
    first, second = Leader(database, inbox.LOCK), Leader(database, inbox.LOCK)
    assert first.try_lead()
    assert not second.try_lead()
    first.resign()
    assert second.try_lead()
    Stage(database, leadership=second)
    with pytest.raises(UnavailableError, match="another process leads"):
        Stage(database, site="", leadership=first).tick(0)
    second.resign()


def test_requests_are_done_in_order(small):
    for name in ("a", "b", "c"):
        small.submit(Correct(put=[Item("location", {"id": "NEW", "name": name})]), minute(0))
    assert small.tick(1).requests == 3
    [entry] = small.rows(entries, entries.c.key == '["NEW"]')
    assert entry.doc["name"] == "c"


def test_what_is_asked_while_a_step_waits_to_begin_is_for_the_next(small):
    now = minute(60)
    for at in (now + 10_000, now + 20_000):
        small.submit(TryChannel(channel="all"), at)
    for until, done in ((now, 0), (now + 10_000, 1), (now + 20_000, 2)):
        small.writer.step(Batch(), until)
        assert [each.state for each in small.rows(inbox_table)][-2:] == ["done"] * done + ["waiting"] * (2 - done)


def test_what_is_asked_by_a_clock_far_ahead_is_done(small):
    small.submit(TryChannel(channel="all"), minute(70))
    small.writer.step(Batch(), minute(60))
    assert small.rows(inbox_table)[-1].state == "done"


def test_what_is_no_request_is_refused(small):
    with small.database.begin() as connection:
        connection.execute(inbox_table.insert().values(submitted_at=0, who="quinn", request={"do": "dance"}))
    small.tick(1)
    row = small.rows(inbox_table)[-1]
    assert (row.state, row.answer["code"]) == ("refused", "invalid")


def test_a_request_that_no_step_can_be_done_with_stops_nobody_else(small):
    def decode(_: object) -> Batch:
        raise RuntimeError("a bug")

    stage = Stage(small.database, site="", decode=decode)
    stage.submit(Redrive(), minute(0))
    stage.submit(TryChannel(channel="all"), minute(0))
    said = Batch([message(each, at=minute(2)) for each in series_of([5, 5])])
    with pytest.raises(RuntimeError):
        stage.writer.step(said, minute(2))
    assert stage.writer.step(said, minute(2)).counts.readings == 2
    with stage.database.read() as connection:
        assert waiting_requests(connection, 10) == []
    assert [row.state for row in stage.rows(inbox_table)][-2:] == ["refused", "done"]
    assert stage.rows(inbox_table)[-2].answer["code"] == ColdchainError.code


def test_a_hold_is_lifted_through_the_inbox_while_messages_arrive(small):
    small.hear(*series_of([5, *[9] * 11]))
    small.submit(Dispose(holds=[1, 2], state="released", reason="fine", allow=A_MINUTE), minute(12))
    done = small.hear(reading(12, 9))
    assert (done.requests, done.counts.readings) == (1, 1)


def test_many_requests_are_answered_in_order(stage):
    rows = [("S1", "temperature", minute(i), 5_000_000) for i in range(7)]
    with engine(stage.database):
        answers = list(inbox.submit_all(stage.database, "quinn", (pack([row], more=True) for row in rows), ahead=3))
        again = inbox.submit(stage.database, "quinn", pack(rows))
    assert [answer["known"] for answer in answers] == [0] * 7
    assert again["known"] == 7


def test_a_refusal_among_many_takes_back_what_was_put_in_ahead(small):
    requests = [pack([(sensor, "temperature", minute(1), 1)]) for sensor in ("S1", "S9", "S1", "S1")]
    with engine(small.database), pytest.raises(Refused, match='no sensor "S9"'):
        list(inbox.submit_all(small.database, "quinn", requests, ahead=2))
    states = [row.state for row in small.rows(inbox_table)][1:]  # the first was the site itself
    assert states in (["done", "refused"], ["done", "refused", "done"])


def test_what_the_caller_does_not_wait_for_is_taken_back(small):
    asking = inbox.submit_all(small.database, "quinn", [TryChannel(channel="all")] * 5, ahead=3)
    with pytest.raises(UnavailableError):
        next(asking)
    assert small.rows(inbox_table, inbox_table.c.state == "waiting") == []
