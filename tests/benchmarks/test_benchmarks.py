"""Every benchmark runs, with small numbers: in this process, which has loaded what they need, and on its servers."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from tests.conftest import missing
from tests.servers.process import MissingError

ROOT = Path(__file__).parents[2]
SMALL = {
    "engine": "--minutes 40 1 2",
    "judge": "{folder} 2",
    "correcting": "--batches 30 --days 1",
    "moving": "--batches 20 --moves 2",
    "forecast": "1 --kinds room",
    "forecast_job": "5 1",
    "backtest": "--rooms 1 --days 2 --batches 1",
    "codecs": "--messages 20",
    "store": "--readings 2000 --series 4 --batch 500",
    "step": "--messages 500",
    "flapping": "--messages 300 --past 300",
    "trail": "",
    "ingest_transport": "500",
    "ingest": "--messages 200 --rounds 1",
    "importing": "--minutes 60",
    "history": "--minutes 60",
    "alerting": "--rate 100 --alarms 3 --every 0.1",
    "memory": "--sensors 20 --batches 40 --readings 400",
    "forgetting": "--sensors 3 --days 2",
    "pages": "--messages 100 --pages 2 --rounds 1",
    "stock": "--lots 200",
    "settling": "--batches 20 --units 2000 --steps 2",
    "recording": "--batches 20 --units 40 --clients 2 --rate 100 --alarms 3 --every 0.1",
}
SHARED = {"Postgres": "postgres", "Influxd": "influxd"}
NEED_SERVERS = {"ingest_transport", "ingest", "importing", "history", "alerting", "pages", "recording"}
IN_TABLE = {
    "engine": ["batches", "one by one", "1.00"],
    "correcting": ["in the background", "in its own step"],
    "moving": ["move ms", "ratio"],
    "forecast": ["failures foreseen", "median error", "power-cut"],
    "forecast_job": ["learning"],
    "judge": ["shuffled", "logger", "a second are judged"],
    "backtest": ["limits, cumulative, silence", "the same and mkt"],
    "codecs": ["load", "messages/s", "tasmota"],
    "store": ["kept"],
    "step": ["µs a message", "commit", "all"],
    "flapping": ["in range", "flapping", "silent", "rows on record"],
    "trail": ["a reading in range", "the page of a batch on hold", "functions"],
    "ingest_transport": ["ours, MQTT 3.1.1"],
    "ingest": ["telegraf", "sqlite", "postgres", "ratio"],
    "importing": ["coldchain import readings", "the same again", "steps of", "PostgreSQL"],
    "history": ["embedded: verdict", "InfluxDB: chart", "200 places"],
    "memory": ["400 readings", "another process takes over", "the database"],
    "forgetting": ["| 3 | 2 |", "MB after"],
    "pages": ["ratio", "0 pages", "2 pages"],
    "stock": ["trace back, ten levels", "pick 500, fefo", "stock of one location"],
    "settling": ["start", "ms a step", "100"],
    "recording": ["moves/s", "alarm p50", "sqlite", "postgres"],
    "alerting": ["sqlite", "postgres", "embedded", "influx_task", "p99"],
}


class Bench:
    """Runs benchmarks. The servers that they start are those of the tests."""

    def __init__(self, request: pytest.FixtureRequest, capture: pytest.CaptureFixture[str]) -> None:
        self._request = request
        self._capture = capture

    def run(self, name: str, arguments: str) -> str:
        """What it prints; skips where a server that it needs is missing."""
        module = import_module(f"benchmarks.{name}")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(ROOT)
            patch.setattr(sys, "argv", [f"benchmarks.{name}", *arguments.split()])
            for server, fixture in SHARED.items():
                if hasattr(module, server):
                    patch.setattr(module, server, lambda *_, it=fixture: nullcontext(self._request.getfixturevalue(it)))
            try:
                module.main()
            except MissingError as error:
                missing(str(error))
        return self._capture.readouterr().out


@pytest.fixture
def bench(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    threshold = gc.get_threshold()
    yield Bench(request, capfd)
    gc.unfreeze()
    gc.set_threshold(*threshold)


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
def test_it_runs(name: str, folder: Path, bench: Bench) -> None:
    printed = bench.run(name, SMALL[name].format(folder=folder))
    assert [word for word in IN_TABLE[name] if word not in printed] == []


@pytest.mark.servers
def test_the_stages_run_on_postgresql(bench: Bench) -> None:
    assert "commit" in bench.run("step", "--messages 500 --postgres")


@pytest.mark.e2e
def test_it_runs_as_people_run_it() -> None:
    command = [sys.executable, "-m", "benchmarks.engine", *SMALL["engine"].split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [word for word in IN_TABLE["engine"] if word not in done.stdout] == []


def test_every_module_that_measures_is_run_by_make_bench() -> None:
    runnable = {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    assert runnable - {"__main__"} == set(NAMES)
