"""Every benchmark runs, with small numbers."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from tests.conftest import missing

ROOT = Path(__file__).parents[2]
SMALL = {
    "engine": "--minutes 40 1 2",
    "judge": "{folder} 2",
    "correcting": "--batches 30 --days 1",
    "moving": "--batches 20 40 --moves 2",
    "forecast": "1 --kinds room",
    "foresight": "5 1",
    "backtest": "--rooms 1 --days 2 --batches 1",
    "store": "--readings 2000 --series 4 --batch 500",
    "step": "--messages 500",
    "trail": "",
    "ingest_transport": "500",
    "ingest": "--messages 200 --rounds 1",
    "importing": "--minutes 60",
    "history": "--minutes 60",
    "alerting": "--rate 100 --alarms 3 --every 0.1",
    "memory": "--sensors 20 --batches 40 --readings 400",
    "pages": "--messages 100 --pages 2 --rounds 1",
    "stock": "--lots 200",
    "recording": "--batches 20 --units 40 --clients 2 --rate 100 --alarms 3 --every 0.1",
}
NEED_SERVERS = {"ingest_transport", "ingest", "importing", "history", "alerting", "pages", "recording"}
IN_TABLE = {
    "engine": ["batches", "one by one", "1.00"],
    "correcting": ["in the background", "in its own step"],
    "moving": ["move ms", "ratio"],
    "forecast": ["failures foreseen", "median error", "power-cut"],
    "foresight": ["learning"],
    "judge": ["shuffled", "logger", "a second are judged"],
    "backtest": ["limits, cumulative, silence", "the same and mkt"],
    "store": ["kept"],
    "step": ["µs a message", "commit", "all"],
    "trail": ["a reading in range", "the page of a batch on hold", "functions"],
    "ingest_transport": ["ours, MQTT 3.1.1"],
    "ingest": ["telegraf", "sqlite", "postgres", "ratio"],
    "importing": ["coldchain import readings", "the same again", "steps of", "PostgreSQL"],
    "history": ["embedded: verdict", "InfluxDB: chart", "200 places"],
    "memory": ["400 readings", "another process takes over", "the database"],
    "pages": ["ratio", "0 pages", "2 pages"],
    "stock": ["trace back, ten levels", "pick 500, fefo", "stock of one location"],
    "recording": ["moves/s", "alarm p50", "sqlite", "postgres"],
    "alerting": ["sqlite", "postgres", "embedded", "influx_task", "p99"],
}


def run(name: str, arguments: str) -> str:
    """What it prints; skips where a server that it needs is missing."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode and ("is not installed" in done.stderr or "is not built" in done.stderr):
        missing(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a logger's record."""
    (tmp_path / "data").mkdir()
    rows = [f"2026-01-01T00:{minute:02}," + ("9.5" if minute > 20 else "5.0") + ",0" for minute in range(0, 60, 5)]
    text = "\n".join(["timestamp_device_local,temperature_c,out_of_limits", *rows, "2026-01-01T01:00,,0"])
    (tmp_path / "data/logger.csv").write_text(text)
    return tmp_path


@pytest.mark.e2e
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.servers] if name in NEED_SERVERS else []) for name in NAMES]
)
def test_it_runs(name: str, folder: Path) -> None:
    printed = run(name, SMALL[name].format(folder=folder))
    assert [word for word in IN_TABLE[name] if word not in printed] == []


@pytest.mark.servers
def test_the_stages_run_on_postgresql() -> None:
    assert "commit" in run("step", "--messages 500 --postgres")


def test_every_module_that_measures_is_run_by_make_bench() -> None:
    runnable = {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    assert runnable - {"__main__"} == set(NAMES)
