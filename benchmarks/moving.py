"""What a step that moves one unit costs with few and with many batches.

    python -m benchmarks.moving [--batches 1000 100000] [--moves 200]

No broker, a new SQLite for each number of batches, in 100 rooms with a sensor each; one batch in ten is in stock. Timed
are applying the batches, starting with them in another process, and each move there; the median of the moves counts.
Seconds are those of the process's CPU, whatever else the machine does, and the ratio is that of one run; memory is what
the process has at most that starts.
"""

import argparse
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from coldchain.__main__ import COLLECTED_AFTER
from domain.times import HOUR, MINUTE, format_instant, parse_instant
from ledger.inputs import Batch
from ledger.requests import Apply, Correct, Item, Request, written
from ledger.writer import Writer
from sites.file import load
from store import state
from store.database import Database, open_database
from store.migrate import migrate

ROOMS = 100
START = parse_instant("2026-01-01T00:00:00Z")
_SITE = """
site: {{name: Plant}}
sensors: [{sensors}]
locations: [{locations}]
mounts: [{mounts}]
products: [{{id: VAX, profile: cold}}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{{id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}}]
"""


class Measured(NamedTuple):
    """Seconds of CPU, and megabytes."""

    applied: float
    started: float
    move: float
    most_mb: float


def site() -> list[Item]:
    """Return the configuration."""
    rooms = range(ROOMS)
    begin = format_instant(START)
    text = _SITE.format(
        sensors=", ".join(f"{{id: S{n}, device: d{n}}}" for n in rooms),
        locations=", ".join(f"{{id: R{n}}}" for n in rooms),
        mounts=", ".join(f'{{sensor: S{n}, location: R{n}, from: "{begin}"}}' for n in rooms),
    )
    return [Item(entry.kind, entry.doc) for entry in load(text, "plant.yaml")]


def stock(batches: int) -> Iterator[Item]:
    """Yield batches and where they are: one in ten is in stock, the rest left."""
    for n in range(batches):
        lot = {"product": "VAX", "lot": f"L{n}"}
        yield Item("batch", lot)
        ends = None if n % 10 == 0 else format_instant(START + HOUR)
        yield Item("placement", {**lot, "location": f"R{n % ROOMS}", "from": format_instant(START), "to": ends})


def ask(database: Database, writer: Writer, request: Request, now: int) -> float:
    """Do as who asks and the writer do; return the seconds of the writer."""
    with database.begin() as connection:
        number = state.submit_request(connection, "bench", written(request), now)
    begun = time.process_time()
    writer.step(Batch(), now)
    spent = time.process_time() - begun
    with database.read() as connection:
        if state.find_request(connection, number).state != "done":
            raise RuntimeError(f"request {number} was refused")
    return spent


def apply(database: Database, batches: int) -> float:
    """Apply so many batches to an empty database; return the seconds until it is answered.

    What would be judged in the background is judged by another start, at once.
    """
    migrate(database)
    writer, now = Writer(database), START + 2 * HOUR
    ask(database, writer, Apply(entries=site()), START)
    applied = ask(database, writer, Apply(entries=list(stock(batches))), now)
    Writer(database).start(now)
    return applied


def move(database: Database, moves: int) -> tuple[float, float, float]:
    """Start with what is there, and move batches; return the seconds of both, and megabytes."""
    begun = time.process_time()
    writer = Writer(database)
    writer.start(START + 3 * HOUR)
    started = time.process_time() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = [ask(database, writer, _move(n), START + 3 * HOUR + n * MINUTE) for n in range(moves)]
    return started, statistics.median(spent), most


def measure(batches: int, moves: int) -> Measured:
    """Measure with so many batches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coldchain.db"
        [applied] = _elsewhere(["--apply", str(path), "--batches", str(batches)])
        return Measured(applied, *_elsewhere(["--move", str(path), "--moves", str(moves)]))


def _elsewhere(words: list[str]) -> list[float]:
    """Return what a process of its own says that it took."""
    said = subprocess.run([sys.executable, "-m", "benchmarks.moving", *words], capture_output=True, check=True)
    return [float(each) for each in said.stdout.split()]


def _move(n: int) -> Correct:
    """Return what ends the stay of a batch in stock and begins another."""
    lot, room, at = {"product": "VAX", "lot": f"L{10 * n}"}, 10 * n % ROOMS, format_instant(START + 2 * HOUR)
    ended = {**lot, "location": f"R{room}", "from": format_instant(START), "to": at}
    begun = {**lot, "location": f"R{(room + 1) % ROOMS}", "from": at}
    return Correct(put=[Item("placement", ended), Item("placement", begun)])


def main() -> None:
    """Measure each number of batches in a process of its own and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--moves", type=int, default=100)
    parser.add_argument("--apply", help=argparse.SUPPRESS)
    parser.add_argument("--move", help=argparse.SUPPRESS)
    given = parser.parse_args()
    gc.set_threshold(*COLLECTED_AFTER)  # as every command does
    if path := given.apply or given.move:
        database = open_database(f"sqlite:///{path}")
        print(*((apply(database, given.batches[0]),) if given.apply else move(database, given.moves)))
        database.close()
        return
    print(f"{'batches':>8} {'apply s':>8} {'start s':>8} {'move ms':>8} {'ratio':>6} {'MB':>6}")
    first = 0.0
    for batches in given.batches:
        it = measure(batches, given.moves)
        first = first or it.move
        cells = f"{it.applied:>8.2f} {it.started:>8.2f} {1000 * it.move:>8.2f} {it.move / first:>6.2f}"
        print(f"{batches:>8,} {cells} {it.most_mb:>6.0f}", flush=True)


if __name__ == "__main__":
    main()
