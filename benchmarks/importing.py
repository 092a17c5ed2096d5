"""A year of minute readings of four sensors, taken from a file: read, journalled, kept, judged; twice.

    python -m benchmarks.importing [--minutes N] [--embedded]

The command as people run it, seconds of the whole process, beside the least that keeps the rows at all (csv and bare
sqlite3, no journal, no judgement); then the steps of the writer one by one, in this process.
"""

import argparse
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.year import MINUTES, SITE, write_readings
from coldchain.commands.import_ import AT_ONCE
from ledger.histories import Histories
from ledger.inputs import Batch
from ledger.readings.packing import Spool
from ledger.requests import Apply, Import, Item, written
from ledger.writer import Writer
from sites.file import load
from sites.readings import read_parts
from store.database import Database, open_database
from store.migrate import migrate
from store.state import submit_request
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError


def command(data: Path, url: str | None, *arguments: str) -> float:
    """Run coldchain; return the seconds of its processor."""
    settings = {"COLDCHAIN_DATA_DIR": str(data), **({"COLDCHAIN_DATABASE_URL": url} if url else {})}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "coldchain", *arguments], check=True, stdout=sys.stderr, env={**os.environ, **settings}
    )
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bare(folder: Path, readings: Path) -> None:
    """Do the least that keeps the rows of a file durably and unique."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript("""
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE readings (sensor TEXT, measured_at INTEGER, value REAL, PRIMARY KEY (sensor, measured_at))
        WITHOUT ROWID;
    """)
    with readings.open() as file:
        rows = _plain(csv.reader(file))
        while some := list(islice(rows, AT_ONCE)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO readings VALUES (?, ?, ?)", some)
            connection.execute("COMMIT")
    connection.close()


def _plain(table: Iterator[list[str]]) -> Iterator[tuple[str, int, float | None]]:
    next(table)
    for sensor, at, value in table:
        yield sensor, int(datetime.fromisoformat(at).timestamp()), None if value == "fault" else float(value)


def measure_command(folder: Path, readings: Path, count: int, url: str | None, peer: float | None) -> None:
    """Print how fast the command is, the first time and again."""
    data = folder / f"data-{url is None}"
    site = folder / "site.yaml"
    site.write_text(SITE)
    command(data, url, "apply", str(site))
    for what in ("coldchain import readings", "the same again: nothing changes"):
        began = time.perf_counter()
        cpu = command(data, url, "import", "readings", str(readings))
        row(what, count, time.perf_counter() - began, cpu, peer)


def row(what: str, count: int, seconds: float, cpu: float, peer: float | None) -> float:
    """Print a line; return the rate."""
    ratio = f"{count / seconds / peer:5.2f}" if peer else " " * 5
    print(f"{what:42} {seconds:7.2f} s {count / seconds:>10,.0f}/s {ratio} {1e6 * cpu / count:6.2f} µs cpu", flush=True)
    return count / seconds


def measure_steps(database: Database, readings: Path) -> None:
    """Print how long the transactions are."""
    migrate(database)
    writer = Writer(database)
    with database.begin() as connection:
        entries = [Item(entry.kind, entry.doc) for entry in load(SITE, "year.yaml")]
        submit_request(connection, "bench", written(Apply(entries=entries)), _now())
    writer.step(Batch(), _now())
    with database.read() as connection:
        site = Histories.load(connection).site
    with Spool(AT_ONCE) as spool:
        for rows in read_parts(readings, site):
            spool.put(rows.series, rows.codes, rows.times, rows.values)
        taking = [_step(database, writer, request) for _, request in spool.requests()]
    judging = [_step(database, writer, Import())]
    while (waiting := writer.due_at) is not None and waiting <= _now():
        judging.append(_step(database, writer, Import()))
    for what, steps in ((f"steps of {AT_ONCE:,} readings", taking), ("steps that judge", judging)):
        steps.sort()
        p50, p99 = steps[len(steps) // 2], steps[min(len(steps) - 1, len(steps) * 99 // 100)]
        print(
            f"{what:42} {len(steps):5} p50 {1e3 * p50:6.1f} ms  p99 {1e3 * p99:6.1f} ms  max {1e3 * steps[-1]:6.1f} ms"
        )


def _step(database: Database, writer: Writer, request: Import) -> float:
    with database.begin() as connection:
        submit_request(connection, "bench", written(request), _now())
    began = time.perf_counter()
    writer.step(Batch(), _now())
    return time.perf_counter() - began


def _now() -> int:
    return time.time_ns() // 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing")
    parser.add_argument("--minutes", type=int, default=MINUTES)
    parser.add_argument("--embedded", action="store_true", help="leave PostgreSQL out")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        readings = folder / "R.csv"
        count = write_readings(readings, given.minutes)
        print(f"{count:,} readings of 4 sensors, {readings.stat().st_size:,} bytes")
        began, cpu = time.perf_counter(), time.process_time()
        bare(folder, readings)
        peer = row("csv and bare sqlite3", count, time.perf_counter() - began, time.process_time() - cpu, None)
        measure_command(folder, readings, count, None, peer)
        database = open_database(f"sqlite:///{folder}/steps.db")
        measure_steps(database, readings)
        database.close()
        print(f"largest process: {getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f} MB")
        if not given.embedded:
            url = stack.enter_context(stack.enter_context(Postgres(folder)).fresh_database())
            print("PostgreSQL")
            measure_command(folder, readings, count, url, peer)


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
