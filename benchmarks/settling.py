"""What a movement costs the one writer: asked for one by one, by many who wait for the same step, or many by one.

    python -m benchmarks.settling [--batches 100000] [--units 200000] [--steps 40]

In one process, without HTTP and broker, on SQLite; the batches are on record and all units in stock. Milliseconds are
those of the process's CPU, whatever else the machine does: the medians of the steps.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from typing import NamedTuple

from benchmarks.alerting import plant
from benchmarks.recording import Move, Moves, fill
from benchmarks.running import applied
from domain.times import SECOND, format_instant
from ledger.inputs import Batch
from ledger.requests import Record, written
from ledger.writer import Writer
from store import state
from store.database import Database, open_database

_NOBODY = "http://127.0.0.1:9/"


class Asked(NamedTuple):
    """So many requests that wait for each step, of so many movements."""

    requests: int
    movements: int


_WAYS = (Asked(1, 1), Asked(8, 1), Asked(32, 1), Asked(1, 10), Asked(1, 100))


def measure(database: Database, writer: Writer, moves: Iterator[Move], asked: Asked, now: int, steps: int) -> float:
    """Return the milliseconds of a step."""
    spent = []
    for number in range(steps):
        at = now + number * SECOND
        with database.begin() as connection:
            for _ in range(asked.requests):
                request = written(_request(list(islice(moves, asked.movements)), at))
                state.submit_request(connection, "bench", request, at)
        begun = time.process_time()
        if writer.step(Batch(), at).requests != asked.requests:
            raise RuntimeError("a step did not take all that waited")
        spent.append(1000 * (time.process_time() - begun))
    return median(spent)


def _request(moves: Sequence[Move], at: int) -> Record:
    texts = [("", json.dumps(_movement(move, format_instant(at)))) for move in moves]
    return Record(movements=texts, key=moves[0].key)


def _movement(move: Move, at: str) -> dict[str, object]:
    return {"do": "move", "at": at, "units": [{"product": "VAX", "lot": move.lot, "unit": move.unit}], "to": move.to}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each way of asking."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.settling")
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=200_000)
    parser.add_argument("--steps", type=int, default=40)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        with applied(database, plant(_NOBODY, 1)):
            now = time.time_ns() // 1000
            fill(database, given.batches, given.units, now)
        begun, writer = time.process_time(), Writer(database)
        writer.start(now)
        started = time.process_time() - begun
        print(f"{given.batches:,} batches, {given.units:,} units in stock; start {started:.1f} s of CPU")
        print(f"{'requests':>8} {'movements':>9} {'ms a step':>9} {'ms each':>8}   load {os.getloadavg()[0]:.1f}")
        moves = Moves(given.batches, given.units)
        for asked in _WAYS:
            now += 3600 * SECOND
            took = measure(database, writer, moves, asked, now, given.steps)
            each = took / asked.requests / asked.movements
            print(f"{asked.requests:>8} {asked.movements:>9} {took:>9.2f} {each:>8.2f}", flush=True)
        database.close()


if __name__ == "__main__":
    main()
