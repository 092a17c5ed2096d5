"""A crash anywhere loses nothing and doubles nothing: the messages come again and the state is the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection

from domain.errors import UnavailableError
from ledger.inputs import Batch
from ledger.readings.packing import pack
from ledger.requests import Acknowledge, Correct, Dispose, EntryName, Item
from store.database import Database
from store.tables import inbox, outbox
from tests.ledger.stage import A_MINUTE, Stage, message, minute, reading, series_of


class Crash(Exception):
    """The process dies here."""


class Wire:
    """A connection that breaks at the statement with this number."""

    def __init__(self, connection: Connection, plug: "Plug") -> None:
        self._connection = connection
        self._plug = plug

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("execute", "scalar", "scalars", "exec_driver_sql"):
            return found

        def count(*arguments: Any, **named: Any) -> Any:
            self._plug.pulled()
            return found(*arguments, **named)

        return count


class Plug:
    """A database that can be cut off at any statement, before its commit and right after it."""

    def __init__(self, database: Database, left: int) -> None:
        self._database = database
        self.left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def pulled(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash

    @contextmanager
    def begin(self) -> Iterator[Any]:
        with self._database.begin() as connection:
            yield Wire(connection, self)
            self.pulled()
        self.pulled()


BEFORE = [Batch([message(each, at=each.measured_at) for each in series_of([5, *[9] * 10])])]
AT = minute(40)
LATE = [reading(0.5, 9), *series_of([9] * 3, since=11), reading(14, 5), reading(0, 5, "unheard")]
# One step that does everything: moves a hold, ends an alert, raises another, learns a device, has a dead letter.
EVERYTHING = Batch(
    [*(message(each, at=AT) for each in LATE), message(at=AT, error="no JSON")], {("src", "d"): b"memory"}
)
LEFT = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:20:00Z"}
WENT = {"sensor": "S1", "location": "SITE-A", "from": "2026-01-01T00:20:00Z"}
REQUESTS = [
    Correct(put=[Item("mount", LEFT), Item("mount", WENT)]),
    Correct(remove=[EntryName("placement", '["VAX","A1","P2","ROOM-1","2026-01-01T00:00:00Z"]')]),
    Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE),
    Acknowledge(alert=1, comment="seen"),
    pack([("S2", "temperature", minute(i), 9_000_000) for i in range(12)]),
    Dispose(holds=[99], state="released", reason="refused", allow=A_MINUTE),
]


def prepared(database: Database) -> Stage:
    stage = Stage(database, site="")
    for batch in BEFORE:
        stage.writer.step(batch, minute(11))
    for request in REQUESTS:
        stage.submit(request, AT)
    return stage


def finished(stage: Stage) -> dict[str, Any]:
    done = len(stage.rows(inbox)) - 1
    stage.writer.step(EVERYTHING, AT)
    stage.tick(60)
    assert [row.state for row in stage.rows(inbox)] == ["done"] * done + ["refused"]
    numbers = stage.event_numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    told = sorted((row.channel, row.event, row.alert) for row in stage.rows(outbox))
    return {**stage.outcome(), "told": told, "unfounded": stage.holds(founded=False)}


def cut(stage: Stage, after: int) -> bool:
    """Let a step die at its n-th statement; tell whether it had that many."""
    plug = Plug(stage.database, after)
    stage.writer._database = plug  # type: ignore[assignment]
    try:
        stage.writer.step(EVERYTHING, AT)
    except Crash:
        return True
    return False


class Watched(Plug):
    """A database that is not cut off: after each statement and each commit it keeps which version others see."""

    def __init__(self, database: Database, other: sqlite3.Connection) -> None:
        super().__init__(database, 0)
        self._other = other
        self.versions = [self._version()]

    def pulled(self) -> None:
        self.versions.append(self._version())

    def _version(self) -> int:
        # another one whenever anybody but `other` has committed anything
        return int(self._other.execute("PRAGMA data_version").fetchone()[0])


def versions_of_a_step(stage: Stage) -> list[int]:
    with closing(sqlite3.connect(stage.database.path)) as other:
        stage.writer._database = watched = Watched(stage.database, other)  # type: ignore[assignment]
        stage.writer.step(EVERYTHING, AT)
        return watched.versions


@pytest.mark.long
def test_a_crash_at_any_statement_ends_in_the_same(fresh, monkeypatch):
    monkeypatch.setattr("ledger.engine_state.LATER_S", 60.0)  # as many statements each time, however slow the machine
    source = fresh()
    prepared(source)
    source.close()

    def started() -> Stage:
        stage = Stage(fresh(source.path), site="")
        stage.writer.start(minute(11))
        return stage

    expected = finished(started())
    assert [len(expected[name]) for name in ("holds", "unfounded", "alerts")] == [2, 1, 2]
    # Nothing is committed at any statement, and all of it at the end: whoever takes over finds the one or the other.
    before, *versions = versions_of_a_step(started())
    assert len(versions) > 40 and versions[:-1] == [before] * (len(versions) - 1) and versions[-1] != before
    for count in [*range(1, len(versions) - 1, 20), len(versions) - 1, len(versions)]:
        stage = started()
        assert cut(stage, count)
        stage.restart()
        assert finished(stage) == expected, f"statement {count} of {len(versions)}"


@pytest.mark.parametrize("count", [1, 12, 25, 40])
def test_a_crash_on_postgresql_ends_in_the_same(postgresql_database, count):
    """Every statement is tried on SQLite above."""
    Stage(postgresql_database)
    stage = prepared(postgresql_database)
    assert cut(stage, count)
    stage.restart()
    holds = finished(stage)["holds"]
    assert holds == stage.holds() != []


def test_the_same_writer_goes_on_after_a_failed_step(fresh):
    expected = finished(prepared(fresh()))
    stage = prepared(fresh())
    assert cut(stage, 20)
    stage.writer._database = stage.database
    found = finished(stage)
    # It takes the requests one by one now, so what is told on the way may differ.
    assert {**found, "told": []} == {**expected, "told": []}


def test_nothing_is_written_by_one_who_leads_no_more(fresh):
    class Deposed:
        def confirm(self, connection: Connection) -> None:
            raise UnavailableError("another process leads")

    stage = Stage(fresh(), site="", leadership=Deposed())
    with pytest.raises(UnavailableError, match="another process leads"):
        stage.hear(reading(0, 5))
    assert stage.event_numbers() == Stage(stage.database, site="").event_numbers()
