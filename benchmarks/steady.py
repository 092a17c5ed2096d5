"""What a steady stream costs: the share of a core that ingest takes while so many messages a second come in, or none.

    python -m benchmarks.steady [--rates 0 100 1000] [--seconds 10] [SUBJECT …]

Messages of two quantities, in range, of 100 devices; 100 rooms with a batch each, journal and judgement on, every
commit on the disk. CPU is that of `coldchain ingest` and of the database server, so that other programs hardly matter;
a step is a transaction of messages. Subjects: SQLite and PostgreSQL.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.alerting import PATIENCE_S, load, plant
from benchmarks.cpu import seconds_used
from benchmarks.recording import SUBJECTS
from benchmarks.running import applied, running
from store.database import Database, open_database
from store.journal import head
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError, wait_until

_NOBODY = "http://127.0.0.1:9/"


class Cost(NamedTuple):
    """What a second costs, in seconds of CPU; how many steps it has."""

    ingest: float
    server: float
    steps: float


def measure(url: str, folder: Path, server: int | None, rates: Sequence[int], seconds: float) -> list[Cost]:
    """Measure each rate, one after the other, on one database; `server`: the process of its server."""
    database = open_database(url)
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        stack.enter_context(applied(database, plant(_NOBODY, 1)))
        settings = {"DATA_DIR": str(folder), "DATABASE_URL": url, "MQTT_URL": f"mqtt://127.0.0.1:{broker.port}"}
        before = _steps(database)
        with running("ingest", settings) as pid:
            with load(broker.port, 100):
                wait_until(lambda: _steps(database) > before + 5, PATIENCE_S, "the engine")
            costs = [_cost(database, broker.port, pid, server, rate, seconds) for rate in rates]
    database.close()
    return costs


def _cost(database: Database, port: int, pid: int, server: int | None, rate: int, seconds: float) -> Cost:
    with ExitStack() as stack:
        if rate:
            stack.enter_context(load(port, rate))
        time.sleep(1)
        since, steps, used = time.monotonic(), _steps(database), _used(pid, server)
        time.sleep(seconds)
        took, steps = time.monotonic() - since, _steps(database) - steps
        ingest, of_server = ((now - before) / took for now, before in zip(_used(pid, server), used, strict=True))
    return Cost(ingest, of_server, steps / took)


def _used(pid: int, server: int | None) -> tuple[float, float]:
    return seconds_used(pid), 0.0 if server is None else seconds_used(server)


def _steps(database: Database) -> int:
    with database.read() as connection:
        return head(connection).id


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each subject and rate."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steady")
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 100, 1000])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"default: {' '.join(SUBJECTS)}")
    given = parser.parse_args(arguments)
    print(f"{'':>9} {'messages/s':>10} {'steps/s':>8} {'ingest':>7} {'server':>7} {'load':>5}   % of a core")
    with ExitStack() as stack:
        # for PostgreSQL to reach, which runs as somebody else
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        directory.chmod(0o755)
        (directory / "postgres").mkdir()
        wanted = given.subjects or list(SUBJECTS)
        server = stack.enter_context(Postgres(directory / "postgres")) if "postgres" in wanted else None
        for name in wanted:
            pid = server.pid if server is not None and name == "postgres" else None
            with tempfile.TemporaryDirectory(dir=directory) as folder, SUBJECTS[name](Path(folder), server) as url:
                costs = measure(url, Path(folder), pid, given.rates, given.seconds)
            for rate, cost in zip(given.rates, costs, strict=True):
                print(_line(name, rate, cost), flush=True)


def _line(name: str, rate: int, cost: Cost) -> str:
    shares = f"{100 * cost.ingest:>7.1f} {100 * cost.server:>7.1f}"
    return f"{name:>9} {rate:>10,} {cost.steps:>8.1f} {shares} {os.getloadavg()[0]:>5.1f}"


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
