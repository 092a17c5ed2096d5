"""The drain: what waited at the broker, from the connection to the last acknowledgement.

    python -m benchmarks.ingest [--messages 120000] [--every 1.0] [--rounds 3] [SUBJECT …]

A real mosquitto with the shipped configuration holds QoS 1 messages of two quantities in a persistent session. Three
subjects drain as many in turn: Telegraf into InfluxDB (the peer that ratios are to), `coldchain ingest` on SQLite, and
on PostgreSQL with `coldchain work` forwarding to InfluxDB beside it. coldchain keeps its journal, judges four rules and
holds all the while. Afterwards every reading must be where it belongs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sqlalchemy import func, select

from benchmarks.cpu import seconds_used
from benchmarks.plant import DEVICES, TOPIC, Outage
from benchmarks.session import fill, leave
from benchmarks.tap import Tap
from benchmarks.telegraf import CLIENT, Telegraf
from domain.times import SECOND
from store.database import Database, open_database
from store.forward import CURSOR
from store.journal import head
from store.migrate import migrate
from store.state import installation_id, position
from store.tables import readings
from tests.servers.influx import Influx, Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError, wait_until

CONNECT_S, PATIENCE_S = 300.0, 300.0


class Drain(NamedTuple):
    """How a subject did."""

    seconds: float
    cpu_s: Mapping[str, float]  # used meanwhile, by program
    remark: str = ""


@dataclass(frozen=True)
class Stage:
    """What the subjects share: database servers, and how much waits for each."""

    directory: Path
    influxd: Influxd
    postgres: Postgres
    messages: int
    every: int

    def outage(self) -> Outage:
        """Return an outage that has just ended."""
        return Outage(self.messages, time.time_ns() // 1000, self.every)

    @contextmanager
    def waiting(self, outage: Outage, client_id: str) -> Iterator[Tap]:
        """Run a broker that keeps all messages for the client."""
        with tempfile.TemporaryDirectory(dir=self.directory) as directory, Mosquitto(Path(directory)) as broker:
            leave(broker.port, client_id, TOPIC)
            fill(broker.port, outage.waiting())
            with Tap(broker.port, outage.count) as tap:
                yield tap


def telegraf(stage: Stage) -> Drain:
    """Let Telegraf drain into InfluxDB."""
    outage = stage.outage()
    with (
        stage.waiting(outage, CLIENT) as tap,
        stage.influxd.fresh_bucket() as influx,
        tempfile.TemporaryDirectory(dir=stage.directory) as directory,
        Telegraf(Path(directory), tap.port, influx) as subject,
    ):
        drain = _timed(tap, telegraf=subject.pid, influxd=stage.influxd.pid)
        _expect(2 * outage.count, _in_influx(influx))
    return drain


def sqlite(stage: Stage) -> Drain:
    """Let coldchain drain into SQLite."""
    outage = stage.outage()
    with tempfile.TemporaryDirectory(dir=stage.directory) as directory:
        settings = {"DATA_DIR": directory, "DATABASE_URL": f"sqlite:///{directory}/coldchain.db"}
        database = _prepared(settings["DATABASE_URL"], outage)
        with stage.waiting(outage, _client_of(database)) as tap, _running("ingest", tap, settings) as subject:
            drain = _timed(tap, ingest=subject)
        _expect(2 * outage.count + 2 * DEVICES, _in_database(database))
        database.close()
    return drain


def postgres(stage: Stage) -> Drain:
    """Let coldchain drain into PostgreSQL and forward to InfluxDB meanwhile."""
    outage = stage.outage()
    with (
        tempfile.TemporaryDirectory(dir=stage.directory) as directory,
        stage.postgres.fresh_database() as url,
        stage.influxd.fresh_bucket() as influx,
    ):
        settings = {"DATA_DIR": directory, "DATABASE_URL": url, "INFLUX_URL": influx.url, "INFLUX_TOKEN": influx.token}
        settings |= {"INFLUX_ORG": influx.org, "INFLUX_BUCKET": influx.bucket}
        database = _prepared(url, outage)
        with stage.waiting(outage, _client_of(database)) as tap, _running("work", tap, settings) as forwarder:
            wait_until(lambda: _not_forwarded(database) == 0, PATIENCE_S, "the forwarder")
            with _running("ingest", tap, settings) as subject:
                drain = _timed(
                    tap, ingest=subject, postgres=stage.postgres.pid, work=forwarder, influxd=stage.influxd.pid
                )
                behind, since = _not_forwarded(database), time.perf_counter()
                wait_until(lambda: _not_forwarded(database) == 0, PATIENCE_S, "the forwarder")
                remark = f"{behind:,} readings to be forwarded then, done {time.perf_counter() - since:.1f} s later"
        _expect(2 * outage.count + 2 * DEVICES, _in_database(database))
        _expect(2 * outage.count + 2 * DEVICES, _in_influx(influx))
        database.close()
    return drain._replace(remark=remark)


SUBJECTS: dict[str, Callable[[Stage], Drain]] = {"telegraf": telegraf, "sqlite": sqlite, "postgres": postgres}


def _timed(tap: Tap, **pids: int) -> Drain:
    wait_until(tap.started.is_set, CONNECT_S, "the subject to connect")
    before = {name: seconds_used(pid) for name, pid in pids.items()}
    seconds = tap.wait(PATIENCE_S)
    return Drain(seconds, {name: seconds_used(pid) - before[name] for name, pid in pids.items()})


@contextmanager
def _running(command: str, tap: Tap, settings: Mapping[str, str]) -> Iterator[int]:
    """Run one of coldchain's commands; yield its process id."""
    named = {f"COLDCHAIN_{name}": value for name, value in settings.items()}
    environment = {**os.environ, **named, "COLDCHAIN_MQTT_URL": tap.url, "COLDCHAIN_LOG_LEVEL": "error"}
    process = subprocess.Popen([sys.executable, "-m", "coldchain", command], env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _prepared(url: str, outage: Outage) -> Database:
    database = open_database(url)
    migrate(database)
    outage.prepare(database)
    return database


def _client_of(database: Database) -> str:
    with database.read() as connection:
        return f"coldchain-{installation_id(connection)}"


def _in_database(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(readings)) or 0


def _not_forwarded(database: Database) -> int:
    with database.read() as connection:
        at = position(connection, CURSOR)
        if head(connection).id == at:
            return 0
        return connection.scalar(select(func.count()).where(readings.c.journal > at)) or 0


def _in_influx(influx: Influx) -> int:
    query = f'from(bucket: "{influx.bucket}") |> range(start: 0) |> group() |> count()'
    with influx.server.client() as client:
        tables = client.query_api().query(query)
    return sum(record.get_value() for table in tables for record in table.records)


def _expect(wanted: int, found: int) -> None:
    if wanted != found:
        raise RuntimeError(f"{found:,} readings are kept of {wanted:,}")


def measure(messages: int, every: int, rounds: int, names: Sequence[str]) -> Iterator[tuple[str, Drain]]:
    """Yield what each subject did, round by round. Raises MissingError for a server that is not on this machine."""
    with ExitStack() as stack:
        # for PostgreSQL to reach, which runs as somebody else
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        directory.chmod(0o755)
        places = [directory / name for name in ("influxd", "postgres")]
        for place in places:
            place.mkdir()
        influxd = stack.enter_context(Influxd(places[0]))
        stage = Stage(directory, influxd, stack.enter_context(Postgres(places[1])), messages, every)
        for _ in range(rounds):
            for name in names:
                yield name, SUBJECTS[name](stage)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each drain, then the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest")
    parser.add_argument("--messages", type=int, default=120_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two messages of one of 100 devices")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"default: {' '.join(SUBJECTS)}")
    given = parser.parse_args(arguments)
    drains: dict[str, list[Drain]] = {name: [] for name in given.subjects or SUBJECTS}
    print(f"{given.messages:,} messages of two quantities, one every {given.every:g} s from each of {DEVICES} devices")
    for name, drain in measure(given.messages, round(given.every * SECOND), given.rounds, list(drains)):
        drains[name].append(drain)
        print(f"{name:>9} {drain.seconds:>6.2f} s  {drain.remark}", flush=True)
    print(f"\n{'medians':>9} {'seconds':>8} {'messages/s':>11} {'ratio':>6}  CPU seconds")
    peer = median(drain.seconds for drain in drains["telegraf"]) if "telegraf" in drains else None
    for name, done in drains.items():
        seconds = median(drain.seconds for drain in done)
        ratio = f"{peer / seconds:.2f}" if peer else ""
        print(f"{name:>9} {seconds:>8.2f} {given.messages / seconds:>11,.0f} {ratio:>6}  {_cpu(done)}")


def _cpu(drains: Sequence[Drain]) -> str:
    return ", ".join(f"{name} {median(drain.cpu_s[name] for drain in drains):.1f}" for name in drains[0].cpu_s)


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
