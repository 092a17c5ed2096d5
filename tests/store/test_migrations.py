"""The migrations give exactly the schema of store/tables.py."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, insert, inspect, select, text

from domain.clocks import Run
from domain.errors import UnavailableError
from ingest.codecs.common.positions import Seen
from ledger.offline_client import OfflineClient
from store import journal
from store.database import Database, open_database
from store.device_clocks import CLOCKS
from store.known_at import alerts_known_from
from store.migrate import MIGRATIONS, configuration
from store.schema import is_current, make_current, newest_revision
from store.state import installation_id, load_codec_memory, load_entries
from store.tables import (
    alert_revisions,
    alerts,
    audit,
    chunks,
    comments,
    dead_letters,
    entries,
    firings,
    hold_revisions,
    holds,
    lot_numbers,
    metadata,
    readings,
    shelves,
)
from tests.store.release_database import MOST_BYTES, RELEASES, load
from tests.thrift import SHIPPED_MIGRATE as migrate

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def as_shipped(monkeypatch):
    """Other tests copy a schema that is there."""
    monkeypatch.setattr("store.migrate.migrate", migrate)


def schema(database: Database) -> set[str]:
    query = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN ('alembic_version', 'sqlite_sequence')"
    )
    with database.read() as connection:
        return {" ".join(sql.replace("\n", " ").split()) for sql in connection.scalars(text(query))}


def test_an_upgraded_empty_database_differs_from_the_tables_in_nothing(empty_database):
    migrate(empty_database)
    with empty_database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_on_sqlite_the_statements_are_the_same_to_the_letter(tmp_path):
    migrated, created = (open_database(f"sqlite:///{tmp_path}/{name}.db") for name in ("migrated", "created"))
    migrate(migrated)
    with created.begin() as connection:
        metadata.create_all(connection)
    assert schema(migrated) == schema(created)


def test_migrating_again_changes_nothing(database):
    with database.read() as connection:
        first = installation_id(connection)
    migrate(database)
    with database.read() as connection:
        assert is_current(connection)
        assert installation_id(connection) == first


def test_the_newest_revision_is_the_one_that_alembic_finds():
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_database_is_made_current_once(empty_database):
    for _ in range(2):
        make_current(empty_database)
        with empty_database.read() as connection:
            assert is_current(connection) and installation_id(connection)
    with empty_database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match="newer version: revision '9999'"):
        make_current(empty_database)


def test_an_empty_database_is_not_current(empty_database):
    with empty_database.read() as connection:
        assert not is_current(connection)


def test_a_database_of_a_newer_version_is_refused_by_its_name(empty_database):
    migrate(empty_database)
    with empty_database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match="newer version: revision '9999'"):
        migrate(empty_database)


def test_processes_that_migrate_at_once_end_in_one_installation(empty_database):
    url = empty_database.url.render_as_string(hide_password=False)
    program = (
        f"from store.database import open_database; from store.migrate import migrate; migrate(open_database({url!r}))"
    )

    processes = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    with empty_database.read() as connection:
        assert installation_id(connection)


def test_what_fails_half_way_leaves_no_table_behind(empty_database):
    with pytest.raises(ZeroDivisionError), empty_database.begin() as connection:
        metadata.create_all(connection)
        raise ZeroDivisionError
    with empty_database.read() as connection:
        assert inspect(connection).get_table_names() == []


def test_migrations_come_with_the_package_wherever_it_is_installed(tmp_path):
    for package in ("domain", "store"):
        shutil.copytree(ROOT / package, tmp_path / "installed" / package)
    program = (
        "from store.migrate import migrate; from store.database import open_database as o; migrate(o('sqlite:///a.db'))"
    )
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "installed")}, check=True
    )
    assert (tmp_path / "a.db").stat().st_size > 0


def test_the_holds_of_before_get_their_revisions_from_the_audit_trail(empty_database):
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0005")
    why = {"since": 0, "until": None, "minutes": 12.0}
    hold = {"id": 1, "product": "VAX", "lot": "A1", "unit": None, "rule": "r", "fired_at": 10, "placed_at": 11}
    placed = {"fired_at": 10, "founded": True, "state": "held", "why": {**why, "minutes": 10.0}}
    deed = {"kind": "hold", "key": "1", "who": "engine", "before": None, "reason": None}
    with empty_database.begin() as connection:
        disposed = {"state": "released", "disposed_by": "quinn", "disposed_at": 30, "reason": "stable"}
        connection.execute(insert(holds), [{**hold, **disposed, "founded": True, "why": why, "revision": 2}])
        for at, what, after in ((11, "placed", placed), (30, "released", {"state": "released"})):
            connection.execute(insert(audit), [{**deed, "at": at, "what": what, "after": after}])
    migrate(empty_database)
    with empty_database.read() as connection:
        rows = connection.execute(select(hold_revisions).order_by(hold_revisions.c.row)).all()
    assert [(r.state, r.disposed_by, r.known_at, r.superseded_at, r.why["minutes"]) for r in rows] == [
        ("held", None, 11, 30, 10.0),
        ("released", "quinn", 30, None, 12.0),
    ]


def test_numbers_of_lots_are_known_from_before_those_of_removed_ones_too(empty_database):
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0018")
    entry = {"kind": "batch", "origin": "person", "changed_by": "quinn", "changed_at": 7}
    noted = {"who": "quinn", "what": "removed", "kind": "batch", "before": None, "after": None, "reason": None}
    with empty_database.begin() as connection:
        for lot, key in (("A1", '["VAX","A1"]'), ('Ü"2', '["VAX","Ü\\"2"]')):
            connection.execute(insert(entries), [{**entry, "key": key, "doc": {"product": "VAX", "lot": lot}}])
        for at, key in ((3, '["VAX","A1"]'), (4, '["SER","0123"]'), (6, '["SER","0123"]')):
            connection.execute(insert(audit), [{**noted, "at": at, "key": key}])
    migrate(empty_database)
    with empty_database.read() as connection:
        found = connection.execute(select(lot_numbers).order_by(lot_numbers.c.product, lot_numbers.c.lot)).all()
    assert [tuple(row) for row in found] == [
        ("SER", "0123", "", False, 4, 6),
        ("VAX", "A1", "", False, 7, None),
        ("VAX", 'Ü"2', "", False, 7, None),
    ]


def test_what_codecs_remembered_of_a_source_is_kept_by_device(empty_database):
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0030")
    run = Run(1, 2, 3, 4, True)
    before = {
        "a": {"dev": [5, 3, 2, False], "other": [6, 1, 1, True], "of the first version": 3},
        "b": [1],
        CLOCKS + "a": {"dev": run},
    }
    with empty_database.begin() as connection:
        for source, kept in before.items():
            row = {"source": source, "memory": msgspec.msgpack.encode(kept)}
            connection.execute(text("INSERT INTO codec_memory (source, memory) VALUES (:source, :memory)"), row)
    migrate(empty_database)
    with empty_database.read() as connection:
        memory = load_codec_memory(connection)
    assert Run(*msgspec.msgpack.decode(memory.pop((CLOCKS + "a", "dev")))) == run
    assert {key: msgspec.msgpack.decode(kept, type=Seen) for key, kept in memory.items()} == {
        ("a", "dev"): Seen(5, 3, 2, False),
        ("a", "other"): Seen(6, 1, 1, True),
    }


def test_alerts_of_before_know_when_they_were_told_and_attempts_their_channel(empty_database):
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0007")
    columns = "id, place, quantity, direction, since, severity, rules, lots, sentence, founded, revision, raised_at"
    alert = "'R', 'temperature', 'high', 0, 'warning', '[]', '[]', '', true, 1"
    shelved = """'{"state": "SHLVD"}'"""
    with empty_database.begin() as connection:
        for number, suppressed in ((1, "NULL"), (2, shelved), (3, shelved), (4, "NULL")):
            row = f"({number}, {alert}, 10, {suppressed})"
            connection.execute(text(f"INSERT INTO alerts ({columns}, suppressed) VALUES {row}".replace(":", r"\:")))
        sent = "INSERT INTO outbox (id, alert, event, channel, created_at, next_at, state) VALUES "
        connection.execute(
            text(sent + "(1, 1, 'raised', 'a', 20, 20, 'skipped'), (2, 1, 'raised', 'a', 30, 30, 'waiting')")
        )
        connection.execute(
            text(sent + "(3, 2, 'raised', 'b', 40, 40, 'delivered'), (4, 3, 'raised', 'b', 50, 50, 'skipped')")
        )
        connection.execute(text("INSERT INTO delivery_attempts (outbox, at, took) VALUES (3, 41, 1), (2, 31, 1)"))
    migrate(empty_database)
    with empty_database.read() as connection:
        told = connection.execute(text("SELECT id, told_at FROM alerts ORDER BY id")).all()
        channels = connection.scalars(text("SELECT channel FROM delivery_attempts ORDER BY id")).all()
    assert [tuple(row) for row in told] == [(1, 30), (2, 40), (3, None), (4, 10)]
    assert channels == ["b", "a"]


def test_of_alerts_of_before_it_is_on_record_from_the_upgrade_on_what_was_known_when(empty_database):
    with empty_database.begin() as connection:
        command.upgrade(configuration(connection), "0020")
    alert = {
        **{"id": 1, "place": "R", "quantity": "temperature", "direction": "high", "since": 0, "until": None},
        **{"severity": "warning", "rules": ["r"], "lots": [{"lot": "A1", "until": None}], "sentence": "too warm"},
        **{"founded": True, "revision": 2, "raised_at": 10},
    }
    firing = {
        "rule": "r",
        "action": "hold",
        "severity": "critical",
        "at": 5,
        "known_at": 10,
        "product": "VAX",
        "lot": "A1",
    }
    with empty_database.begin() as connection:
        connection.execute(insert(alerts), [alert])
        for row, until, superseded_at in ((1, None, None), (2, None, 30), (3, 20, None)):
            because = json.dumps({"until": until})
            values = {**firing, "row": row, "superseded_at": superseded_at, "because": because}
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO firings ({names}) VALUES ({marks})"), values)
    before = time.time_ns() // 1000
    migrate(empty_database)
    with empty_database.read() as connection:
        [known] = connection.execute(select(alert_revisions)).mappings().all()
        [now] = connection.execute(select(alerts)).mappings().all()
        since = alerts_known_from(connection)
        grown = connection.scalars(select(firings.c.grown_at).order_by(firings.c.row)).all()
    assert {name: known[name] for name in now} == dict(now)
    assert (known["superseded_at"], known["grown_at"]) == (None, None)
    assert since == known["known_at"] >= before
    assert grown == [since, 30, None]


# --- databases as released versions left them ---

DECIDED = {
    holds: (
        "id",
        "product",
        "lot",
        "unit",
        "rule",
        "fired_at",
        "founded",
        "state",
        "disposed_by",
        "disposed_at",
        "reason",
    ),
    alerts: (
        "id",
        "place",
        "quantity",
        "direction",
        "since",
        "until",
        "severity",
        "founded",
        "acknowledged_by",
        "comment",
    ),
    comments: ("id", "alert", "at", "who", "text"),
    shelves: ("id", "place", "since", "until", "who", "reason"),
    audit: ("id", "at", "who", "what", "kind", "key", "before", "after", "reason"),
    entries: ("kind", "key", "doc", "origin", "changed_by"),
    dead_letters: ("id", "topic", "payload", "reason", "state"),
    readings: ("series", "measured_at", "value", "flags", "journal"),
    chunks: ("series", "day", "payload"),
}


def as_upgraded(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What of it the migrations themselves change: profiles that said nothing of the coverage they ask for."""
    changed = [
        (*row[:2], {**row[2], "min_coverage": "0.95"}, *row[3:])
        if row[0] == "profile" and row[2]["min_coverage"] == "0"
        else row
        for row in rows["entries"]
    ]
    return {**rows, "entries": changed}


def decided(database: Database, tables: Sequence[Table] = tuple(DECIDED)) -> dict[str, list[Any]]:
    """What is on record and no new version may change."""
    with database.read() as connection:
        wanted = {table: select(*(table.c[name] for name in DECIDED[table])) for table in tables}
        found = {
            table.name: [tuple(row) for row in connection.execute(query.order_by(*table.primary_key))]
            for table, query in wanted.items()
        }
        if entries in tables and inspect(connection).has_table("lots"):
            names = DECIDED[entries]
            every = (tuple(getattr(entry, name) for name in names) for entry in load_entries(connection))
            found["entries"] = sorted(every, key=lambda row: row[:2])
        return found


def without_doubt(database: Database, before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    """Alerts now, where a version took the end of data for the end of a problem as that version told of them."""
    with database.read() as connection:
        no_data = {row.id: row.no_data for row in connection.execute(select(alerts.c.id, alerts.c.no_data))}
    ended = {row[0] for row in before if row[5] is not None}
    return [
        (*row[:5], no_data[row[0]]["unknown_since"], *row[6:])
        if row[5] is None and row[0] in ended and no_data[row[0]] is not None
        else row
        for row in after
    ]


class Release(NamedTuple):
    """What a released version had on record, and its small database after the migration."""

    before: dict[str, list[Any]]
    path: Path


@pytest.fixture(
    scope="module", params=sorted(RELEASES.glob("*.sql.gz")), ids=lambda file: file.name.removesuffix(".sql.gz")
)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A released version, whose database is migrated once."""
    path = tmp_path_factory.mktemp("release") / "released.db"
    load(request.param, path)
    database = open_database(f"sqlite:///{path}")
    before = decided(database)
    migrate(database)
    database.close()
    return Release(before, path)


@pytest.fixture
def upgraded(release: Release, tmp_path: Path) -> Iterator[Database]:
    """A copy of the migrated database."""
    shutil.copy(release.path, tmp_path / "upgraded.db")
    database = open_database(f"sqlite:///{tmp_path}/upgraded.db")
    yield database
    database.close()


def test_there_is_a_database_of_a_released_version_and_each_is_small():
    files = list(RELEASES.glob("*.sql.gz"))
    assert files and max(file.stat().st_size for file in files) < MOST_BYTES


def test_a_released_database_holds_what_people_and_the_engine_record(release):
    assert all(release.before.values()), [name for name, rows in release.before.items() if not rows]
    assert {row[6:8] for row in release.before["holds"]} >= {(True, "held"), (True, "released"), (False, "held")}


def test_a_released_database_is_brought_to_this_schema_and_keeps_what_is_on_record(release, upgraded):
    with upgraded.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert is_current(connection) and compare_metadata(context, metadata) == []
        assert journal.verify(connection) is None
    assert decided(upgraded) == as_upgraded(release.before)


def test_profiles_of_before_that_said_nothing_ask_for_the_preset_coverage(release, upgraded):
    def asked(rows: list[Any]) -> set[str]:
        return {row[2]["min_coverage"] for row in rows if row[0] == "profile"}

    assert asked(release.before["entries"]) in ({"0"}, {"0.95"})  # of versions that had no preset, and since
    assert asked(decided(upgraded, (entries,))["entries"]) == {"0.95"}


def test_this_version_judges_on_a_released_database_and_what_people_decided_stays(release, upgraded):
    before = as_upgraded(release.before)
    with OfflineClient(upgraded, "test", lambda: time.time_ns() // 1000) as client:
        client.rebuild()
    after = decided(upgraded)
    kept = ("holds", "alerts", "comments", "shelves", "entries", "dead_letters", "readings", "chunks")
    after["alerts"] = without_doubt(upgraded, before["alerts"], after["alerts"])
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["audit"][: len(before["audit"])] == before["audit"]
