"""Deriving everything again: nothing differs in a healthy system, and what was damaged is put right."""

from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from domain.errors import UnavailableError
from domain.readings import Flag, Reading
from ledger.inbox import LOCK
from ledger.inputs import Arrived, Batch
from ledger.offline_client import OfflineClient
from ledger.readings.packing import pack as packed
from ledger.readings.repair import differences, put_right
from ledger.readings.replay import replay
from ledger.requests import Correct, EntryName, Item, Rebuild, Redrive
from store import compaction
from store.forward import CURSOR
from store.lock import Lock
from store.series import SeriesIds
from store.state import move_cursor, position
from store.tables import conflicts, exposures, holds, readings
from tests.ledger.stage import START, Stage, minute, reading, series_of

AHEAD = 5 * 60_000_000
WARM = series_of([5, *[9] * 11])


def pack(said: Reading) -> bytes:
    return repr((*said[:5], int(said.flags))).encode()


def decode(messages: list[Arrived]) -> Batch:
    """The format of these tests: a reading as text; anything else is a dead letter."""
    for each in messages:
        try:
            *said, _ = eval(each.payload)
            each.readings = [Reading(*said)]
        except SyntaxError:
            each.error = "not a reading"
    return Batch(messages)


def tell(stage: Stage, *payloads: bytes | Reading, at: float, **more: bool) -> None:
    packed = [each if isinstance(each, bytes) else pack(each) for each in payloads]
    heard = [
        Arrived("t", each, more.get("retained", False), minute(at), backlog=more.get("backlog", False))
        for each in packed
    ]
    stage.writer.step(decode(heard), minute(at))


@contextmanager
def derived(stage: Stage):
    with stage.database.read() as ours, replay(ours, decode, AHEAD) as replayed, replayed.database.read() as theirs:
        yield ours, theirs, replayed


def differing(stage: Stage) -> list[str]:
    with derived(stage) as (ours, theirs, _):
        return [str(each) for each in differences(ours, theirs)]


@pytest.fixture
def lived(database):
    """A stage on which a bit of everything has happened."""
    stage = Stage(database, decode=decode)
    tell(stage, *WARM, at=11)
    tell(stage, reading(0, 6), reading(3, None), reading(12, None), at=12)  # a conflict, an ignored fault
    tell(stage, reading(12, 5), at=13)  # a value beats the fault
    tell(stage, b"no reading (", reading(500, 9), at=14)  # a dead letter, a stamp ahead
    tell(stage, reading(0, 7)._replace(measured_at=None), at=15, backlog=True)
    tell(stage, reading(0, 8)._replace(measured_at=None), at=16, retained=True)
    stage.ask(packed([("S2", "temperature", minute(i), 9_000_000) for i in range(12)]), minute(17))
    stage.ask(Correct(remove=[EntryName("placement", '["VAX","A1","P2","ROOM-1","2026-01-01T00:00:00Z"]')]), minute(18))
    return stage


def test_a_replay_of_the_journal_gives_what_is_stored(lived):
    assert differing(lived) == []
    assert len(lived.rows(readings)) == 28
    assert len(lived.rows(conflicts)) == 1


def test_a_replay_marks_what_was_received_while_the_clock_was_ahead(small):
    stage = Stage(small.database, decode=decode)
    tell(stage, *WARM, at=11)
    tell(stage, reading(12, 5), reading(0, 12)._replace(measured_at=None), at=1440)
    tell(stage, reading(13, 5), at=13)  # set back
    marked = Flag.CLOCK_AHEAD | Flag.ARRIVED_AHEAD
    assert sum(bool(Flag(row.flags) & marked) for row in stage.rows(readings)) == 2
    assert differing(stage) == []


def test_a_replay_gives_what_is_stored_in_chunks(lived):
    compaction.sweep(lived.database, START + 2 * 86_400_000_000)
    assert lived.rows(readings) == []
    assert differing(lived) == []


def test_a_dead_letter_speaks_where_it_was_driven_again(small):
    """Not where it stands: what came in between counts as the first."""
    fixed = False

    def broken_first(messages: list[Arrived]) -> Batch:
        if fixed:
            return decode(messages)
        for each in messages:
            each.error = "a bug in the codec"
        return Batch(messages)

    stage = Stage(small.database, site="", decode=broken_first)
    stage.writer.step(broken_first([Arrived("t", pack(reading(0, 5)), False, minute(0))]), minute(0))
    tell(stage, reading(0, 6), at=1)
    fixed = True
    stage.ask(Redrive(), minute(2))
    [row] = stage.rows(conflicts)
    assert (row.kept, row.refused) == (6_000_000, 5_000_000)
    assert differing(stage) == []


def test_damaged_readings_are_named_and_put_right_from_the_journal(lived):
    before = lived.outcome()
    with lived.database.begin() as connection:
        changed = readings.c.measured_at == minute(1)
        connection.execute(readings.update().where(changed).values(value=5_000_000))
        connection.execute(readings.delete().where(readings.c.measured_at == minute(2)))
        connection.execute(conflicts.delete())
    assert [line.split(": stored ")[1].split(" (")[0] for line in differing(lived)] == [
        "5.0",
        "nothing, the journal says 9.0",
        "5.0",
        "nothing, the journal says 9.0",
        "nothing, the journal says the conflict 5.0 against 6.0",
    ]
    with derived(lived) as (ours, theirs, _):
        wrong = list(differences(ours, theirs))
        with lived.database.begin() as connection:
            move_cursor(connection, CURSOR, 99)
            put_right(connection, theirs, SeriesIds(lived.database), wrong)
            first = connection.scalar(select(func.min(readings.c.journal)))
            assert position(connection, CURSOR) == first - 1  # InfluxDB gets them again
    assert differing(lived) == []
    lived.restart()
    lived.tick(18)
    assert lived.outcome() == before


def test_damaged_chunks_are_put_right_too(lived):
    before = lived.outcome()
    compaction.sweep(lived.database, START + 2 * 86_400_000_000)
    with lived.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chunks WHERE series = 1")
    with derived(lived) as (ours, theirs, _):
        wrong = list(differences(ours, theirs))
        with lived.database.begin() as connection:
            put_right(connection, theirs, SeriesIds(lived.database), wrong)
    assert differing(lived) == []
    lived.restart()
    lived.tick(18)
    assert {**lived.outcome(), "readings": []} == {**before, "readings": []}


def test_what_is_not_understood_any_more_is_told_and_not_taken_for_nothing(lived):
    def forgetful(messages: list[Arrived]) -> Batch:
        for each in messages:
            each.error = "no source listens to this topic"
        return Batch(messages)

    with lived.database.read() as ours, replay(ours, forgetful, AHEAD) as replayed:
        assert replayed.undecodable[0] == "t: no source listens to this topic"


# --- verdicts ---


def test_judging_from_scratch_finds_what_is_stored(lived):
    before = lived.outcome()
    assert lived.ask(Rebuild(), minute(20)) == {"differed": []}
    lived.tick(21)
    assert lived.outcome() == before


def test_damaged_verdicts_are_named_and_put_right(lived):
    before = lived.outcome()
    with lived.database.begin() as connection:
        connection.execute(exposures.update().where(exposures.c.unit == "P1").values(fired_at=minute(3)))
        connection.execute(holds.update().where(holds.c.unit == "P1").values(founded=False))
    # The engine that runs has the right ones in memory and on this request compares from scratch.
    lines = lived.ask(Rebuild(), minute(20))["differed"]
    assert lines and all(line.startswith("VAX A1 P1: was too-warm") or "warm-total" in line for line in lines)
    lived.restart()
    lived.tick(21)
    assert lived.outcome() == before


def test_the_engine_goes_on_after_a_rebuild(lived):
    lived.ask(Rebuild(), minute(20))
    place = {"product": "VAX", "lot": "A1", "unit": "P3", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
    lived.ask(Correct(put=[Item("placement", place)]), minute(21))
    assert ("A1", "P3", "too-warm", 11.0) in lived.holds()


# --- without an engine ---


def test_without_an_engine_the_desk_writes_itself(small):
    with OfflineClient(small.database, "quinn", lambda: minute(60)) as client:
        answer = client.ask(packed([("S1", "temperature", minute(i), 9_000_000) for i in range(12)]))
        assert answer["readings"] == 12
        assert client.rebuild() == []
    assert [hold[:3] for hold in small.holds()] == [("A1", "P1", "too-warm"), ("A1", "P2", "too-warm")]


def test_beside_an_engine_the_desk_does_not_write(small):
    engine = Lock(small.database, LOCK)
    refused = pytest.raises(UnavailableError, match="an engine runs")
    with engine, OfflineClient(small.database, "quinn", lambda: minute(60)) as client, refused, client.writing():
        pass
