"""`coldchain judge` reads its files, asks both ways of judging, and prints the contract's JSON."""

import csv
import io
import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from coldchain.__main__ import main
from coldchain.commands.judge import show
from tests import in_process

SITE = """
sensors: [{id: S1}]
locations: [{id: ROOM-1, profile: p}]
mounts: [{sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}]
products: [{id: VAX, profile: p}]
batches: [{product: VAX, lot: 0123}]
placements: [{product: VAX, lot: 0123, unit: P7, location: ROOM-1, from: 2026-01-01T00:00:00Z}]
profiles:
  - id: p
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: warm, kind: limit, above: 8.0, for: 10min, action: hold}
      - {id: silent, kind: silence, after: 30min}
"""
READINGS = """sensor,measured_at,temperature
S1,2026-01-01T00:00:00Z,5
S1,2026-01-01T00:10:00Z,9
S1,2026-01-01T00:20:00Z,9.5
S1,2026-01-01T00:30:00Z,5
S1,2026-01-01T00:30:00Z,6
"""

Judge = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Return the command on files `S.yaml` and `R.csv`."""

    def run(*options: str, site: str = SITE, readings: str = READINGS) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "S.yaml").write_text(site, encoding="utf-8")
        (tmp_path / "R.csv").write_text(readings, encoding="utf-8")
        files = ["--site", str(tmp_path / "S.yaml"), "--readings", str(tmp_path / "R.csv")]
        return in_process.run(main, "judge", *files, *options)

    return run


def answer(done: "subprocess.CompletedProcess[str]") -> Any:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_error_numbers_in_a_file_are_faults_that_are_named(judge: Judge) -> None:
    done = judge(readings=READINGS + "S1,2026-01-01T00:40:00Z,-127\nS1,2026-01-01T00:45:00Z,85\n")
    assert done.returncode == 0
    assert json.loads(done.stdout)["excursions"] == json.loads(judge().stdout)["excursions"]
    assert done.stderr.splitlines() == [
        "R.csv: S1 temperature: sensor does not answer, −127.0 °C, at 2026-01-01T00:40:00Z",
        "R.csv: S1 temperature: power-on value, 85.0 °C, at 2026-01-01T00:45:00Z",
    ]


def test_a_file_in_another_form_is_judged_with_options(judge: Judge) -> None:
    plain = answer(judge())
    lines = [line.split(",") for line in READINGS.splitlines()[1:]]
    local = [f"{at[:10]} {at[11:16]};{float(value) * 9 / 5 + 32:.1f}".replace(".", ",") for _, at, value in lines]
    other = "Logger: x\nZeit;Temp °F\n" + "\n".join(local) + "\n"
    assert judge(readings=other).returncode == 2
    assert answer(judge("--timezone", "UTC", "--sensor", "S1", readings=other)) == plain


def test_the_answer_is_the_contracts_json(judge: Judge) -> None:
    exposure = {
        "rule": "warm",
        "from": "2026-01-01T00:10:00Z",
        "to": "2026-01-01T00:30:00Z",
        "minutes": 20.0,
        "degree_minutes": 25.0,
        "peak": 9.5,
        "fired_at": "2026-01-01T00:20:00Z",
    }
    unit = {
        "unit": "P7",
        "verdict": "hold",
        "coverage": 1.0,
        "unknown_minutes": 0.0,
        "longest_gap_minutes": 0.0,
        "exposures": [exposure],
        "fired": [{"rule": "warm", "at": "2026-01-01T00:20:00Z", "action": "hold"}],
    }
    conflict = {
        "sensor": "S1",
        "quantity": "temperature",
        "measured_at": "2026-01-01T00:30:00Z",
        "kept": 5.0,
        "refused": 6.0,
    }
    expected = {
        "until": "2026-01-01T00:30:00Z",
        "excursions": [{"location": "ROOM-1", **exposure}],
        "batches": [{"product": "VAX", "lot": "0123", "verdict": "hold", "units": [unit]}],
        "conflicts": [conflict],
    }
    done = judge()
    assert answer(done) == expected
    assert done.stdout == json.dumps(expected, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("until", [None, "2026-01-01T00:15:00Z", "2026-01-01T02:00:00+00:00", "2025-01-01T00:00:00Z"])
def test_as_received_prints_the_same_bytes(judge: Judge, until: str | None) -> None:
    options = ["--until", until] if until else []
    plain, streamed = judge(*options), judge("--as-received", *options)
    assert answer(plain)
    assert plain.stdout == streamed.stdout


def test_later_readings_than_until_are_ignored(judge: Judge) -> None:
    found = answer(judge("--until", "2026-01-01T00:15:00Z"))
    assert found["until"] == "2026-01-01T00:15:00Z"
    assert found["batches"][0]["units"][0]["exposures"][0]["to"] is None
    assert found["conflicts"] == []


def test_until_may_be_later_than_the_file(judge: Judge) -> None:
    fired = answer(judge("--until", "2026-01-01T02:00:00Z"))["batches"][0]["units"][0]["fired"]
    assert {"rule": "silent", "at": "2026-01-01T01:00:00Z", "action": "notify"} in fired


def test_without_readings_until_is_needed(judge: Judge) -> None:
    header = "sensor,measured_at,temperature\n"
    done = judge(readings=header)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "R.csv: no readings, and no --until that says which instant is asked about\n"
    assert answer(judge("--until", "2026-01-01T02:00:00Z", readings=header))["batches"][0]["verdict"] == "unknown"


def test_wrong_input_is_told_whole_on_standard_error(judge: Judge) -> None:
    done = judge("--until", "soon", site=SITE.replace("location: ROOM-1", "location: ROOM-2"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "--until: not an RFC 3339 time with a zone: 'soon'",
        'S.yaml:4 mounts[0].location: no location "ROOM-2"',
        'S.yaml:7 placements[0].location: no location "ROOM-2"',
    ]


def test_wrong_readings_are_told_by_line(judge: Judge) -> None:
    done = judge("--as-received", readings=READINGS + "S2,2026-01-01T00:40:00Z,x\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        'R.csv:7 sensor: no sensor "S2"',
        "R.csv:7 temperature: not a finite number: 'x'",
    ]


def test_wrong_use_is_exit_2(judge: Judge) -> None:
    done = judge("--site", "missing.yaml")
    assert done.returncode == 2
    assert "missing.yaml" in done.stderr


@pytest.mark.parametrize(("options", "wanted"), [([], "Excursions"), (["--json"], '"excursions"')])
def test_a_terminal_gets_tables_unless_json_is_asked_for(tmp_path: Path, options: list[str], wanted: str) -> None:
    (tmp_path / "S.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "R.csv").write_text(READINGS, encoding="utf-8")
    command = [sys.executable, "-m", "coldchain", "judge", "--site", "S.yaml", "--readings", "R.csv", *options]
    environment = os.environ | {"COLUMNS": "160", "PYTHONPATH": str(Path(__file__).parents[2])}
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, cwd=tmp_path, env=environment) as process:
        os.close(theirs)
        shown = _read_all(ours)
    os.close(ours)
    assert process.returncode == 0
    assert wanted in shown
    assert ("━" in shown) is not bool(options)


def _read_all(terminal: int) -> str:
    data = b""
    while True:
        try:
            more = os.read(terminal, 65_536)
        except OSError:  # what Linux says at the end of a terminal
            return data.decode()
        if not more:
            return data.decode()
        data += more


def test_a_table_shows_what_looks_like_markup_as_it_is() -> None:
    unit = {
        "unit": None,
        "verdict": "ok",
        "coverage": 1.0,
        "unknown_minutes": 0.0,
        "longest_gap_minutes": 0.0,
        "exposures": [],
        "fired": [],
    }
    found = {"until": "2026-01-01T00:00:00Z", "excursions": [], "conflicts": []}
    batch = {"product": "[red]", "lot": "[/bold]", "verdict": "ok", "units": [unit]}
    console = Console(width=120, record=True, file=io.StringIO())
    show({**found, "batches": [batch]}, console)
    shown = console.export_text()
    assert "[red]" in shown
    assert "[/bold]" in shown
    assert "Excursions" not in shown


REAL = """
sensors: [{id: S1}]
locations: [{id: FRIDGE, profile: p}, {id: SHELF, parent: FRIDGE}]
mounts: [{sensor: S1, location: FRIDGE, from: 2020-01-01T00:00:00Z}]
products: [{id: VAX, profile: p}]
batches: [{product: VAX, lot: 0123}]
placements:
  - {product: VAX, lot: 0123, location: SHELF, from: 2022-05-05T12:00:00Z, to: 2022-05-20T00:00:00Z}
  - {product: VAX, lot: 0123, unit: P7, location: FRIDGE, from: 2022-05-10T00:00:00Z}
profiles:
  - id: p
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: warm, kind: limit, above: 8.0, for: 60min, action: hold}
      - {id: cold, kind: limit, below: 2.0, for: 15min, deadband: 0.2, action: hold}
      - {id: budget, kind: cumulative, above: 8.0, at_or_below: 25.0, total: 12h, window: 7d, action: review}
      - {id: mkt, kind: mkt, above: 8.0, window: 24h, action: review}
      - {id: silent, kind: silence, after: 30min}
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "fridgetag2L_130500109088.csv",
        "fridgetagUL_100800001215.csv",
        "qtag_RCPJ00010_run1.csv",
        "qtag_RCPJ00010_run3.csv",
    ],
)
def test_real_records_are_judged_the_same_both_ways_and_in_any_order(
    judge: Judge, shared_data: Path, name: str
) -> None:
    with (shared_data / name).open(encoding="utf-8", newline="") as file:
        lines = [
            f"S1,{line['timestamp_device_local']}:00Z,{line['temperature_c'] or 'fault'}\n"
            for line in csv.DictReader(file)
        ]
    shuffled = random.Random(name).sample(lines, len(lines))
    header = "sensor,measured_at,temperature\n"
    plain = judge(site=REAL, readings=header + "".join(lines))
    assert answer(plain)["excursions"]
    assert judge("--as-received", site=REAL, readings=header + "".join(lines)).stdout == plain.stdout
    assert judge("--as-received", site=REAL, readings=header + "".join(shuffled)).stdout == plain.stdout
