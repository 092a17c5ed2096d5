"""A small database as a released version left it, for the migrations to be tried on.

    python -m tests.store.release_database [COMMIT]

runs the program of that commit (else of this tree) whole, on a small site: readings by import and by MQTT, a message
that cannot be read, holds of which one is released, alerts acknowledged, commented and shelved, corrections of the
past, movements of stock, an order, a count, serials, people's and the engine's audit trail. What it leaves is written
to tests/store/releases/schema-NNNN.sql.gz, NNNN being its schema; make one with each release. It asks the program by
command line and API only, so it works for every version. Not a test: takes half a minute, and needs git for a COMMIT.
"""

import contextlib
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.publish

from tests.servers.process import PATIENCE_S, ServerError, free_port, wait_until

ROOT = Path(__file__).parents[2]
RELEASES = Path(__file__).parent / "releases"
MOST_BYTES = 200_000

SITE = """
site: {name: Plant North, timezone: Europe/Berlin}
sources:
  - {topic: "site/+/readings", format: json, mapping: {device: device, temperature: temp, measured_at: ts}}
sensors:
  - {id: S1, device: D1, quantities: [temperature, humidity]}
  - {id: S2, device: D2, quantities: [temperature], offsets: {temperature: -0.2}}
locations:
  - {id: SITE-A, kind: site}
  - {id: ROOM-1, parent: SITE-A, kind: room, profile: room}
  - {id: ROOM-2, parent: SITE-A, kind: room, profile: room}
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
clients: [{id: acme, name: Acme Pharma}]
products: [{id: VAX, name: Vaccine X, gtin: "09506000134352", profile: vaccine}]
batches:
  - {product: VAX, lot: A1, client: acme, made_at: 2026-01-01T00:00:00Z, expires_on: 2027-06-30}
  - {product: VAX, lot: A2, client: acme, made_at: 2026-01-03T00:00:00Z, parents: [{product: VAX, lot: A1}]}
placements:
  - {product: VAX, lot: A1, unit: P1, location: ROOM-1, quantity: 100, from: 2026-01-01T00:00:00Z}
  - {product: VAX, lot: A1, unit: P2, location: ROOM-2, quantity: 50, from: 2026-01-01T00:00:00Z}
  - {product: VAX, lot: A2, location: ROOM-2, from: 2026-01-03T00:00:00Z}
quiet: [{location: ROOM-2, daily: "03:00", for: 45min, reason: defrost}]
profiles:
  - id: vaccine
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, quantity: temperature, above: 8.0, for: 30min, severity: critical, action: hold}
      - {id: in-all, kind: cumulative, quantity: temperature, above: 8.0, total: 2h, severity: critical, action: hold}
      - {id: too-cold, kind: limit, quantity: temperature, below: 2.0, for: 15min, deadband: 0.2, severity: warning}
  - id: room
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: warm-room, kind: limit, quantity: temperature, above: 8.0, for: 10min, off_delay: 20min}]
"""
# A unit was moved away before it became too warm, as somebody enters afterwards; and another was entered by mistake.
CORRECTED = SITE.replace(
    "unit: P2, location: ROOM-2, quantity: 50, from: 2026-01-01T00:00:00Z}",
    "unit: P2, location: ROOM-2, quantity: 50, from: 2026-01-01T00:00:00Z, to: 2026-01-02T12:00:00Z}\n"
    "  - {product: VAX, lot: A1, unit: P2, location: SITE-A, quantity: 50, from: 2026-01-02T12:00:00Z}",
)


def readings() -> str:
    """Four days of two sensors, a reading every half hour: each too warm for a while, the second to its end."""
    lines = ["sensor,measured_at,temperature,humidity"]
    for step in range(4 * 48):
        at = f"2026-01-0{1 + step // 48}T{step % 48 // 2:02}:{step % 2 * 30:02}:00Z"
        lines.append(f"S1,{at},{9.5 if 60 <= step < 66 else 1.5 if step == 20 else 5.1},{40 + step % 7}")
        lines.append(f"S2,{at},{8.9 if 90 <= step < 96 or step > 180 else 4.8},")
    return "\n".join(lines) + "\n"


class Program:
    """The program of a checkout, running in a directory of its own."""

    def __init__(self, checkout: Path, directory: Path) -> None:
        self.directory = directory
        self.http, self.mqtt = free_port(), free_port()
        self.database = directory / "c.db"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("COLDCHAIN_")} | {
            "PYTHONPATH": str(checkout),
            "LOGNAME": "planner",  # who commands are entered by
            "COLDCHAIN_DATABASE_URL": f"sqlite:///{self.database}",
            "COLDCHAIN_HTTP_ADDRESS": f"127.0.0.1:{self.http}",
            "COLDCHAIN_BROKER_ADDRESS": f"127.0.0.1:{self.mqtt}",
        }
        self.token = ""

    def command(self, *arguments: str) -> str:
        """Run a command of the program and return what it prints. Raises CalledProcessError if it fails."""
        line = [sys.executable, "-m", "coldchain", *arguments]
        done = subprocess.run(line, cwd=self.directory, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            done.check_returncode()
        return done.stdout

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run all of it, from when it answers until the end of the block."""
        (self.directory / "site.yaml").write_text(SITE)
        with (self.directory / "log.txt").open("wb") as log:
            line = [sys.executable, "-m", "coldchain", "run", "--site", "site.yaml"]
            process = subprocess.Popen(line, cwd=self.directory, env=self.environment, stdout=log, stderr=log)
        try:
            wait_until(
                lambda: b"site file applied" in (self.directory / "log.txt").read_bytes(), PATIENCE_S, "the program"
            )
            yield
        except (ServerError, httpx.HTTPError, subprocess.CalledProcessError):
            sys.stderr.write((self.directory / "log.txt").read_text())
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def asked(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Ask the API."""
        return httpx.request(
            method,
            f"http://127.0.0.1:{self.http}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the API for its answer. Raises HTTPStatusError for a refusal."""
        answer = self.asked(method, path, body)
        if answer.is_error:
            sys.stderr.write(answer.text)
        return answer.raise_for_status().json()

    def items(self, path: str) -> list[Any]:
        """Return a list of the API."""
        return list(self.ask("GET", path)["items"])

    def publish(self, payload: str) -> None:
        """Publish a message of the first device."""
        paho.mqtt.publish.single("site/D1/readings", payload, qos=1, hostname="127.0.0.1", port=self.mqtt)


def fill(program: Program) -> None:
    """Let it all happen."""
    (program.directory / "readings.csv").write_text(readings())
    (program.directory / "corrected.yaml").write_text(CORRECTED)
    program.token = program.command("token", "add", "quinn", "--role", "admin").split()[-1]
    program.command("import", "readings", "readings.csv")
    for minute in range(5):
        program.publish(json.dumps({"device": "D1", "temp": 5.0, "ts": f"2026-01-05T00:0{minute}:00Z"}))
    program.publish("no json")
    wait_until(lambda: len(program.items("/dead-letters")) == 1, PATIENCE_S, "the dead letter")
    wait_until(lambda: len(program.items("/holds")) >= 3, PATIENCE_S, "the holds")
    first, *_, last = [alert["id"] for alert in program.items("/alerts")]
    held = [hold["id"] for hold in program.items("/holds")]
    program.ask("POST", f"/alerts/{first}/acknowledge", {"comment": "looked at the door"})
    program.ask("POST", f"/alerts/{first}/comments", {"text": "door seal replaced"})
    program.ask("POST", f"/alerts/{last}/shelve", {"for": "30min", "reason": "unloading"})
    release(program, held[0])
    program.command("apply", "corrected.yaml")
    move_stock(program)


MOVEMENTS: list[dict[str, Any]] = [
    {"do": "receive", "unit": "PAL", "quantity": 60, "location": "ROOM-1", "from": "MAKER"},
    {"do": "split", "unit": "PAL", "into": [{"unit": "BOX", "quantity": 20}]},
    {"do": "move", "units": [{"product": "VAX", "lot": "M1", "unit": "BOX"}], "to": "ROOM-2"},
    {
        "do": "make",
        "inputs": [{"product": "VAX", "lot": "M1", "unit": "PAL", "quantity": 10}],
        "outputs": [{"product": "VAX", "lot": "M2", "unit": "KIT", "quantity": 10, "location": "ROOM-2"}],
    },
    {"do": "adjust", "unit": "PAL", "by": -1, "reason": "broken"},
    {"do": "status", "lot": "M2", "status": "released"},
]


def move_stock(program: Program) -> None:
    """Let stock move, late ones and a void too; versions before 0.4.0 know no movements."""
    if program.asked("GET", "/movements").status_code == httpx.codes.NOT_FOUND:
        return
    for party in ({"id": "MAKER", "kind": "supplier"}, {"id": "CITY", "kind": "customer", "min_remaining_days": 30}):
        program.ask("POST", "/parties", party)
    for lot in ("M1", "M2"):
        program.ask("POST", "/batches", {"product": "VAX", "lot": lot, "client": "acme", "expires_on": "2027-06-30"})
    for hour, movement in enumerate(MOVEMENTS):
        at = f"2026-01-03T{10 + hour}:00:00Z"
        named = {"id": f"M{hour}", "at": at, "reason": "as told", **movement}
        if movement["do"] not in ("move", "make"):
            named = {"product": "VAX", "lot": "M1", **named}
        program.ask("POST", "/movements", named)
    program.ask("POST", "/movements", {"id": "V1", "at": "2026-01-03T20:00:00Z", "do": "void", "movement": "M4"})
    program.ask("POST", "/batches/VAX/M1/serials", {"unit": "BOX", "serials": ["SN1", "SN2"]})
    line = {"product": "VAX", "quantity": 5}
    program.ask("POST", "/orders", {"id": "SO-1", "for": "CITY", "lines": [line]})
    program.ask("POST", "/orders/SO-1/reserve", {})
    program.ask("POST", "/count-sheets", {"location": "ROOM-2"})


def release(program: Program, hold: int) -> None:
    """Release a hold; since 0.3.0 with how much more is allowed, as no data have come since."""
    said = {"ids": [hold], "reason": "covered by stability data"}
    try:
        program.ask("POST", "/holds/release", said)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.CONFLICT:
            raise
        program.ask("POST", "/holds/release", said | {"allow": {"minutes": 60, "up_to": 25}})


def dump(database: Path) -> tuple[str, str]:
    """Return the revision of the schema, and the whole database as SQL."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        [[revision]] = connection.execute("SELECT version_num FROM alembic_version")
        return revision, "\n".join(connection.iterdump())


def load(file: Path, database: Path) -> None:
    """Make a database of what was dumped."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(gzip.decompress(file.read_bytes()).decode())


@contextlib.contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Check a commit out beside this tree, for a while."""
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        place = Path(folder) / "checkout"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run(
            [*git, "add", "--detach", place, commit], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", place], check=True)


def main(commit: str | None) -> None:
    """Make the database of a commit, or of this tree."""
    with (
        contextlib.nullcontext(ROOT) if commit is None else checked_out(commit) as checkout,
        tempfile.TemporaryDirectory(prefix="coldchain-") as folder,
    ):
        program = Program(checkout, Path(folder))
        with program.running():
            fill(program)
        revision, sql = dump(program.database)
    packed = gzip.compress(sql.encode(), mtime=0)
    assert len(packed) < MOST_BYTES, f"{len(packed)} bytes: too large to be kept beside the tests"
    RELEASES.mkdir(exist_ok=True)
    target = RELEASES / f"schema-{revision}.sql.gz"
    target.write_bytes(packed)
    sys.stdout.write(f"{target.relative_to(ROOT)}: {len(packed)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
