"""The commands on the ledger, on a database of their own and with no engine running."""

import csv
import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import coldchain.commands.judge  # noqa: F401  imported before the working directory changes
from api.people.passwords import hash_password
from api.people.register import add_account, set_password
from coldchain.__main__ import cli
from coldchain.engine import load_sources
from domain.errors import ConflictError, ForbiddenError, InvalidError, Refused
from domain.times import format_instant
from ingest.decoded import Message
from ingest.decoding import Decoder
from ledger.exports.rows import COLUMNS, EXPORTS
from ledger.writer import Writer
from store.database import open_database
from store.forward import CURSOR
from store.journal import head
from store.state import move_cursor, position
from store.tables import entries, journal, metadata, readings
from tests.ledger.stage import SITE, START

WARM = "sensor,measured_at,temperature\n" + "".join(
    f"S1,2026-01-01T00:{minute:02}:00Z,{5.1 if minute in (0, 12) else 9}\n" for minute in range(13)
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a directory of its own; expected errors are raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path / "data"))
    Path("S.yaml").write_text(SITE)
    Path("R.csv").write_text(WARM)

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory):
    """Where the first `filled` leaves a copy for the others."""
    return tmp_path_factory.mktemp("filled") / "data"


@pytest.fixture
def filled(run, filled_folder):
    """A database with the small site and a warm room."""
    if filled_folder.exists():
        shutil.copytree(filled_folder, "data")
    else:
        run("apply", "S.yaml")
        run("import", "readings", "R.csv")
        shutil.copytree("data", filled_folder)
    return run


def everything(table: str) -> list[Any]:
    """All rows of a table."""
    database = open_database("sqlite:///data/coldchain.db")
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(select(metadata.tables[table]))]
    database.close()
    return found


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_apply_prints_what_it_changed_and_the_second_time_nothing(run):
    rest = "0 manual change kept, 0 unchanged, not in the file"
    assert run("apply", "S.yaml").stdout.splitlines()[-1] == f"18 added or changed, {rest}, 0 unchanged"
    assert run("apply", "S.yaml").stdout == f"0 added or changed, {rest}, 18 unchanged\n"


def test_a_dry_run_shows_what_an_extended_profile_says_otherwise(run):
    extended = "{use: eu-gdp-2-8, id: ours, version: 1, use_version: 2, rules: [{id: too-warm, for: 15min}]}"
    Path("E.yaml").write_text(f"profiles: [{extended}]")
    assert run("apply", "E.yaml", "--dry-run").stdout.splitlines()[:3] == [
        'would be added or changed: profiles["ours","1"]',
        "  extends eu-gdp-2-8@2: 1 differences",
        "    rule too-warm.for: – → 15min",
    ]
    [shown] = json.loads(run("apply", "E.yaml", "--json").stdout)["extended"]
    assert shown["differences"] == ["rule too-warm.for: – → 15min"]


def test_a_dry_run_changes_nothing(run):
    first = run("apply", "S.yaml", "--dry-run").stdout
    assert 'would be added or changed: locations["ROOM-1"]' in first
    assert run("apply", "S.yaml", "--dry-run").stdout == first


def test_apply_lists_what_the_file_does_not_mention(filled):
    Path("S.yaml").write_text("site: {name: Plant North}\n")
    answer = json.loads(filled("apply", "S.yaml", "--json").stdout)
    assert (answer["put"], len(answer["not_mentioned"])) == ([], 17)


def test_a_wrong_site_file_is_refused_whole(run):
    Path("S.yaml").write_text(SITE.replace("sensor: S1", "sensor: S9"))
    with pytest.raises(Refused, match=r'S.yaml:14 mounts\[0\].sensor: no sensor "S9"'):
        run("apply", "S.yaml")
    assert rows(run("export", "holds")) == []


def test_what_the_ledger_refuses_of_a_file_is_named_by_line(filled):
    Path("O.yaml").write_text(SITE.replace("above: 8.0", "above: 9.0"))
    line = SITE.splitlines().index("profiles:") + 2
    with pytest.raises(Refused, match=rf"^O\.yaml:{line} profiles\[0\]: cold version 1 is already active"):
        filled("apply", "O.yaml")


def test_import_prints_what_became_of_the_readings(run):
    run("apply", "S.yaml")
    assert run("import", "readings", "R.csv").stdout == "13 readings, 0 not judged, 0 conflicts\n"
    answer = json.loads(run("import", "readings", "R.csv", "--json").stdout)
    assert answer == {"readings": 13, "faults": 0, "not_judged": 0, "conflicts": 0, "known": 13}


def test_import_names_the_lines_that_are_not_judged(run):
    run("apply", "S.yaml")
    Path("R.csv").write_text(f"{WARM}S1,1970-01-01T00:00:00Z,9\nS1,2199-01-01T00:00:00Z,9\n")
    done = run("import", "readings", "R.csv")
    assert done.stdout == "15 readings, 2 not judged, 0 conflicts\n"
    assert "R.csv: not judged, because before the year 2001: a clock that was never set: line 15" in done.stderr
    assert "R.csv: not judged, because from the future: a clock that is ahead: line 16" in done.stderr


def test_an_export_of_a_logger_is_refused_with_what_it_looks_like_and_imported_as_it_is(run):
    run("apply", "S.yaml")
    Path("L.csv").write_text("Zeit;Temp °C\n" + "".join(f"01.03.2026 00:{m:02};5,{m}\n" for m in range(3)))
    with pytest.raises(Refused) as refused:
        run("import", "readings", "L.csv")
    told = "\n".join(refused.value.problems)
    assert "separated by ; not ,; " not in told
    for said in ("separated by ; not , (--delimiter)", "a decimal comma (--decimal ,)", "--sensor ID", "--timezone"):
        assert said in told
    options = ("--delimiter", ";", "--decimal", ",", "--timezone", "Europe/Berlin", "--sensor", "S1")
    assert run("import", "readings", "L.csv", *options).stdout == "3 readings, 0 not judged, 0 conflicts\n"
    [first, *_] = rows(run("export", "readings"))
    assert (first["sensor"], first["measured_at"], first["temperature"]) == ("S1", "2026-02-28T23:00:00Z", "5.0")


def test_a_second_import_changes_nothing(filled):
    Path("R.csv").write_text(WARM.replace("00:05:00Z,9", "00:05:00Z,7"))
    assert filled("import", "readings", "R.csv").stdout.endswith("1 conflicts, 12 of them known already\n")
    tables = ("readings", "journal", "conflicts", "exposures", "holds", "alerts", "audit", "events")
    kept = {table: everything(table) for table in tables}
    assert filled("import", "readings", "R.csv").stdout.endswith(", 13 of them known already\n")
    assert {table: everything(table) for table in tables} == kept


def test_an_import_says_on_standard_error_how_far_it_is(filled, monkeypatch):
    monkeypatch.setattr("coldchain.progress.LINE_EVERY_S", 0.0)
    monkeypatch.setattr("coldchain.commands.import_.AT_ONCE", 5)
    assert filled("import", "readings", "R.csv").stderr.splitlines()[:3] == [
        "reading R.csv: 373 of 373 bytes",
        "taking: 5 of 13 readings",
        "taking: 10 of 13 readings",
    ]


def test_what_is_old_is_packed_when_it_is_imported(filled):
    assert everything("readings") == []
    assert len(everything("chunks")) == 1
    assert filled("rebuild", "verdicts").stdout == "nothing differed\n"


def test_import_refuses_a_file_with_an_unknown_sensor_whole(filled):
    Path("R.csv").write_text(WARM + "S7,2026-01-01T00:00:00Z,5\n")
    with pytest.raises(Refused, match=r'R\.csv:15 sensor: no sensor "S7"'):
        filled("import", "readings", "R.csv")


def test_exported_readings_are_what_was_imported(filled):
    Path("U.csv").write_text("sensor,measured_at,humidity\nnew/p,2026-01-01T00:00:00Z,fault\n")
    filled("import", "readings", "U.csv")
    exported = filled("export", "readings").stdout
    assert exported.splitlines()[:3] == [
        "sensor,measured_at,temperature,humidity",
        "S1,2026-01-01T00:00:00Z,5.1,",
        "S1,2026-01-01T00:01:00Z,9.0,",
    ]
    assert exported.splitlines()[-1] == "new/p,2026-01-01T00:00:00Z,,fault"
    Path("E.csv").write_text(exported)
    said = "14 readings, 0 not judged, 0 conflicts, 14 of them known already\n"
    assert filled("import", "readings", "E.csv").stdout == said
    assert filled("export", "readings").stdout == exported


def test_exported_readings_are_judged_like_the_file(filled):
    Path("E.csv").write_text(filled("export", "readings").stdout)
    judged = [filled("judge", "--site", "S.yaml", "--readings", name, "--json").stdout for name in ("R.csv", "E.csv")]
    assert judged[0] == judged[1]


def test_readings_are_exported_as_they_came_and_the_offsets_of_the_site_file_judge_them(filled):
    exported = filled("export", "readings").stdout
    offset = "{id: S1, device: dev1, offsets: {temperature: [{value: -2, from: 2026-01-01T00:00:00Z}]}}"
    Path("O.yaml").write_text(SITE.replace("{id: S1, device: dev1}", offset))
    filled("apply", "O.yaml")
    assert filled("export", "readings").stdout == exported
    Path("E.csv").write_text(exported)
    [a1, _] = json.loads(filled("judge", "--site", "O.yaml", "--readings", "E.csv").stdout)["batches"]
    to = exported.splitlines()[-1].split(",")[1]  # later nothing is known
    assert a1["verdict"] == rows(filled("export", "verdicts", "--to", to))[0]["verdict"] == "ok"
    [a1, _] = json.loads(filled("judge", "--site", "S.yaml", "--readings", "E.csv").stdout)["batches"]
    assert a1["verdict"] == "hold"


def test_exported_readings_of_devices_that_hang_nowhere_are_accepted_by_judge(filled):
    said = "sensor,measured_at,temperature\nnew/p,2026-01-01T00:05:00Z,20\n/odd/,2026-01-01T00:05:00Z,fault\n"
    Path("U.csv").write_text(said)
    filled("import", "readings", "U.csv")
    Path("E.csv").write_text(filled("export", "readings").stdout)
    for more in ([], ["--as-received"]):
        judged = [filled("judge", "--site", "S.yaml", "--readings", name, *more) for name in ("R.csv", "E.csv")]
        assert judged[0].stdout == judged[1].stdout
        assert judged[1].stderr.endswith('no sensor of the site: "/odd/", "new/p"\n')


def test_readings_from_before_a_device_was_named_are_its_sensors(filled):
    before = [line.replace("S1,", "dev1/,") for line in WARM.splitlines(keepends=True)]
    Path("E.csv").write_text("".join(before))
    judged = [filled("judge", "--site", "S.yaml", "--readings", name).stdout for name in ("R.csv", "E.csv")]
    assert judged[0] == judged[1]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--sensor", "S2"], 0),
        (["--from", "2026-01-01T00:02:00Z", "--to", "2026-01-01T00:05:00Z"], 3),
        (["--location", "ROOM-1"], 13),
        (["--location", "ROOM-2"], 0),
        (["--product", "VAX", "--lot", "A1"], 13),
        (["--lot", "A2"], 0),
    ],
)
def test_readings_are_selected_by_time_sensor_place_and_lot(filled, options, count):
    assert len(rows(filled("export", "readings", *options))) == count


def test_holds_exposures_excursions_and_alerts_are_exported(filled):
    holds = rows(filled("export", "holds", "--lot", "A1"))
    assert [(row["unit"], row["rule"], row["fired_at"], row["peak"]) for row in holds] == [
        ("P1", "too-warm", "2026-01-01T00:11:00Z", "9.0"),
        ("P2", "too-warm", "2026-01-01T00:11:00Z", "9.0"),
    ]
    [exposure, _] = rows(filled("export", "exposures", "--product", "VAX"))[:2]
    assert (exposure["from"], exposure["to"], exposure["minutes"]) == (
        "2026-01-01T00:01:00Z",
        "2026-01-01T00:12:00Z",
        "11.0",
    )
    assert [row["rule"] for row in rows(filled("export", "excursions"))][:2] == ["too-warm", "warm-total"]
    alerts = json.loads(filled("export", "alerts", "--location", "ROOM-1", "--json").stdout)
    assert any([lot["unit"] for lot in alert["lots"]] == ["P1", "P2"] for alert in alerts)
    assert rows(filled("export", "holds", "--lot", "A2")) == []


def test_what_was_on_record_at_an_instant_is_exported(filled):
    entered = min(row[1] for row in everything("audit"))
    for what in ("holds", "exposures", "excursions", "alerts"):
        present = format_instant(time.time_ns() // 1000)
        assert rows(filled("export", what, "--known-at", present)) == rows(filled("export", what)) != []
        assert rows(filled("export", what, "--known-at", format_instant(entered))) == []
        for at, why in (("2100-01-01T00:00:00Z", "is in the future"), ("2020-01-01T00:00:00Z", "is before the record")):
            with pytest.raises(InvalidError, match=f"--known-at: {at} {why}"):
                filled("export", what, "--known-at", at)
    refused = filled("export", "verdicts", "--known-at", "2020-01-01T00:00:00Z", code=2)
    assert "cannot be selected by --known-at" in refused.output


def test_a_verdict_is_exported_with_its_reason_and_the_structure_of_it(filled):
    [p1, *_] = rows(filled("export", "verdicts", "--lot", "A1"))
    assert (p1["unit"], p1["verdict"], p1["rule"], p1["kind"]) == ("P1", "hold", "too-warm", "limit")
    assert p1["sentence"].endswith(", unit P1 in ROOM-1")
    assert (p1["measured"], p1["limit"], p1["measured_in"], p1["readings"]) == ("11.0", "10.0", "min", "12")
    early = rows(filled("export", "verdicts", "--to", "2026-01-01T00:05:00Z"))
    assert [row["verdict"] for row in early if row["lot"] == "A1"] == ["ok", "ok"]


def test_no_text_is_a_formula_for_a_spreadsheet(filled, monkeypatch):
    texts = {"reason": '=cmd|"/C calc"!A0', "sentence": "+1", "lot": "-A1", "unit": "@x", "rule": "\tr", "peak": -3.5}
    row = {**dict.fromkeys(COLUMNS["holds"]), **texts, "places": ["=R"]}
    monkeypatch.setitem(EXPORTS, "holds", lambda connection, wanted: (each for each in [row]))
    [said] = rows(filled("export", "holds"))
    assert [said[name][0] for name in ("reason", "sentence", "lot", "unit", "rule")] == ["'"] * 5
    assert (said["peak"], said["places"]) == ("-3.5", '["=R"]')


def test_the_journal_is_exported_with_what_was_asked_for(filled):
    kinds = [row["kind"] for row in rows(filled("export", "journal"))]
    assert kinds == ["correction"] + ["readings"] * 13


def test_the_exported_journal_holds_no_key_of_a_service(run):
    channel = "{id: erp, kind: webhook, url: 'https://example.org/hook?key=hunter2'}"
    Path("S.yaml").write_text(SITE.replace("channels:\n", f"channels:\n  - {channel}\n"))
    run("apply", "S.yaml")
    shown = run("export", "journal").stdout
    assert "https://…" in shown and "hunter" not in shown


def test_the_audit_trail_is_exported_and_selected_by_its_filters(filled):
    everything = rows(filled("export", "audit"))
    assert everything[-1]["who"].endswith("(command line)")
    assert {row["kind"] for row in everything} >= {"sensor", "hold", "alert"}
    [batch] = rows(filled("export", "audit", "--kind", "batch", "--key", "VAX / A1"))
    assert (batch["what"], batch["key"]) == ("put", '["VAX","A1"]')
    placed = rows(filled("export", "audit", "--who", "engine", "--action", "placed"))
    assert placed and {row["kind"] for row in placed} == {"hold"}
    assert rows(filled("export", "audit", "--to", "2020-01-01T00:00:00Z")) == []
    assert "audit cannot be selected by --lot" in filled("export", "audit", "--lot", "A1", code=2).output


def test_an_export_that_nobody_reads_to_the_end_makes_no_noise(filled, monkeypatch, caplog):
    monkeypatch.setattr("coldchain.commands.export._print_csv", lambda columns, rows, text: next(rows))
    filled("export", "journal")
    assert caplog.records == []


@pytest.mark.parametrize("what", list(COLUMNS))
def test_every_row_has_exactly_the_columns_of_the_header(filled, what):
    for row in json.loads(filled("export", what, "--json").stdout):
        assert tuple(row) == COLUMNS[what]


def test_an_option_that_selects_nothing_there_is_wrong_use(filled):
    assert "holds cannot be selected by --sensor" in filled("export", "holds", "--sensor", "S1", code=2).output


def test_verify_finds_the_journal_whole_and_the_first_row_that_is_not(filled, tmp_path):
    shown = filled("verify").stdout
    assert shown.startswith("the journal is whole: 2 rows, head 2:")
    of_journal, of_record = (line.split()[-1] for line in shown.splitlines()[:2])
    filled("verify", "--noted", of_journal, "--noted", of_record)
    another = f"{of_record[:-2]}{'00' if of_record[-2:] != '00' else '11'}"
    assert "is not the one that was noted" in filled("verify", "--quick", "--noted", another, code=1).stderr
    with pytest.raises(InvalidError, match="not a head such as"):
        filled("verify", "--noted", "record:x")
    said = json.loads(filled("verify", "--json").stdout)
    assert (said["first_bad_row"], said["rows"], said["differences"], said["derived"]) == (None, 2, [], True)
    database = open_database(f"sqlite:///{tmp_path}/data/coldchain.db")
    with database.begin() as connection:
        connection.execute(journal.update().where(journal.c.id == 2).values(at=1))
    database.close()
    assert "wrong from row 2 on" in filled("verify", code=1).stderr


@pytest.mark.parametrize("what", ["readings", "verdicts"])
def test_rebuild_finds_nothing_that_differs(filled, what):
    assert filled("rebuild", what).stdout == "nothing differed\n"


def test_rebuild_influx_has_everything_sent_again(filled, tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/data/coldchain.db")
    with database.begin() as connection:
        rows = head(connection).id
        move_cursor(connection, CURSOR, rows)
    assert filled("rebuild", "influx").stdout == f"{rows} journal rows will be sent again\n"
    with database.read() as connection:
        assert position(connection, CURSOR) == 0
    database.close()


def hear(payloads: list[bytes]) -> None:
    """Messages as `ingest` commits them."""
    database = open_database("sqlite:///data/coldchain.db")
    messages = [Message("site/1/readings", payload, False, START) for payload in payloads]
    Writer(database).step(Decoder(load_sources(database)).decode(messages).batch(), START)
    database.close()


def test_rebuild_puts_damaged_readings_right_and_judges_them_again(run, monkeypatch):
    source = (
        'sources: [{topic: "site/+/readings", format: json, mapping: {device: d, temperature: t, measured_at: ts}}]'
    )
    Path("S.yaml").write_text(f"{source}\n{SITE}")
    run("apply", "S.yaml")
    hear([json.dumps({"d": "dev1", "t": 9, "ts": f"2026-01-01T00:{i:02}:00Z"}).encode() for i in range(12)])
    hear([b"no JSON"])
    assert run("rebuild", "readings").stdout == "nothing differed\n"
    run("rebuild", "verdicts")
    good = run("export", "holds", "--json").stdout
    assert len(json.loads(good)) == 2
    database = open_database("sqlite:///data/coldchain.db")
    with database.begin() as connection:
        connection.execute(readings.update().values(value=5_000_000))
    database.close()
    with monkeypatch.context() as on_a_terminal:
        on_a_terminal.setattr("coldchain.commands.rebuild.is_terminal", lambda: True)
        asked = CliRunner().invoke(cli, ["rebuild", "readings"], input="n\n")
        assert asked.exit_code == 1 and "in its place? [y/N]" in asked.output
    lines = run("rebuild", "readings").stdout.splitlines()
    assert lines[0] == (
        "dev1/ temperature 2026-01-01T00:00:00Z: stored 5.0 (flags 0, journal 2), "
        "the journal says 9.0 (flags 0, journal 2)"
    )
    assert "12 differences" in lines
    assert run("rebuild", "readings").stdout == "nothing differed\n"
    assert run("export", "holds", "--json").stdout == good
    done = json.loads(run("export", "audit", "--action", "rebuilt", "--kind", "readings", "--json").stdout)
    assert [row["after"]["differed"] for row in done] == [12] and lines[0] in done[0]["after"]["lines"]


def test_rebuild_writes_nothing_once_a_source_is_gone(run):
    source = (
        'sources: [{topic: "site/+/readings", format: json, mapping: {device: d, temperature: t, measured_at: ts}}]'
    )
    Path("S.yaml").write_text(f"{source}\n{SITE}")
    run("apply", "S.yaml")
    hear([b'{"d": "dev1", "t": 9, "ts": "2026-01-01T00:00:00Z"}'])
    database = open_database("sqlite:///data/coldchain.db")
    with database.begin() as connection:
        connection.execute(entries.delete().where(entries.c.kind == "source"))
    database.close()
    result = run("rebuild", "readings", code=1)
    assert "not understood any more: site/1/readings: no source listens to this topic" in result.stderr
    assert len(rows(run("export", "readings"))) == 1


STRICTER = """
profiles:
  - id: cold
    version: 2
    effective_from: 2026-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 5min, action: hold}]
"""


@pytest.fixture
def dated_back(filled, tmp_path):
    """A file with a version that takes effect before the holds on record, and an admin who can sign."""
    Path("V.yaml").write_text(STRICTER)
    database = open_database(f"sqlite:///{tmp_path}/data/coldchain.db")
    with database.begin() as connection:
        for name, role in (("anna", "admin"), ("vera", "viewer")):
            add_account(connection, name, name.title(), role, None, "test", START)
            set_password(connection, name, hash_password("correct horse battery"), "test", START)
    database.close()
    return filled


def test_a_file_that_reaches_back_before_holds_names_them_and_needs_to_be_meant(dated_back):
    shown = dated_back("apply", "V.yaml", "--dry-run").stdout
    assert "would take effect before: hold 1 (VAX A1 P1: too-warm, version 1, on hold)" in shown
    with pytest.raises(ConflictError, match=r"V.yaml: .*hold 1 .*; --retroactive applies it all the same"):
        dated_back("apply", "V.yaml")
    with pytest.raises(InvalidError, match="--second NAME"):
        dated_back("apply", "V.yaml", "--retroactive")
    with pytest.raises(InvalidError, match="vera may not activate profiles"):
        dated_back("apply", "V.yaml", "--retroactive", "--second", "vera")
    assert json.loads(dated_back("apply", "V.yaml", "--dry-run", "--json").stdout)["put"] == ['profiles["cold","2"]']


def test_a_second_person_signs_it_by_password(dated_back, monkeypatch):
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "wrong")
    with pytest.raises(ForbiddenError, match="nothing was signed"):
        dated_back("apply", "V.yaml", "--retroactive", "--second", "anna")
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "correct horse battery")
    assert "takes effect before: hold 1" in dated_back("apply", "V.yaml", "--retroactive", "--second", "anna").stdout
    assert "0 added or changed" in dated_back("apply", "V.yaml").stdout


def test_a_small_site_does_without_a_second_person(dated_back, monkeypatch):
    monkeypatch.setenv("COLDCHAIN_FOUR_EYES", "false")
    assert "1 added or changed" in dated_back("apply", "V.yaml", "--retroactive").stdout


def test_a_version_is_activated_over_holds_with_two_people(dated_back, monkeypatch):
    with pytest.raises(ConflictError, match=r"hold 1 .*; see --retroactive"):
        dated_back("profiles", "activate", "V.yaml", "--reason", "stability data")
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "correct horse battery")
    done = dated_back(
        *("profiles", "activate", "V.yaml", "--reason", "stability data", "--retroactive", "--second", "anna")
    )
    assert "cold version 2: active from 2026-01-01T00:00:00Z" in done.stdout
