"""What the doctor finds: one line each, and only what is broken fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, insert, text

from coldchain.checks import (
    Finding,
    check_broker,
    check_client_library,
    check_clock,
    check_database,
    check_dead_letters,
    check_deliveries,
    check_device_clocks,
    check_disk,
    check_engine,
    check_influx,
    check_local_times,
    check_sources,
    check_unplaced,
    look_into,
)
from coldchain.settings import Settings
from domain.clocks import Run
from domain.errors import UnavailableError
from domain.readings import Flag
from domain.times import DAY, HOUR, MINUTE
from ingest.batch_client import refuse_untested
from store import readings
from store.database import Database
from store.device_clocks import CLOCKS
from store.series import SeriesIds, SeriesKey
from store.state import save_codec_memory
from store.tables import audit, dead_letters, entries, journal, outbox

NOW = 20_454 * DAY


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/coldchain.db"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The database of that address."""
    return sqlite_database


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.begin() as connection:
        yield connection


def nothing_more(_connection: Connection) -> list[Finding]:
    return []


def states(findings: Iterator[Finding]) -> dict[str, str]:
    return {finding.name: finding.state for finding in findings}


def test_a_fresh_installation_is_well(database: Database, url: str) -> None:
    found = states(check_database(url, look_into(lambda: True, False, NOW)))
    assert found.pop("sources") == "note"
    assert set(found.values()) == {"ok"}
    looked_at = {"database", "migrations", "engine", "clock", "device clocks", "unplaced readings"}
    looked_at |= {"unreadable messages", "data notices", "notifications"}
    assert set(found) == looked_at


def test_a_database_not_made_yet_is_a_note_and_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/c.db"
    assert states(check_database(url, nothing_more)) == {"database": "note"}
    assert not (tmp_path / "nowhere").exists()


def test_a_database_that_does_not_answer_fails_without_its_password() -> None:
    (finding,) = check_database("postgresql+psycopg://me:hunter2@127.0.0.1:1/x", nothing_more)
    assert finding.state == "fail"
    assert "hunter2" not in finding.text


def test_an_old_schema_fails_and_nothing_more_is_looked_at(database: Database, url: str) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert states(check_database(url, look_into(lambda: True, False, NOW))) == {"database": "ok", "migrations": "fail"}


@pytest.mark.parametrize(("runs", "state"), [(True, "ok"), (False, "fail")])
def test_an_installation_without_an_engine_fails(runs: bool, state: str) -> None:
    assert check_engine(lambda: runs).state == state


@pytest.mark.parametrize(("ahead", "state"), [(MINUTE, "ok"), (MINUTE + 1, "fail")])
def test_a_clock_behind_the_newest_record_fails(ahead: int, state: str, connection: Connection) -> None:
    row: dict[str, Any] = {"kind": "messages", "count": 1, "payload": b"", "previous_hash": b"", "hash": b""}
    connection.execute(insert(journal).values(id=1, at=NOW + ahead, **row))
    assert check_clock(connection, NOW).state == state


def put_source(connection: Connection, format: str) -> None:
    row = {"kind": "source", "key": "x", "doc": {"topic": "site/#", "format": format}}
    connection.execute(insert(entries).values(origin="file", changed_by="file", changed_at=NOW, **row))


def test_sources_are_named(connection: Connection) -> None:
    put_source(connection, "json")
    assert check_sources(connection) == Finding("sources", "ok", "1: site/#")


def test_a_source_in_an_unknown_format_fails(connection: Connection) -> None:
    put_source(connection, "pigeon")
    finding = check_sources(connection)
    assert finding.state == "fail"
    assert finding.text.startswith("unknown gateway format pigeon; known: ")


def test_dead_letters_are_a_note(connection: Connection) -> None:
    row = {"topic": "t", "payload": b"", "retained": False, "reason": "", "received_at": NOW, "journal": 1}
    connection.execute(insert(dead_letters).values(row))
    assert check_dead_letters(connection) == Finding("unreadable messages", "note", "1 waiting")


def test_a_clock_that_was_set_is_a_note_for_a_while(connection: Connection) -> None:
    row = {"who": "engine", "what": "set_back", "kind": "clock", "key": "", "before": None, "reason": None, "event": 1}
    after = {"by_seconds": -7200, "readings": 3, "journal": 9}
    connection.execute(insert(audit).values(at=NOW, after=after, **row))
    said = "was set back by 2 h at 2026-01-01T00:00:00Z; 3 readings received meanwhile are marked"
    assert check_clock(connection, NOW + MINUTE) == Finding("clock", "note", said)
    assert check_clock(connection, NOW + 8 * DAY).state == "ok"
    assert check_clock(connection, NOW - HOUR).state == "ok"  # nothing is behind the newest record of the journal


def test_a_clock_that_is_off_is_a_note(connection: Connection, database: Database) -> None:
    [series] = SeriesIds(database).get(connection, [SeriesKey("d", "", "temperature")])
    rows = [(series, NOW - (m + 42) * MINUTE, 5, NOW - m * MINUTE, 0) for m in range(3)]
    readings.insert(connection, rows, 1)
    assert check_device_clocks(connection, NOW) == Finding(
        "device clocks",
        "note",
        "d 42 min behind (± 0 s, 3 live messages); "
        "set the clock, or say what counts, also of a backlog: `clock` of the source",
    )


def test_readings_that_nobody_can_place_are_a_note(connection: Connection, database: Database) -> None:
    [series] = SeriesIds(database).get(connection, [SeriesKey("d", "", "temperature")])
    flags = [Flag.NONE, Flag.UNKNOWN_ZONE, Flag.UNKNOWN_ZONE | Flag.RETAINED, Flag.TWICE]
    rows = [(series, NOW + i, 5, NOW, int(each)) for i, each in enumerate(flags)]
    readings.insert(connection, rows, 1)
    assert check_unplaced(connection) == Finding(
        "unplaced readings",
        "note",
        "2 local time without a zone, and not live: set the source's timezone; "
        "1 local time that came twice when clocks went back, and nothing says which",
    )


def test_devices_without_a_zone_are_a_note_that_proposes_one(connection: Connection) -> None:
    for kind, doc in (
        ("source", {"topic": "s/#", "format": "json", "timezone": [{"value": None, "from": None}]}),
        ("site", {"name": "X", "timezone": "Europe/Berlin"}),
    ):
        row = {"kind": kind, "key": "k", "doc": doc, "origin": "file", "changed_by": "file", "changed_at": NOW}
        connection.execute(insert(entries).values(row))
    run = msgspec.msgpack.encode(Run(HOUR, NOW, HOUR, HOUR, True))
    save_codec_memory(connection, {(CLOCKS + "k", f"d{i}"): run for i in range(7)})
    assert list(check_local_times(connection, NOW)) == [
        Finding(
            "time zone",
            "note",
            "s/#: local time without a zone from d0, d1, d2, d3, d4 and 2 more; "
            "live stamps fit Europe/Berlin or UTC+01:00: set `timezone` of this source",
        )
    ]


@pytest.mark.parametrize(
    ("message_state", "age", "state", "said"),
    [
        ("waiting", 5 * MINUTE, "ok", "1 waiting, 0 failed"),
        ("waiting", 6 * MINUTE, "fail", "1 waiting, the oldest for 6 min, 0 failed"),
        ("failed", DAY, "note", "0 waiting, 1 failed"),
        ("delivered", DAY, "ok", "0 waiting, 0 failed"),
    ],
)
def test_deliveries_that_wait_too_long_fail(
    message_state: str, age: int, state: str, said: str, connection: Connection
) -> None:
    row = {"event": "test", "channel": "erp", "created_at": NOW - age, "next_at": NOW, "state": message_state}
    connection.execute(insert(outbox).values(row))
    assert check_deliveries(connection, NOW) == Finding("notifications", state, said)  # type: ignore[arg-type]


def test_disk_is_measured_where_the_folder_will_be(tmp_path: Path) -> None:
    finding = check_disk(tmp_path / "not/yet")
    assert " GiB free in " in finding.text


def test_a_broker_that_lets_us_in_is_well() -> None:
    settings = Settings(mqtt_url="mqtt://me:hunter2@broker")
    (finding,) = check_broker(settings, lambda: None)
    assert finding == Finding("broker", "ok", "mqtt://me:***@broker connected")


def test_a_broker_that_does_not_fails() -> None:
    def refuse() -> None:
        raise UnavailableError("does not let us in: not authorised")

    (finding,) = check_broker(Settings(mqtt_url="mqtt://broker"), refuse)
    assert finding == Finding("broker", "fail", "mqtt://broker does not let us in: not authorised")


def test_the_embedded_broker_is_said_to_forget() -> None:
    findings = list(check_broker(Settings(), lambda: None))
    assert [finding.state for finding in findings] == ["ok", "note"]
    assert "queued messages are lost" in findings[1].text


def test_a_client_library_in_a_tested_version_is_fine() -> None:
    assert check_client_library(lambda: "2.2.0") == Finding("libraries", "ok", "paho-mqtt 2.2.0 is a tested version")


def test_a_client_library_that_was_not_tested_fails_with_what_to_install() -> None:
    finding = check_client_library(lambda: refuse_untested("3.0.0"))
    assert finding.state == "fail" and "paho-mqtt 3.0.0 is installed" in finding.text


class FakeInflux:
    def __init__(self, error: UnavailableError | None = None) -> None:
        self.error = error
        self.closed = False

    def check(self) -> None:
        if self.error:
            raise self.error

    def close(self) -> None:
        self.closed = True


def test_influx_is_looked_at_only_where_it_is_used() -> None:
    assert list(check_influx(None)) == []
    influx = FakeInflux()
    assert [finding.state for finding in check_influx(influx)] == ["ok"]
    assert influx.closed


def test_influx_that_does_not_answer_fails() -> None:
    assert list(check_influx(FakeInflux(UnavailableError("gone")))) == [Finding("influx", "fail", "gone")]
