"""What `make run` starts, on embedded defaults: within two minutes of the site's time the right lots are on hold."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from simulators.demo.__main__ import command
from simulators.times import SECOND, parse_time
from tests.servers.process import wait_until
from tests.simulators.stock_truth import check_held, check_orders, check_stock

pytestmark = pytest.mark.e2e

WITHIN_S = 120
PATIENCE_S = 400
IN_THE_WARM_ROOM = [
    ("VAX", "A101", "PALLET-1"),
    ("VAX", "A101-R", "CASE-1"),
    ("VAX", "A101-R", "CASE-2"),
    ("VAX", "A102", "PALLET-3"),
    ("VAX", "A102", "PALLET-4"),
]


class Demonstration:
    """A running demonstration, seen as a person sees it: what it prints, and its API."""

    def __init__(self, directory: Path) -> None:
        self.started = time.time_ns() // 1000
        self._directory = directory
        # As for a person: settings of the one who runs the tests do not count.
        environment = {**os.environ, "COLDCHAIN_HTTP_ADDRESS": "nowhere"}
        command = [sys.executable, "-m", "simulators.demo", "--for", f"{PATIENCE_S}s", "--directory", str(directory)]
        self.process = subprocess.Popen(
            ["env", "--default-signal=INT", *command],  # Ctrl-C stops it, also where tests run in the background
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        self.output = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self.link = self._first_line("open ").split()[1]
        curl = self._first_line("try ")
        found = re.search(r'curl -H "Authorization: (Bearer \S+)" (http://\S+)/holds$', curl)
        assert found, curl
        self._client = httpx.Client(base_url=found[2], headers={"Authorization": found[1]}, trust_env=False, timeout=60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def _first_line(self, word: str) -> str:
        return self.wait_printed(rf"^{word}.*\n")[0].strip()

    def wait_printed(self, pattern: str) -> re.Match[str]:
        """Wait until it has printed this; return where."""

        def look() -> re.Match[str] | None:
            assert self.process.poll() is None, f"it ended:\n{self.output}"
            return re.search(pattern, self.output, re.MULTILINE)

        wait_until(look, PATIENCE_S, lambda: f"{pattern!r} in:\n{self.output}")
        found = look()
        assert found
        return found

    def end(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        return code

    def items(self, path: str) -> list[dict[str, Any]]:
        """A list of the API."""
        items: list[dict[str, Any]] = (
            self._client.get(path, params={"limit": "1000"}).raise_for_status().json()["items"]
        )
        return items

    def get(self, path: str, **query: str) -> Any:
        """An answer of the API."""
        return self._client.get(path, params=query).raise_for_status().json()

    def says_of_stock_what_must_be_so(self) -> bool:
        """Tell whether everything that was due is recorded, and answered as it must be."""
        file = self._directory / "truth.json"
        CliRunner().invoke(command, ["--directory", str(self._directory), "--truth", str(file)], catch_exceptions=False)
        truth = json.loads(file.read_text())
        try:
            check_stock(self.get, truth)
            check_held(self.get, truth)
            check_orders(self.get, truth)
        except (AssertionError, httpx.HTTPStatusError):  # some of it is being told, or something more was due
            return False
        return True

    def close(self) -> None:
        self._client.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    running = Demonstration(tmp_path / "demo")
    yield running
    running.close()


def of_vaccines(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What storage records tell of; of the other products see tests/simulators/test_warehouse.py."""
    return [each for each in items if each["product"] == "VAX"]


def names(items: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    found = [(item["product"], item["lot"], item["unit"]) for item in items]
    return sorted(found, key=lambda name: (name[0], name[1], name[2] or ""))


def test_within_two_minutes_exactly_what_stands_in_the_warm_room_is_on_hold(demonstration: Demonstration) -> None:
    page = httpx.get(demonstration.link, trust_env=False, timeout=60)
    assert page.status_code < 400, page.text
    demonstration.wait_printed(r"^webhook received, raised: Cold room 1 is above 8\.0 °C .* on hold: ")
    [alert] = [alert for alert in demonstration.items("/alerts") if alert["lots"]]
    assert (alert["place"], alert["direction"], alert["severity"]) == ("COLD-1", "high", "critical")
    assert names(of_vaccines(alert["lots"])) == IN_THE_WARM_ROOM
    holds = of_vaccines(demonstration.items("/holds"))
    assert names(holds) == IN_THE_WARM_ROOM
    assert all(hold["state"] == "held" and hold["founded"] and hold["rule"] == "warm-in-all" for hold in holds)
    assert all(parse_time(hold["fired_at"]) < demonstration.started + WITHIN_S * SECOND for hold in holds)
    assert demonstration.items("/dead-letters") == []

    for said in (
        r"PALLET-7: at TRUCK-1",
        r"PALLET-9: at RACK-A",
        r"alert \d+, warning, goes on: Freezer 2 .*: no temperature data for 15 min ",
        *(rf"^\S+Z hold {hold['id']}, held: " for hold in holds),
    ):
        demonstration.wait_printed(said)
    wait_until(demonstration.says_of_stock_what_must_be_so, PATIENCE_S, "stock to be as its truth says")
    assert demonstration.end() == 0, demonstration.output
    assert "warehouse, refused" not in demonstration.output
    shown = re.findall(r"^\S+Z hold \d+, held: VAX ", demonstration.output, re.MULTILINE)
    assert len(shown) == len(IN_THE_WARM_ROOM), demonstration.output
