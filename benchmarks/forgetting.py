"""What a long history takes: memory and time of a start, of live readings, and of one that comes late.

    python -m benchmarks.forgetting [--sensors 100 1000] [--days 2 30 365]

A sensor in every room, received once a minute, and two batches in each; two limits and a cumulative rule; an hour too
warm a month. The history is on record as packed days, and judged. Each row is a process of its own with a SQLite in the
temporary folder; CPU seconds, and megabytes of that process more than before its start. Last a reading of half the
history ago.
"""

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert

from benchmarks.memory import _apply, _resident, entries
from domain.readings import Reading
from domain.times import DAY, HOUR, MINUTE
from ledger.engine_state import JUDGED
from ledger.inputs import Arrived, Batch
from ledger.writer import Writer
from store.chunk import Stored, encode, header_of
from store.database import Database, open_database
from store.migrate import migrate
from store.readings import COMPACTED
from store.series import SeriesIds, SeriesKey
from store.state import move_cursor
from store.tables import chunks

_STEPS = 30  # live ones, each with a reading of every sensor
_FIRST_DAY = 20_000  # since 1970


def _remember(database: Database, sensors: int, days: int) -> None:
    """Keep a day's readings of every sensor, as many days as there are: in range, but for an hour a month."""
    keys = [SeriesKey(f"S{i}", "", "temperature") for i in range(sensors)]
    with database.begin() as connection:
        numbers = SeriesIds(database).get(connection, keys)
        for day in range(_FIRST_DAY, _FIRST_DAY + days):
            minutes = range(day * DAY, (day + 1) * DAY, MINUTE)
            warm = 5_500_000 if day % 30 == 7 else 0
            values = ((at, 4_000_000 + at // MINUTE % 1009 + (warm if at % DAY < HOUR else 0)) for at in minutes)
            packed = [Stored(at, value, at, 0, 0) for at, value in values]
            chunk = {"day": day, **asdict(header_of(packed)), "payload": encode(packed)}
            connection.execute(insert(chunks), [{"series": number, **chunk} for number in numbers])
        move_cursor(connection, COMPACTED, (_FIRST_DAY + days) * DAY)
        move_cursor(connection, JUDGED, (_FIRST_DAY + days) * DAY)


def _received(sensors: int, at: int, value: int = 4_500_000) -> Batch:
    said = [Reading(f"S{i}", "", "temperature", value, at) for i in range(sensors)]
    return Batch([Arrived("t", b"{}", False, at, "t", [each]) for each in said])


def _prepare(url: str, sensors: int, days: int) -> None:
    """Put the site and its history on record, and judge it."""
    began, now = _FIRST_DAY * DAY, (_FIRST_DAY + days) * DAY
    database = open_database(url)
    migrate(database)
    _apply(database, Writer(database), list(entries(sensors, 2 * sensors, began)), began)
    _remember(database, sensors, days)
    logging.disable(logging.WARNING)  # everything is new to the record
    Writer(database).start(now)
    database.close()


def _measure(url: str, sensors: int, days: int) -> None:
    """Print one row of the table."""
    now = (_FIRST_DAY + days) * DAY
    database = open_database(url)
    before, used = _resident(), time.process_time()
    writer = Writer(database)
    writer.start(now)
    after_start = _resident()
    started, used = time.process_time() - used, time.process_time()
    for i in range(_STEPS):
        writer.step(_received(sensors, now + i * MINUTE), now + i * MINUTE)
    live, used = (time.process_time() - used) / _STEPS / sensors * 1e6, time.process_time()
    half = (_FIRST_DAY + days // 2) * DAY + 1
    late = Reading("S0", "", "temperature", 9_000_000, half)
    writer.step(Batch([Arrived("t", b"{}", False, now, "t", [late])]), now + _STEPS * MINUTE)
    reached = time.process_time() - used
    grown = [f"{(each - before) / 1e6:,.0f}" for each in (after_start, _resident())]
    took = f"{started:.2f} | {grown[0]} | {grown[1]} | {live:.0f} | {1000 * reached:.0f}"
    print(f"| {sensors:,} | {days} | {took} |", flush=True)
    database.close()


def _in_a_process(what: Callable[[str, int, int], None], *given: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=what, args=given)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{given}: the process ended with {process.exitcode}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forgetting")
    parser.add_argument("--sensors", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--days", type=int, nargs="+", default=[2, 30, 365])
    given = parser.parse_args(arguments)
    print("| sensors | days | start, CPU s | MB then | MB after | µs a live reading | ms a late one |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for sensors in given.sensors:
        for days in given.days:
            with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
                for what in (_prepare, _measure):
                    _in_a_process(what, f"sqlite:///{folder}/coldchain.db", sensors, days)


if __name__ == "__main__":
    main()
