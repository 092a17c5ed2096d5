"""What a large site takes: memory and speed with 10,000 sensors and 100,000 batches, after 1,000,000 readings.

    python -m benchmarks.memory [--sensors 10000] [--batches 100000] [--readings 1000000]

One process with the engine and a new SQLite in the temporary folder. A sensor in every room, batches spread over the
rooms, two limits and a cumulative rule; every reading is in range, then one room is not.
"""

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from coldchain.engine import spare_the_collector
from domain.readings import Reading
from domain.times import MINUTE, format_instant
from ledger.inputs import Arrived, Batch
from ledger.requests import Apply, Item, written
from ledger.writer import Writer
from store import state
from store.database import Database, open_database
from store.migrate import migrate

_A_STEP = 5000  # readings
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RULES = [
    {"id": "too-warm", "kind": "limit", "quantity": "temperature", "above": "8.0", "action": "hold"},
    {"id": "too-cold", "kind": "limit", "quantity": "temperature", "below": "2.0", "for": "15min", "action": "hold"},
    {"id": "warm-total", "kind": "cumulative", "quantity": "temperature", "above": "8.0", "total": "12h"},
]


def entries(sensors: int, batches: int, since: int) -> Iterator[Item]:
    """Yield the site: a room for each sensor, in each as many batches."""
    when = format_instant(since)
    version = {"id": "cold", "version": "1", "effective_from": "2020-01-01T00:00:00Z", "rules": _RULES}
    yield Item("profile", version)
    yield Item("product", {"id": "VAX", "profile": "cold"})
    for i in range(sensors):
        yield Item("sensor", {"id": f"S{i}", "quantities": ["temperature"]})
        yield Item("location", {"id": f"R{i}", "profile": "cold"})
        yield Item("mount", {"sensor": f"S{i}", "location": f"R{i}", "from": when})
    for i in range(batches):
        yield Item("batch", {"product": "VAX", "lot": f"L{i}"})
        place = {"product": "VAX", "lot": f"L{i}", "location": f"R{i % sensors}", "from": when}
        yield Item("placement", place)


def messages_of(first: int, count: int, sensors: int, since: int) -> Batch:
    """Return one step's messages: each sensor once a minute."""
    messages = []
    for i in range(first, first + count):
        at = since + i // sensors * MINUTE + i % sensors
        said = Reading(f"S{i % sensors}", "", "temperature", 4_000_000 + i % 1009, at)
        messages.append(Arrived("t", b"{}", False, at, "t", [said]))
    return Batch(messages)


class Watch:
    """Prints a line for each thing done: what it took, and the memory of this process after it."""

    def __init__(self) -> None:
        print(f"{'':44} {'seconds':>8} {'MB':>7}")
        self._print("nothing yet", None)
        self._since = time.perf_counter()

    def start(self) -> None:
        """Begin to measure."""
        self._since = time.perf_counter()

    def done(self, what: str, count: int = 0) -> None:
        """End it; `count` things were done."""
        seconds = time.perf_counter() - self._since
        self._print(f"{what}{f', {count / seconds:,.0f}/s' if count else ''}", seconds)
        self._since = time.perf_counter()

    def _print(self, what: str, seconds: float | None) -> None:
        took = "" if seconds is None else f"{seconds:.3f}"
        print(f"{what:44} {took:>8} {_resident() / 1e6:>7.0f}", flush=True)


def measure(database: Database, sensors: int, batches: int, readings: int) -> None:
    """Print what everything took."""
    since = time.time_ns() // 1000 // MINUTE * MINUTE - (readings // sensors + 10) * MINUTE
    watch, writer = Watch(), Writer(database)
    _apply(database, writer, list(entries(sensors, batches, since)), since)
    watch.done(f"site: {sensors:,} sensors, {batches:,} batches")
    spare_the_collector()
    watch.start()
    for first in range(0, readings, _A_STEP):
        count = min(_A_STEP, readings - first)
        writer.step(messages_of(first, count, sensors, since), since + (first + count) // sensors * MINUTE + MINUTE)
    watch.done(f"{readings:,} readings", readings)
    now = since + (readings // sensors + 2) * MINUTE
    writer.step(messages_of(0, 0, sensors, since), now)
    watch.start()
    warm = Reading("S1", "", "temperature", 9_600_000, now)
    writer.step(Batch([Arrived("t", b"{}", False, now, "t", [warm])]), now)
    watch.done(f"one room too warm: {batches // sensors:,} batches on hold")
    writer.step(Batch([Arrived("t", b"{}", False, now + 1, "t", [warm._replace(measured_at=now + 1)])]), now + 1)
    watch.done("the next reading there")
    del writer
    gc.unfreeze()
    gc.collect()
    watch.start()
    anew = Writer(database)
    anew.start(now + 2)
    watch.done("another process takes over")
    watch.start()
    anew.step(messages_of(readings + sensors * 3, _A_STEP, sensors, since), now + 3 * MINUTE)
    watch.done(f"its first step of {_A_STEP:,} readings")
    size = sum(file.stat().st_size for file in database.path.parent.glob(f"{database.path.name}*"))
    print(f"the database: {size / 1e6:,.0f} MB")


def _apply(database: Database, writer: Writer, items: list[Item], now: int) -> None:
    with database.begin() as connection:
        number = state.submit_request(connection, "benchmark", written(Apply(entries=items)), now)
    writer.step(Batch(), now)
    with database.read() as connection:
        answered = state.find_request(connection, number)
    if answered.state != "done":
        raise RuntimeError(f"the site is {answered.state}: {answered.answer}")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--sensors", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--readings", type=int, default=1_000_000)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        migrate(database)
        measure(database, given.sensors, given.batches, given.readings)
        database.close()


if __name__ == "__main__":
    main()
