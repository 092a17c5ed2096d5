"""Movements recorded over HTTP while 1,000 messages a second come in and alarms are raised.

    python -m benchmarks.recording [--batches 100000] [--units 200000] [--clients 8] [--together 1] [--alarms 100]
                                   [SUBJECT …]

The batches are on record and all units in stock. Each client has a connection that stays open, and moves one unit
after the other, `--together` movements a request; the rate is that of movements answered while alarms come. The clock
of an alarm is that of `benchmarks.alerting`: from the publish of the reading to the webhook. Subjects: SQLite and
PostgreSQL, whose CPU is listed too. The broker, the clients, the receiver and coldchain share the machine.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from sqlalchemy import insert

from api.people.tokens import add_token
from benchmarks.alerting import PATIENCE_S, Receiver, alarms, load, plant
from benchmarks.cpu import seconds_used
from benchmarks.running import applied, running
from domain.times import HOUR, format_instant
from sites.file import load as load_site
from store import lots
from store.database import Database, open_database
from store.stock import tables
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError, free_port, wait_until

_ROOMS = 100
_AT_ONCE = 5000
_QUANTITY = 10_000_000


def fill(database: Database, batches: int, units: int, now: int) -> None:
    """Put batches on record, and units that were received an hour ago, the same number of each."""
    at = now - HOUR
    text = "products: [{id: VAX}]\nbatches: [{product: VAX, lot: X, expires_on: 2030-01-31}]"
    (entry,) = (each for each in load_site(text, "batch.yaml") if each.kind == "batch")
    for some in _parts(0, batches):
        docs = [(f'["VAX","B{n}"]', {**entry.doc, "lot": f"B{n}"}) for n in some]
        entries = [lots.StoredEntry("batch", key, doc, "person", "bench", at) for key, doc in docs]
        with database.begin() as connection:
            lots.put(connection, "batch", entries)
    for some in _parts(1, units + 1):
        named = [(n, f"B{n % batches}", str(n // batches)) for n in some]
        known = {"at": at, "known_at": at, "superseded_at": None}
        place = {"product": "VAX", "quantity": _QUANTITY, "state": "in_stock"}
        with database.begin() as connection:
            for table, rows in (
                (tables.units, [{"product": "VAX", "lot": lot, "unit": unit} for _, lot, unit in named]),
                (tables.movements, [_received(*each, at) for each in named]),
                (tables.movement_units, [{"unit": n, "at": at, "number": n} for n in some]),
                (tables.unit_states, [{**known, **place, "unit": n, "number": n, "location": _room(n)} for n in some]),
                (tables.flows, [{**known, **_CAME, "unit": n, "number": n} for n in some]),
            ):
                connection.execute(insert(table), rows)


def _parts(first: int, end: int) -> Iterator[range]:
    return (range(start, min(start + _AT_ONCE, end)) for start in range(first, end, _AT_ONCE))


_CAME = {"kind": "received", "quantity": _QUANTITY}


def _received(number: int, lot: str, unit: str, at: int) -> dict[str, object]:
    said = {"id": f"R{number}", "at": format_instant(at), "do": "receive", "product": "VAX", "lot": lot, "unit": unit}
    text = json.dumps({**said, "quantity": 10, "location": _room(number)})
    row = {"number": number, "id": f"R{number}", "at": at, "do": "receive", "given": text, "recorded": text}
    return {**row, "who": "bench", "recorded_at": at}


def _room(number: int) -> str:
    return f"R{number % _ROOMS}"


class Move(NamedTuple):
    """One unit goes somewhere."""

    key: str
    lot: str
    unit: str
    to: str


class Moves:
    """One unit after the other, each somewhere else each time; many threads draw from it."""

    def __init__(self, batches: int, units: int) -> None:
        self._batches = batches
        self._units = units
        self._numbers = count()

    def __iter__(self) -> "Moves":
        return self

    def __next__(self) -> Move:
        number = next(self._numbers)
        unit = 1 + number % self._units
        to = _room(unit + 1 + number // self._units)
        return Move(f"move-{number}", f"B{unit % self._batches}", str(unit // self._batches), to)


@dataclass
class Client(threading.Thread):
    """Moves units, one after the other, until it is over."""

    port: int
    token: str
    moves: Iterator["Move"]
    over: threading.Event
    together: int = 1  # movements in a request
    seconds: list[float] = field(default_factory=list)  # that each answer took

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Do so."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            while not self.over.is_set():
                began = time.perf_counter()
                self._move(connection, list(islice(self.moves, self.together)))
                self.seconds.append(time.perf_counter() - began)

    def _move(self, connection: http.client.HTTPConnection, moves: Sequence[Move]) -> None:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        at = format_instant(time.time_ns() // 1000)
        said = [
            {"do": "move", "at": at, "units": [{"product": "VAX", "lot": each.lot, "unit": each.unit}], "to": each.to}
            for each in moves
        ]
        body, key = json.dumps(said if len(said) > 1 else said[0]), moves[0].key
        connection.request("POST", "/api/v1/movements", body, {**headers, "idempotency-key": key})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status}: {text[:300]!r}")


class Measured(NamedTuple):
    """What came of it."""

    rate: float  # movements a second
    answers: Sequence[float]
    alarms: Sequence[float]
    lost: int
    cpu_s: dict[str, float]  # by program
    started: float  # seconds until the engine heard


def measure(url: str, given: argparse.Namespace, folder: Path, server: int | None = None) -> Measured:
    """Measure on one database; `server`: the process of its server."""
    database = open_database(url)
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        receiver = stack.enter_context(Receiver())
        stack.enter_context(applied(database, plant(receiver.url, given.alarms)))
        fill(database, given.batches, given.units, time.time_ns() // 1000)
        with database.begin() as connection:
            token = add_token(connection, "bench", "warehouse", None, time.time_ns() // 1000)[1]
        port = free_port()
        settings = {"DATA_DIR": str(folder), "DATABASE_URL": url, "MQTT_URL": f"mqtt://127.0.0.1:{broker.port}"}
        settings |= {"HTTP_ADDRESS": f"127.0.0.1:{port}"}
        began = time.perf_counter()
        pids = {name: stack.enter_context(running(name, settings)) for name in ("ingest", "work", "serve")}
        over = threading.Event()
        moves = Moves(given.batches, given.units)
        pids |= {} if server is None else {"postgres": server}
        clients = [Client(port, token, moves, over, given.together) for _ in range(given.clients)]
        wait_until(lambda: _is_moved(port, token, moves), PATIENCE_S, "the engine and the API")
        started = time.perf_counter() - began
        stack.enter_context(load(broker.port, given.rate))
        time.sleep(2)
        for client in clients:
            client.start()
        stack.callback(over.set)
        before = {name: seconds_used(pid) for name, pid in pids.items()}
        first, since = sum(len(each.seconds) for each in clients), time.perf_counter()
        heard, lost = alarms(broker.port, receiver, given.alarms, given.every)
        done, took = sum(len(each.seconds) for each in clients) - first, time.perf_counter() - since
        cpu = {name: seconds_used(pid) - before[name] for name, pid in pids.items()}
        over.set()
        for client in clients:
            client.join(60)
    database.close()
    return Measured(
        given.together * done / took, [each for client in clients for each in client.seconds], heard, lost, cpu, started
    )


def _is_moved(port: int, token: str, moves: Iterator[Move]) -> bool:
    """Tell whether one unit could be moved: then all that is needed runs."""
    over = threading.Event()
    client = Client(port, token, iter([next(moves)]), over)
    try:
        client.run()
    except IndexError:  # there is no second one
        return True
    except (OSError, RuntimeError, http.client.HTTPException):
        time.sleep(0.5)
        return False
    return True


@contextmanager
def _sqlite(directory: Path, _: Postgres | None) -> Iterator[str]:
    yield f"sqlite:///{directory}/coldchain.db"


@contextmanager
def _postgres(_: Path, server: Postgres | None) -> Iterator[str]:
    if server is None:
        raise MissingError("PostgreSQL is not installed")
    with server.fresh_database() as url:
        yield url


_HEADS = (
    ("moves/s", 8), ("p50", 6), ("p99", 6), ("alarm p50", 10), ("p99", 6), ("lost", 5), ("start", 6), ("load", 5)
)  # fmt: skip
SUBJECTS = {"sqlite": _sqlite, "postgres": _postgres}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each subject."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording")
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--together", type=int, default=1, help="movements in a request")
    parser.add_argument("--rate", type=int, default=1000, help="messages in range a second")
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--every", type=float, default=0.2, help="seconds between two alarms, on average")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"default: {' '.join(SUBJECTS)}")
    given = parser.parse_args(arguments)
    stock = f"{given.batches:,} batches, {given.units:,} units"
    print(f"{stock}, {given.clients} clients, {given.together} in a request, {given.rate:,} messages/s; seconds")
    print(" " * 9, *(f"{head:>{width}}" for head, width in _HEADS))
    with ExitStack() as stack:
        # for PostgreSQL to reach, which runs as somebody else
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        directory.chmod(0o755)
        (directory / "postgres").mkdir()
        wanted = given.subjects or list(SUBJECTS)
        server = stack.enter_context(Postgres(directory / "postgres")) if "postgres" in wanted else None
        for name in wanted:
            with tempfile.TemporaryDirectory(dir=directory) as folder, SUBJECTS[name](Path(folder), server) as url:
                pid = server.pid if server is not None and name == "postgres" else None
                print(_line(name, measure(url, given, Path(folder), pid)), flush=True)


def _line(name: str, it: Measured) -> str:
    answers, heard = (quantiles(each, n=100, method="inclusive") for each in (it.answers, it.alarms))
    cpu = ", ".join(f"{program} {seconds:.1f}" for program, seconds in it.cpu_s.items())
    told = f"{answers[49]:>6.2f} {answers[98]:>6.2f} {heard[49]:>10.3f} {heard[98]:>6.3f} {it.lost:>5}"
    return f"{name:>9} {it.rate:>8.1f} {told} {it.started:>6.1f} {os.getloadavg()[0]:>5.1f}  CPU seconds: {cpu}"


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
