"""What `make run` starts, on embedded defaults: within two minutes of real time the right lots are on hold."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.e2e

WITHIN_S = 120
LASTS_S = 125
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
        self.started = time.time()
        # As for a person: settings of the one who runs the tests do not count.
        environment = {**os.environ, "COLDCHAIN_HTTP_ADDRESS": "nowhere"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators.demo", "--for", f"{LASTS_S}s", "--directory", str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.link = self._first_line("open ").split()[1]
        curl = self._first_line("try ")
        found = re.search(r'curl -H "Authorization: (Bearer \S+)" (http://\S+)/holds$', curl)
        assert found, curl
        self._client = httpx.Client(base_url=found[2], headers={"Authorization": found[1]}, trust_env=False, timeout=30)

    def _first_line(self, word: str) -> str:
        lines = []
        for line in self.output:
            lines.append(line)
            if line.startswith(word):
                return line.strip()
        pytest.fail("".join(lines))

    def items(self, path: str) -> list[dict[str, Any]]:
        """A list of the API; empty while it starts."""
        try:
            answer = self._client.get(path, params={"limit": "1000"})
        except httpx.TransportError:
            return []
        items: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
        return items

    def close(self) -> None:
        self._client.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.output.close()
        self.process.wait(60)


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    running = Demonstration(tmp_path / "demo")
    yield running
    running.close()


def names(items: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    found = [(item["product"], item["lot"], item["unit"]) for item in items]
    return sorted(found, key=lambda name: (name[0], name[1], name[2] or ""))


def test_within_two_minutes_exactly_what_stands_in_the_warm_room_is_on_hold(demonstration: Demonstration) -> None:
    page = httpx.get(demonstration.link, trust_env=False, timeout=30)
    assert page.status_code < 400, page.text
    while not (alerts := [alert for alert in demonstration.items("/alerts") if alert["lots"]]):
        assert time.time() < demonstration.started + WITHIN_S
        time.sleep(0.5)
    [alert] = alerts
    assert (alert["place"], alert["direction"], alert["severity"]) == ("COLD-1", "high", "critical")
    assert names(alert["lots"]) == IN_THE_WARM_ROOM
    holds = demonstration.items("/holds")
    assert names(holds) == IN_THE_WARM_ROOM
    assert all(hold["state"] == "held" and hold["founded"] and hold["rule"] == "warm-in-all" for hold in holds)
    assert demonstration.items("/dead-letters") == []

    rest = demonstration.output.read()  # until its end
    assert demonstration.process.wait(60) == 0, rest
    assert len(re.findall(r"^\S+Z hold \d+, held: ", rest, re.MULTILINE)) == len(IN_THE_WARM_ROOM), rest
    assert "PALLET-7: at TRUCK-1" in rest and "PALLET-9: at RACK-A" in rest
    assert re.search(r"^webhook received, raised: .*on hold: above 8\.0 °C.*COLD-1", rest, re.MULTILINE), rest
    assert re.search(r"alert \d+, warning, goes on: No temperature for 15 min .*FREEZER-2", rest), rest
