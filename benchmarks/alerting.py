"""From a reading to the alarm: published over MQTT, received as a webhook, while 1,000 other messages a second come in.

    python -m benchmarks.alerting [--rate 1000] [--alarms 150] [--every 0.2] [SUBJECT …]

Rooms go out of range one after the other, each once, at random moments. The clock runs from the publish of that reading
to the webhook that names the room. Subjects, in turn on the same machine: coldchain on SQLite and on PostgreSQL behind
mosquitto, on SQLite behind the embedded broker, and Telegraf into InfluxDB 2 with a task every second that posts what
is too warm.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple, Self

from influxdb_client import TaskCreateRequest
from sqlalchemy import func, select

from benchmarks.cpu import seconds_used
from benchmarks.plant import DEVICES, TOPIC, message
from benchmarks.running import applied, running
from benchmarks.session import Publisher
from benchmarks.telegraf import Telegraf
from domain.times import MINUTE, format_instant
from store.database import Database, open_database
from store.tables import readings
from tests.servers.influx import Influx, Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError, free_port, wait_until

PATIENCE_S = 300.0
_SLOT_S = 0.01
_HOT = 9.6

_SITE = """
site: {{name: Plant}}
channels: [{{id: hook, kind: webhook, url: "{url}"}}]
sources: [{{topic: {topic}, format: json, mapping: {{device: device, temperature: temp, humidity: rh, measured_at: ts,
  epoch: ms}}}}]
sensors: [{sensors}]
locations: [{locations}]
mounts: [{mounts}]
products: [{{id: VAX, profile: cold}}]
batches: [{batches}]
placements: [{placements}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {{id: too-warm, kind: limit, quantity: temperature, above: 8.0, severity: critical, action: hold}}
      - {{id: too-cold, kind: limit, quantity: temperature, below: 2.0, for: 15min, action: hold}}
"""
_TASK = """
import "http"
import "json"
option task = {{name: "alarm", every: 1s}}
from(bucket: "{bucket}")
  |> range(start: -5s)
  |> filter(fn: (r) => r._measurement == "reading" and r._field == "temperature" and r._value > 8.0)
  |> map(fn: (r) => ({{r with status: http.post(url: "{url}", data: json.encode(v: {{place: r.device}}))}}))
"""


class Measured(NamedTuple):
    """How long each alarm took, and the CPU seconds used meanwhile by program."""

    seconds: Sequence[float]
    cpu_s: Mapping[str, float]
    lost: int


class Receiver:
    """A webhook's receiver that remembers when it heard of a place first."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at = time.perf_counter()
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                receiver.heard.setdefault(said["place"], at)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def load(port: int, rate: int) -> Iterator[None]:
    """Publish so many messages in range a second, evenly."""
    over = threading.Event()

    def publish() -> None:
        count, start = 0, time.perf_counter()
        with Publisher(port, "gateways") as publisher:
            while not over.wait(_SLOT_S):
                due = int((time.perf_counter() - start) * rate)
                now = time.time_ns() // 1000
                publisher.send([message(i, now) for i in range(count, due)])
                count = due

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def alarms(port: int, receiver: Receiver, count: int, every: float) -> tuple[Sequence[float], int]:
    """Let one place after the other go out of range; return how long each alarm took, and how many never came.

    The first is for warming up: it is not counted.
    """
    sent: dict[str, float] = {}
    chance = random.Random(1)
    with Publisher(port, "alarms") as publisher:
        for i in range(count + 1):
            place = _alarm(i)
            said = {"device": place, "temp": _HOT, "rh": 50.0, "ts": time.time_ns() // 1_000_000}
            payload = json.dumps(said, separators=(",", ":")).encode()
            sent[place] = time.perf_counter()
            publisher.send([(f"site/{place}/readings", payload)])
            time.sleep(every * chance.uniform(0.5, 1.5))  # in step with nobody
    deadline = time.monotonic() + 60
    while len(receiver.heard) <= count and time.monotonic() < deadline:
        time.sleep(0.05)
    del sent[_alarm(0)]
    heard = [receiver.heard[place] - at for place, at in sent.items() if place in receiver.heard]
    return heard, count - len(heard)


class Run(NamedTuple):
    """What is measured, and the servers to do it with."""

    directory: Path
    rate: int
    count: int
    every: float
    influxd: Influxd | None
    postgres: Postgres

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Yield a folder for one subject."""
        with tempfile.TemporaryDirectory(dir=self.directory) as folder:
            yield Path(folder)

    def measure(self, port: int, receiver: Receiver, **pids: int) -> Measured:
        """Publish and listen."""
        before = {name: seconds_used(pid) for name, pid in pids.items()}
        seconds, lost = alarms(port, receiver, self.count, self.every)
        return Measured(seconds, {name: seconds_used(pid) - before[name] for name, pid in pids.items()}, lost)


def sqlite(run: Run) -> Measured:
    """Measure coldchain on SQLite behind mosquitto."""
    with run.folder() as folder, run.folder() as place, Mosquitto(place) as broker:
        return _coldchain(run, folder, f"sqlite:///{folder}/coldchain.db", broker.port)


def postgres(run: Run) -> Measured:
    """Measure coldchain on PostgreSQL behind mosquitto."""
    with (
        run.folder() as folder,
        run.folder() as place,
        run.postgres.fresh_database() as url,
        Mosquitto(place) as broker,
    ):
        return _coldchain(run, folder, url, broker.port, postgres=run.postgres.pid)


def embedded(run: Run) -> Measured:
    """Measure coldchain on SQLite behind the broker that it brings."""
    port = free_port()
    command = [sys.executable, "-m", "coldchain.broker", "127.0.0.1", str(port), "1048576"]
    with run.folder() as folder, subprocess.Popen(command, stdin=subprocess.PIPE) as broker:
        try:
            wait_until(lambda: _listens(port), PATIENCE_S, "the embedded broker")
            return _coldchain(run, folder, f"sqlite:///{folder}/coldchain.db", port)
        finally:
            broker.kill()


def influx_task(run: Run) -> Measured:
    """Measure an InfluxDB task that looks every second at what Telegraf brings."""
    if run.influxd is None:
        raise MissingError("influxd is not built (make influxd)")
    with (
        run.folder() as place,
        run.folder() as folder,
        Mosquitto(place) as broker,
        run.influxd.fresh_bucket() as influx,
        Receiver() as receiver,
        Telegraf(folder, broker.port, influx) as telegraf,
        _task(influx, receiver.url),
        load(broker.port, run.rate),
    ):
        wait_until(lambda: _in_influx(influx) >= DEVICES, PATIENCE_S, "Telegraf")
        return run.measure(broker.port, receiver, telegraf=telegraf.pid, influxd=run.influxd.pid)


SUBJECTS: dict[str, Callable[[Run], Measured]] = {
    "sqlite": sqlite,
    "postgres": postgres,
    "embedded": embedded,
    "influx_task": influx_task,
}


def _coldchain(run: Run, folder: Path, url: str, port: int, **pids: int) -> Measured:
    settings = {"DATA_DIR": str(folder), "DATABASE_URL": url, "MQTT_URL": f"mqtt://127.0.0.1:{port}"}
    database = open_database(url)
    with (
        Receiver() as receiver,
        applied(database, plant(receiver.url, run.count)),
        running("ingest", settings) as ingest,
        running("work", settings) as work,
        load(port, run.rate),
    ):
        wait_until(lambda: _kept(database) > 2 * run.rate, PATIENCE_S, "the engine to hear")
        heard = run.measure(port, receiver, ingest=ingest, work=work, **pids)
    database.close()
    return heard


def plant(url: str, alarms: int) -> str:
    """Return the site file of a plant, with places that go out of range, and a webhook."""
    when = format_instant(time.time_ns() // 1000 - MINUTE)
    devices = [json.loads(message(i, 0)[1])["device"] for i in range(DEVICES)] + [_alarm(i) for i in range(alarms + 1)]
    places = {device: f"R{i}" if i < DEVICES else device for i, device in enumerate(devices)}
    lots = {device: f"L-{place}" for device, place in places.items()}
    return _SITE.format(
        url=url,
        topic=TOPIC,
        sensors=", ".join(f"{{id: '{device}'}}" for device in devices),
        locations=", ".join(f"{{id: {place}, profile: cold}}" for place in places.values()),
        mounts=", ".join(f"{{sensor: '{d}', location: {place}, from: {when}}}" for d, place in places.items()),
        batches=", ".join(f"{{product: VAX, lot: {lot}}}" for lot in lots.values()),
        placements=", ".join(
            f"{{product: VAX, lot: {lots[d]}, location: {place}, from: {when}}}" for d, place in places.items()
        ),
    )


def _alarm(i: int) -> str:
    return f"ALARM-{i}"


@contextmanager
def _task(influx: Influx, url: str) -> Iterator[None]:
    with influx.server.client() as client:
        org = client.organizations_api().find_organizations(org=influx.org)[0]
        request = TaskCreateRequest(flux=_TASK.format(bucket=influx.bucket, url=url), org_id=org.id, status="active")
        task = client.tasks_api().create_task(task_create_request=request)
        try:
            yield
        finally:
            client.tasks_api().delete_task(task.id)


def _in_influx(influx: Influx) -> int:
    query = f'from(bucket: "{influx.bucket}") |> range(start: -1h) |> group() |> count()'
    with influx.server.client() as client:
        return sum(record.get_value() for table in client.query_api().query(query) for record in table.records)


def _kept(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(readings)) or 0


def _listens(port: int) -> bool:
    try:
        with Publisher(port, "probe"):
            return True
    except OSError:
        return False


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each subject."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerting")
    parser.add_argument("--rate", type=int, default=1000, help="messages in range a second beside the alarms")
    parser.add_argument("--alarms", type=int, default=150)
    parser.add_argument("--every", type=float, default=0.2, help="seconds between two alarms, on average")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"default: {' '.join(SUBJECTS)}")
    given = parser.parse_args(arguments)
    print(
        f"{given.alarms} alarms, one every {given.every:g} s, among {given.rate:,} messages/s; seconds to the webhook"
    )
    print(f"{'':>12} {'p50':>7} {'p90':>7} {'p99':>7} {'most':>7} {'lost':>5}  CPU seconds")
    with ExitStack() as stack:
        # for PostgreSQL to reach, which runs as somebody else
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        directory.chmod(0o755)
        for name in ("influxd", "postgres"):
            (directory / name).mkdir()
        run = Run(
            directory,
            given.rate,
            given.alarms,
            given.every,
            stack.enter_context(Influxd(directory / "influxd")),
            stack.enter_context(Postgres(directory / "postgres")),
        )
        for name in given.subjects or SUBJECTS:
            print(_line(name, SUBJECTS[name](run)), flush=True)


def _line(name: str, heard: Measured) -> str:
    cuts = quantiles(heard.seconds, n=100, method="inclusive")
    numbers = (median(heard.seconds), cuts[89], cuts[98], max(heard.seconds))
    cpu = ", ".join(f"{program} {seconds:.1f}" for program, seconds in heard.cpu_s.items())
    return f"{name:>12} {' '.join(f'{number:>7.3f}' for number in numbers)} {heard.lost:>5}  {cpu}"


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
