"""`coldchain run` as a user starts it: whole, in a directory of its own, on free ports, with embedded defaults."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.process import PATIENCE_S, accepts_connections, free_port, wait_until

ROOT = Path(__file__).parents[2]
SITE = """
site: {name: Here, timezone: UTC}
sources:
  - {topic: "site/+/readings", format: json, mapping: {device: device, temperature: temp, measured_at: ts}}
sensors: [{id: S1, device: D1, quantities: [temperature]}]
locations: [{id: ROOM-1}]
mounts: [{sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, quantity: temperature, above: 8.0, for: 0s, severity: critical, action: hold}]
products: [{id: VAX, name: Vaccine, profile: cold}]
batches: [{product: VAX, lot: A1}]
placements: [{product: VAX, lot: A1, location: ROOM-1, quantity: 1, from: 2026-01-01T00:00:00Z}]
"""


class Tree:
    """The supervisor and its children."""

    def __init__(self, directory: Path, site: str | None = SITE) -> None:
        self.directory = directory
        self.http_port, self.mqtt_port = free_port(), free_port()
        self.log = directory / "log.txt"
        self.arguments = ["run"]
        if site is not None:
            (directory / "site.yaml").write_text(site)
            self.arguments += ["--site", "site.yaml"]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("COLDCHAIN_")} | {
            "PYTHONPATH": str(ROOT),
            "COLDCHAIN_HTTP_ADDRESS": f"127.0.0.1:{self.http_port}",
            "COLDCHAIN_BROKER_ADDRESS": f"127.0.0.1:{self.mqtt_port}",
            # What is not told in time is told again, and would be heard twice.
            "COLDCHAIN_DELIVERY_TIMEOUT": "30s",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: dict[int, str] = {}  # when they began, because numbers are given again

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "coldchain", *self.arguments]
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.directory, env=self.environment
            )

    def coldchain(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "coldchain", *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def wait_well(self) -> None:
        """Wait until `coldchain doctor` finds nothing wrong: what it asks may be slow to answer for a moment."""
        said: list[str] = []

        def is_well() -> bool:
            done = self.coldchain("doctor")
            said.append(done.stdout)
            return done.returncode == 0

        wait_until(is_well, PATIENCE_S, lambda: f"a clean bill of health:\n{said[-1]}")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def children(self) -> dict[str, int]:
        """Process ids by the last word of the command line that says what it is."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (words := self._ours(entry)):
                name = "broker" if "coldchain.broker" in words else words[-1]
                found[name] = int(entry.name)
                self.seen[found[name]] = _began(found[name])
        return found

    def _ours(self, process: Path) -> list[str]:
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            words = (process / "cmdline").read_text().split("\0")
        except OSError:
            return []
        return [word for word in words if word] if parent == self.pid else []

    def rows(self, sql: str) -> list[Any]:
        database = self.directory / "data/coldchain.db"
        if not database.exists():
            return []
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=PATIENCE_S)) as connection:
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError:  # no such table yet
                return []

    def said(self, text: str) -> int:
        return self.log.read_text().count(text)

    def hears(self) -> bool:
        return self.said("connected to the broker") > 0 and self.said("site file applied") > 0

    def wait(self, claim: Callable[[], object], seconds: float = PATIENCE_S) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while not claim():
            assert time.monotonic() < deadline, f"waited in vain:\n{self.log.read_text()[-5000:]}"
            assert self.process.poll() is None, f"it ended:\n{self.log.read_text()[-5000:]}"
            time.sleep(0.05)

    def ended(self, seconds: float = PATIENCE_S) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def orphans(self) -> set[int]:
        """Processes ever seen as children that still run."""
        return {pid for pid, began in self.seen.items() if began and _began(pid) == began}

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _began(pid: int) -> str:
    """Return when a process began, in the system's own time; nothing if it is none any more, or a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state[0] == "Z" else state[19]


class Gateway:
    """Publishes readings with QoS 1 and waits for the broker's acknowledgement."""

    def __init__(self, port: int, device: str = "D1") -> None:
        self._device = device
        wait_until(lambda: accepts_connections(port), PATIENCE_S, "the broker")
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, temperatures: list[float], since: float) -> None:
        for i, temperature in enumerate(temperatures):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since + i))
            body = json.dumps({"device": self._device, "temp": temperature, "ts": stamp})
            message = self._client.publish("site/a/readings", body, qos=1)
        message.wait_for_publish(PATIENCE_S)
        assert message.is_published()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
