"""A year of minute readings of four sensors, asked about: the chart of a batch and its verdict, and sparklines.

    python -m benchmarks.history [--minutes N] [--embedded]

Seconds of a whole answer of the API in this process (JSON included), the best of five, beside a plain scan of the same
readings: all of them loaded as lists, and reduced or merely looked at one by one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from api.options import Options
from api.people.tokens import add_token
from benchmarks.year import BEGIN, MINUTES, SENSORS, SITE, write_readings
from domain.times import DAY, HOUR, MINUTE, instant_of
from ledger.histories import Histories
from ledger.inputs import Batch
from ledger.requests import Apply, Item, written
from ledger.writer import Writer
from sites.file import load
from sites.readings import read_parts
from store import journal
from store.compaction import sweep
from store.database import Database, open_database
from store.forward import forward
from store.history import History, grid
from store.influx import Influx
from store.migrate import migrate
from store.readings import insert, load_series
from store.series import SeriesIds, SeriesKey
from store.state import submit_request
from store.window import LocalHistory
from tests.servers.influx import Influxd
from tests.servers.process import MissingError

START = instant_of(BEGIN)
BUCKETS = 1500  # the width of a chart in pixels
PLACES = 200
FAULT = -(1 << 63)


def prepare(folder: Path, minutes: int) -> Database:
    """Return a database with the year, packed but for the last day."""
    database = open_database(f"sqlite:///{folder}/year.db")
    migrate(database)
    with database.begin() as connection:
        entries = [Item(entry.kind, entry.doc) for entry in load(SITE, "year.yaml")]
        submit_request(connection, "bench", written(Apply(entries=entries)), START)
    Writer(database).step(Batch(), START)
    with database.read() as connection:
        site = Histories.load(connection).whole
    write_readings(folder / "R.csv", minutes)
    ids = SeriesIds(database)
    for rows in read_parts(folder / "R.csv", site):
        with database.begin() as connection:
            number = journal.append(connection, "messages", START, [])
            sensors = [(site.sensors[sensor].device, "", quantity) for sensor, quantity in rows.series]
            used = {code: ids.get(connection, [sensors[code]])[0] for code in set(rows.codes)}
            kept = zip(rows.codes, rows.times, rows.values, strict=True)
            insert(connection, [(used[c], at, None if v == FAULT else v, at, 0) for c, at, v in kept], number)
    sweep(database, START + (minutes - 1440) * MINUTE)
    return database


def best_of_five(call: Callable[[], Any]) -> tuple[float, float]:
    """Return the least seconds of the wall and of the processor."""
    found = []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(found)[0], min(cpu for _, cpu in found)


def row(what: str, took: tuple[float, float], peer: float | None = None) -> None:
    """Print a line."""
    ratio = f"{peer / took[0]:6.1f} x" if peer else ""
    print(f"{what:52} {took[0]:7.3f} s {took[1]:7.3f} s cpu {ratio}", flush=True)


def scan(database: Database, until: int) -> None:
    """Load every reading and keep the extremes of each pixel."""
    cut = grid(START, until, BUCKETS)
    with database.read() as connection:
        for number in range(1, len(SENSORS) + 1):
            extremes: dict[int, tuple[int, int]] = {}
            for at, value in zip(*load_series(connection, number, START, until), strict=True):
                if value is not None:
                    low, high = extremes.get(bucket := cut.number(at), (value, value))
                    extremes[bucket] = min(low, value), max(high, value)


def measure(database: Database, history: History | None, until: int, peer: float, name: str) -> None:
    """Print how long the answers take."""
    app = create_app(database, Options(now=lambda: until), history=history)
    with database.begin() as connection:
        token = add_token(connection, f"bench {name}", "viewer", None, START)[1]
    headers = {"Authorization": f"Bearer {token}"}

    def get(path: str) -> Any:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
                return await client.get(f"/api/v1{path}")

        return asyncio.run(ask()).raise_for_status().json()

    chart = f"/batches/VAX/A1/history?buckets={BUCKETS}"
    found = get(chart)
    points = sum(len(line["points"]) for stretch in found["stretches"] for line in stretch["lines"])
    print(f"{name}: a chart of {points:,} points, {len(json.dumps(found)):,} bytes, with its gaps")
    row(f"{name}: chart of a batch, a year", best_of_five(lambda: get(chart)), peer)
    row(f"{name}: 365 columns, from headers", best_of_five(lambda: get("/batches/VAX/A1/history?buckets=400")), peer)
    row(f"{name}: verdict of the batch", best_of_five(lambda: get("/batches/VAX/A1/verdict")), peer)


def measure_sparks(folder: Path) -> None:
    """Print how long a day of many places takes, as the page Now draws it."""
    database = open_database(f"sqlite:///{folder}/now.db")
    migrate(database)
    keys = [SeriesKey(f"d{n}", "", "temperature") for n in range(PLACES)]
    with database.begin() as connection:
        numbers = SeriesIds(database).get(connection, keys)
        number = journal.append(connection, "messages", START, [])
        instants = range(START, START + DAY, MINUTE)
        rows = [(series, at, 5_000_000 + at % 977, at, 0) for series in numbers for at in instants]
        insert(connection, rows, number)
    local = LocalHistory(database)
    row(f"a day of {PLACES} places in 96 columns", best_of_five(lambda: local.window(keys, START, START + DAY, 96)))
    database.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history")
    parser.add_argument("--minutes", type=int, default=MINUTES)
    parser.add_argument("--embedded", action="store_true", help="leave InfluxDB out")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-")))
        database = prepare(folder, given.minutes)
        stack.callback(database.close)
        until = START + given.minutes * MINUTE + HOUR
        peer = best_of_five(lambda: scan(database, until))
        row("a plain scan into as many columns", peer)
        measure(database, None, until, peer[0], "embedded")
        if not given.embedded:
            (folder / "influxd").mkdir()
            bucket = stack.enter_context(stack.enter_context(Influxd(folder / "influxd")).fresh_bucket())
            influx = Influx(bucket.url, bucket.token, bucket.org, bucket.bucket)
            stack.callback(influx.close)
            while forward(database, influx, 100_000):
                pass
            measure(database, influx, until, peer[0], "InfluxDB")
        measure_sparks(folder)


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
