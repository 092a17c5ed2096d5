"""Benchmarks in small: in the tests' process, which has loaded what they need, and on the tests' servers."""

import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.servers.process import MissingError

ROOT = Path(__file__).parents[2]
# SQLite and PostgreSQL differ by an address: one of the two here, and the other where the same is measured.
SMALL = {
    "engine": "--minutes 40 1 2",
    "judge": "{folder} 2",
    "codecs": "--messages 20",
    "correcting": "--batches 30 --days 1",
    "moving": "--batches 20 --moves 2",
    "forecast": "1 --kinds room",
    "forecast_job": "5 1",
    "backtest": "--rooms 1 --days 2 --batches 1",
    "store": "--readings 2000 --series 4 --batch 500",
    "step": "--messages 500",
    "flapping": "--messages 300 --past 300",
    "trail": "",
    "ingest_transport": "500",
    "ingest": "--messages 200 --rounds 1 telegraf postgres",
    "importing": "--minutes 60",
    "history": "--minutes 60",
    "alerting": "--rate 100 --alarms 3 --every 0.1 sqlite embedded influx_task",
    "memory": "--sensors 20 --batches 40 --readings 400",
    "forgetting": "--sensors 3 --days 2",
    "pages": "--messages 100 --pages 2 --rounds 1",
    "stock": "--lots 200",
    "settling": "--batches 20 --units 2000 --steps 2",
    "steady": "--rates 0 100 --seconds 0.5 postgres",
    "recording": "--batches 20 --units 40 --clients 2 --together 4 --rate 100 --alarms 3 --every 0.1 postgres",
    "looking": "--batches 100 --stock 20",
}
SHARED = {"Postgres": "postgres", "Influxd": "influxd"}
# Without servers; with one broker and one database; with a peer.
ALONE = (
    "engine", "codecs", "judge", "backtest", "store", "step", "flapping", "memory", "forgetting", "correcting",
    "moving", "forecast", "forecast_job", "trail", "stock", "settling", "looking",
)  # fmt: skip
OF_READINGS = ("importing", "history", "pages", "ingest_transport", "ingest")
OF_ALARMS = ("alerting", "recording", "steady")
IN_TABLE = {
    "engine": ["batches", "one by one", "1.00"],
    "correcting": ["in the background", "in its own step"],
    "moving": ["move ms", "ratio"],
    "forecast": ["failures foreseen", "median error", "power-cut"],
    "forecast_job": ["learning"],
    "codecs": ["load", "messages/s", "tasmota"],
    "judge": ["shuffled", "logger", "a second are judged"],
    "backtest": ["limits, cumulative, silence", "the same and mkt"],
    "store": ["kept"],
    "step": ["µs a message", "commit", "all"],
    "flapping": ["in range", "flapping", "silent", "rows on record"],
    "trail": ["a reading in range", "the page of a batch on hold", "functions"],
    "ingest_transport": ["ours, MQTT 3.1.1"],
    "ingest": ["telegraf", "postgres", "ratio"],
    "importing": ["coldchain import readings", "the same again", "steps of", "PostgreSQL"],
    "history": ["embedded: verdict", "InfluxDB: chart", "200 places"],
    "memory": ["400 readings", "another process takes over", "the database"],
    "forgetting": ["| 3 | 2 |", "MB after"],
    "pages": ["ratio", "0 pages", "2 pages"],
    "stock": ["trace back, ten levels", "pick 500, fefo", "stock of one location"],
    "settling": ["start", "ms a step", "100"],
    "steady": ["postgres", "steps/s", "% of a core"],
    "looking": ["/expiry", "first", "then"],
    "recording": ["moves/s", "alarm p50", "postgres"],
    "alerting": ["sqlite", "embedded", "influx_task", "p99"],
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

    def check(self, name: str, folder: Path) -> None:
        """Run it in small; what it prints has what people look for."""
        printed = self.run(name, SMALL[name].format(folder=folder))
        assert [word for word in IN_TABLE[name] if word not in printed] == []
