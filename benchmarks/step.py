"""Where the time goes: the way of a message in one process and one thread, without a broker, stage by stage.

    python -m benchmarks.step [--messages 120000] [--every 1.0] [--postgres]

Microseconds a message of two quantities, by the clock and of this process's CPU; what the clock counts beyond the CPU
is the disk, the database server, and whatever else the machine does. The database is a new SQLite in the temporary
folder or a new PostgreSQL.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry

from benchmarks.plant import Outage
from benchmarks.session import publish
from coldchain.engine import POSTGRES_STEP_S, load_sources, spare_the_collector
from domain.times import SECOND
from ingest.buffer import Buffer, Chunk
from ingest.decoding import Decoder
from ingest.metrics import Metrics
from ingest.pace import MOST
from ingest.packets import Reader, Run
from ingest.pipeline import STEP_S, Pipeline
from ledger.readings.intake import Intake
from ledger.writer import Writer
from rules.engine import Engine
from store import journal, readings
from store.database import Database, open_database
from store.migrate import migrate
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError

MAX_PAYLOAD = 262_144
_PIECE = 1 << 16  # what one call of recv brings
STAGES = ("packets", "decode", "pipeline", "journal", "intake", "settle", "readings", "commit", "rest of the step")


class Cost(NamedTuple):
    """Seconds."""

    clock: float
    cpu: float


class Stopwatch:
    """Adds up what stages cost; a stage within another counts for itself alone."""

    def __init__(self) -> None:
        self._spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._running: list[str] = []
        self._since = (0.0, 0.0)

    def costs(self) -> dict[str, Cost]:
        """Return what each stage cost."""
        return {stage: Cost(*spent) for stage, spent in self._spent.items()}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time in here for a stage."""
        self._turn()
        self._running.append(name)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()

    def watch(self, owner: Any, function: str, name: str) -> Callable[[], None]:
        """Count a function for a stage from now on; return what undoes it."""
        original = getattr(owner, function)

        def watched(*args: Any, **named: Any) -> Any:
            with self.stage(name):
                return original(*args, **named)

        setattr(owner, function, watched)
        return lambda: setattr(owner, function, original)

    def _turn(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        if self._running:
            spent = self._spent[self._running[-1]]
            spent[0] += now[0] - self._since[0]
            spent[1] += now[1] - self._since[1]
        self._since = now


class Stream:
    """What the broker would send, as the pipeline's link; implements ingest.pipeline.Link."""

    def __init__(self, outage: Outage) -> None:
        self.buffer = Buffer()
        self.buffer.catching_up = True
        self.connected = True
        self.acknowledged = 0
        self._now = outage.until
        self._reader = Reader(MAX_PAYLOAD, version_5=False)
        numbered = enumerate(outage.waiting())
        self._rest = memoryview(b"".join(publish(i % 65535 + 1, *message) for i, message in numbered))

    def receive(self, count: int) -> None:
        """Put at least so many messages into the buffer, unless there are no more."""
        while len(self.buffer) < count and self._rest:
            piece, self._rest = bytes(self._rest[:_PIECE]), self._rest[_PIECE:]
            for run in self._reader.feed(piece, self._now):
                assert isinstance(run, Run)
                self.buffer.put(Chunk(1, True, run.messages, run.ids))

    def acknowledge(self, chunks: Iterable[Chunk]) -> None:
        """Count."""
        self.acknowledged += sum(len(chunk.ids) for chunk in chunks)

    def publish(self, topic: str, payload: bytes) -> None:
        """Nothing is published."""

    def listen_to(self, topics: Iterable[str]) -> None:
        """The stream is what it is."""


def _clock() -> int:
    return time.time_ns() // 1000


class Drain:
    """A writer that catches up on what waits, in this thread."""

    def __init__(self, database: Database, outage: Outage) -> None:
        self._stream = Stream(outage)
        writer = Writer(database)
        writer.start(outage.until)
        decoder = Decoder(load_sources(database))
        metrics = Metrics(CollectorRegistry())
        step_s = STEP_S if database.is_sqlite else POSTGRES_STEP_S
        self._pipeline = Pipeline(self._stream, writer, decoder, _clock, step_s=step_s, metrics=metrics)
        self.stopwatch = Stopwatch()
        spare_the_collector()

    @property
    def acknowledged(self) -> int:
        """How many messages have been taken."""
        return self._stream.acknowledged

    def turn(self) -> None:
        """Take as many messages as a step does."""
        with self.stopwatch.stage("packets"):
            self._stream.receive(MOST)
        with self.stopwatch.stage("pipeline"):
            self._pipeline.turn()


def measure(url: str, outage: Outage) -> dict[str, Cost]:
    """Return what each stage costs in all, in an empty database."""
    database = open_database(url)
    migrate(database)
    outage.prepare(database)
    drain = Drain(database, outage)
    with ExitStack() as watched:
        for owner, function, name in _inside(database):
            watched.callback(drain.stopwatch.watch(owner, function, name))
        while drain.acknowledged < outage.count:
            drain.turn()
    database.close()
    return drain.stopwatch.costs()


def _inside(database: Database) -> Sequence[tuple[Any, str, str]]:
    return (
        (Decoder, "decode", "decode"),
        (Writer, "step", "rest of the step"),
        (journal, "append", "journal"),
        (Intake, "take", "intake"),
        (Engine, "settle", "settle"),
        (readings, "insert", "readings"),
        (database._writer.dialect, "do_commit", "commit"),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step")
    parser.add_argument("--messages", type=int, default=120_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two messages of one of 100 devices")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args(arguments)
    outage = Outage(given.messages, time.time_ns() // 1000, round(given.every * SECOND))
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        url = f"sqlite:///{directory}/coldchain.db"
        if given.postgres:
            url = stack.enter_context(stack.enter_context(Postgres(directory)).fresh_database())
        _print(measure(url, outage), given.messages)


def _print(costs: dict[str, Cost], messages: int) -> None:
    print(f"{'µs a message':>18} {'clock':>6} {'CPU':>6}")
    whole = Cost(sum(cost.clock for cost in costs.values()), sum(cost.cpu for cost in costs.values()))
    for name, cost in [*((stage, costs[stage]) for stage in STAGES), ("all", whole)]:
        print(f"{name:>18} {cost.clock / messages * 1e6:>6.1f} {cost.cpu / messages * 1e6:>6.1f}")


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
