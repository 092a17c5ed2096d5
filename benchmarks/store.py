"""How fast readings are kept, loaded, compacted and asked, beside bare sqlite3 in the same run.

`python -m benchmarks.store [--readings N] [--series N] [--batch N] [--postgres URL]`
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.times import DAY, SECOND
from store import journal
from store.chunk import Stored, decode, decode_judged, encode
from store.compaction import sweep
from store.database import Database, open_database
from store.history import grid
from store.journal import Record
from store.migrate import migrate
from store.readings import insert, load_series
from store.series import SeriesIds
from store.window import window

T0 = 20_000 * DAY
Row = tuple[int, int, int, int, int]


class Table:
    """Prints rows as they come."""

    def row(self, what: str, count: int, took: tuple[float, float], peer: float | None = None) -> float:
        """Print a rate a second of the wall and of the processor, and how it compares; return the former."""
        wall, cpu = took
        ratio = f"{count / wall / peer:6.2f}" if peer else " " * 6
        print(f"{what:44} {count / wall:>12,.0f}/s {ratio} {1e6 * cpu / count:8.2f} µs cpu")
        return count / wall


@contextmanager
def timed() -> Iterator[list[float]]:
    """Time a block: wall and processor seconds of this process."""
    took: list[float] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield took
    took += [time.perf_counter() - wall, time.process_time() - cpu]


def best_of(times: int, call: Callable[[], object]) -> tuple[float, float]:
    """Return the quickest of several calls: on a busy machine the others tell of the neighbours."""
    found = []
    for _ in range(times):
        with timed() as took:
            call()
        found.append((took[0], took[1]))
    return min(found)


def readings_of(count: int, series: int) -> list[Row]:
    """Readings of a plant in order of arrival, one each 10 s and series."""
    chance = random.Random(1)
    rows = []
    for n in range(count):
        at = T0 + n // series * 10 * SECOND + chance.randrange(SECOND)
        rows.append((n % series + 1, at, 5_000_000 + chance.randrange(-50, 50) * 10_000, at + 50_000, 0))
    return rows


def batches(rows: list[Row], size: int) -> Iterator[list[Row]]:
    """Cut into micro-batches."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def bare(folder: Path, rows: list[Row], size: int) -> None:
    """Do the least that keeps rows durably and unique: no journal, no index to forward by."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        connection = sqlite3.connect(f"{place}/bare.db", isolation_level=None)
        connection.executescript("""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE readings (
              series INTEGER, measured_at INTEGER, value INTEGER, received_at INTEGER, flags INTEGER,
              PRIMARY KEY (series, measured_at)) WITHOUT ROWID;
        """)
        for batch in batches(rows, size):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?)", batch)
            connection.execute("COMMIT")
        connection.close()


def keep(database: Database, rows: list[Row], size: int, series: int, *, with_journal: bool) -> None:
    """Keep readings as the ledger does."""
    ids = SeriesIds(database)
    for number, batch in enumerate(batches(rows, size), 1):
        with database.begin() as connection:
            ids.get(connection, [(f"device {n}", "", "temperature") for n in range(series)])
            if with_journal:
                number = journal.append(connection, "messages", T0, [message(row) for row in batch[::2]])
            insert(connection, batch, number)


def message(row: Row) -> Record:
    """Return what two readings came in."""
    payload = b'{"device":"A4:C1:38:%06x","temp":%.2f,"rh":41.25,"ts":%d}' % (row[0], row[2] / 1e6, row[1])
    return Record(f"site/gw-{row[0] % 7}/readings", payload, False, row[3], '["site/+/readings"]')


def measure_keeping(
    open_fresh: Callable[[], Database], rows: list[Row], size: int, series: int, peer: float
) -> Database:
    """Print rates of keeping readings, alone, with the journal, and once more; return the database."""
    table = Table()
    alone = open_fresh()
    with timed() as took:
        keep(alone, rows, size, series, with_journal=False)
    table.row("kept: rows, by instant and journal row", len(rows), (took[0], took[1]), peer)
    alone.close()
    database = open_fresh()
    with timed() as took:
        keep(database, rows, size, series, with_journal=True)
    table.row("kept, with a journal of their messages", len(rows), (took[0], took[1]), peer)
    with timed() as took:
        keep(database, rows, size, series, with_journal=True)
    table.row("heard again after a crash", len(rows), (took[0], took[1]), peer)
    return database


def measure_reading(database: Database, days: int, count: int, series: int) -> None:
    """Print rates of reading rows, compacting them, and reading chunks."""
    table = Table()
    end = T0 + days * DAY

    def load_all() -> None:
        with database.read() as connection:
            for number in range(1, series + 1):
                load_series(connection, number, T0, end)

    def ask_all() -> None:
        with database.read() as connection:
            for number in range(1, series + 1):
                window(connection, number, grid(T0, end, 400), 400)

    table.row("loaded from rows", count, best_of(3, load_all))
    table.row("400 buckets from rows", count, best_of(3, ask_all))
    with timed() as took:
        sweep(database, end)
    table.row("compacted", count, (took[0], took[1]))
    table.row("loaded from chunks", count, best_of(3, load_all))
    table.row("400 buckets from chunks, opened", count, best_of(3, ask_all))


def measure_chunks() -> None:
    """Print what one chunk of a day costs."""
    table = Table()
    day = [Stored(at, value, received, n, 0) for n, (_, at, value, received, _) in enumerate(readings_of(8_640, 1))]
    payload = encode(day)
    table.row("a chunk of a day at 10 s packed", len(day), best_of(5, lambda: encode(day)))
    table.row("unpacked", len(day), best_of(5, lambda: decode(payload)))
    table.row("unpacked without its evidence", len(day), best_of(5, lambda: decode_judged(payload)))
    print(f"{len(payload) / len(day):.1f} bytes a reading, of {8 * 5} as plain numbers")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=400_000)
    parser.add_argument("--series", type=int, default=40)
    parser.add_argument("--batch", type=int, default=5_000, help="readings in a micro-batch, one transaction")
    parser.add_argument("--postgres", metavar="URL", help="an empty database, measured too")
    wanted = parser.parse_args()
    rows = readings_of(wanted.readings, wanted.series)
    days = wanted.readings // wanted.series * 10 * SECOND // DAY + 1
    print(f"{len(rows):,} readings of {wanted.series} series, {wanted.batch:,} a transaction; ratios to bare sqlite3")
    with tempfile.TemporaryDirectory() as folder:
        names = iter(("alone", "kept"))

        def open_fresh() -> Database:
            database = open_database(f"sqlite:///{folder}/{next(names)}.db")
            migrate(database)
            return database

        with timed() as took:
            bare(Path(folder), rows, wanted.batch)
        peer = Table().row("bare sqlite3: rows by instant only", len(rows), (took[0], took[1]))
        database = measure_keeping(open_fresh, rows, wanted.batch, wanted.series, peer)
        measure_reading(database, days, len(rows), wanted.series)
        database.close()
    if wanted.postgres:
        measure_postgres(wanted.postgres, rows, wanted.batch, wanted.series, days)
    measure_chunks()


def measure_postgres(url: str, rows: list[Row], size: int, series: int, days: int) -> None:
    """Print the same of PostgreSQL; processor time is this process's only."""
    print("PostgreSQL")
    database = open_database(url)
    migrate(database)
    with timed() as took:
        keep(database, rows, size, series, with_journal=True)
    Table().row("kept, with a journal of their messages", len(rows), (took[0], took[1]))
    measure_reading(database, days, len(rows), series)
    database.close()


if __name__ == "__main__":
    main()
