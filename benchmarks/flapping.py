"""What a message costs where readings flap around a limit, at first and after a long past, in one process.

    python -m benchmarks.flapping [--messages 20000] [--past 100000] [--every 60] [--share 0.2] [--postgres]

A plant of 100 rooms, each with two batches, is caught up on, as `benchmarks.step` does it. A share of the temperatures
is above the limit, at random. Microseconds of this process's CPU a message of two quantities: the first of them, and
those after a past of so many, each with how many exposures and excursions are on record by then. Beside it the same
with everything in range: what the messages themselves cost; and that where the silence of every room was told before.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from benchmarks.plant import Outage
from benchmarks.step import Drain
from domain.times import SECOND
from ledger.inputs import Batch
from ledger.writer import Writer
from store.database import Database, open_database
from store.migrate import migrate
from store.tables import excursions, exposures
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError


class Cost(NamedTuple):
    """Microseconds of CPU a message, and how many rows of exposures and excursions there are."""

    after: int
    cpu: float
    rows: int


def measure(url: str, outage: Outage, messages: int, *, told: bool = False) -> Iterator[Cost]:
    """Yield what the first messages and the last ones cost. `told`: it is known by then that nothing was heard."""
    database = open_database(url)
    migrate(database)
    outage.prepare(database)
    if told:
        writer = Writer(database)
        writer.start(outage.since)
        writer.step(Batch(), outage.until)
    drain = Drain(database, outage)
    for until, is_measured in ((messages, True), (outage.count - messages, False), (outage.count, True)):
        before, began = drain.acknowledged, time.process_time()
        while drain.acknowledged < until:
            drain.turn()
        spent, count = time.process_time() - began, drain.acknowledged - before
        if is_measured and count:  # small ones may all be taken in one step
            yield Cost(before, spent / max(count, 1) * 1e6, _rows(database))
    database.close()


def _rows(database: Database) -> int:
    with database.read() as connection:
        counts = (select(func.count()).select_from(table) for table in (exposures, excursions))
        return sum(connection.scalar(count) or 0 for count in counts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flapping")
    parser.add_argument("--messages", type=int, default=20_000, help="measured at the beginning and at the end")
    parser.add_argument("--past", type=int, default=100_000, help="messages before those at the end")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two messages of one of 100 devices")
    parser.add_argument("--share", type=float, default=0.2, help="of the temperatures that are above the limit")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args(arguments)
    count, now, every = given.past + given.messages, time.time_ns() // 1000, round(given.every * SECOND)
    print(f"{'':>12} {'after messages':>14} {'µs a message':>13} {'rows on record':>14}")
    for name, share in (("in range", 0.0), ("flapping", given.share), ("silent", 0.0)):
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
            url = f"sqlite:///{directory}/coldchain.db"
            if given.postgres:
                url = stack.enter_context(stack.enter_context(Postgres(directory)).fresh_database())
            outage = Outage(count, now, every, outside=share)
            for cost in measure(url, outage, given.messages, told=name == "silent"):
                print(f"{name:>12} {cost.after:>14,} {cost.cpu:>13.1f} {cost.rows:>14,}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
