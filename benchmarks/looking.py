"""How long pages take with 100,000 batches on record: for the first who looks after a start, and for those after.

    python -m benchmarks.looking [--batches 100000] [--stock 10000] [PATH …]

One process without HTTP, SQLite; so many batches have a unit each in stock, the rest none any more. Seconds of the
process's CPU, whatever else the machine does: of a new application's first page, and the best of those that follow.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence

import httpx

from api.app import create_app
from api.options import Options
from api.people.register import add_account
from api.people.sessions import begin_session
from api.web.frame.session import COOKIE
from benchmarks.alerting import plant
from benchmarks.recording import fill
from benchmarks.running import applied
from coldchain.bootstrap import clock
from ledger.writer import Writer
from store.database import Database, open_database

_NOBODY = "http://127.0.0.1:9/"
_AGAIN = 3
PATHS = ("/", "/stock", "/stock?product=VAX", "/expiry", "/batches", "/batches/VAX/B7", "/search?q=B11", "/places/R7")


def prepare(database: Database, batches: int, stock: int) -> str:
    """Put all of it on record; return the cookie of somebody who looks."""
    with applied(database, plant(_NOBODY, 1)):
        fill(database, batches, stock, clock())
    Writer(database).start(clock())
    with database.begin() as connection:
        add_account(connection, "quinn", "Quinn", "qa", None, "benchmark", clock())
        return f"{COOKIE}={begin_session(connection, 'quinn', clock())}"


async def look(database: Database, cookie: str, path: str) -> list[float]:
    """Return the seconds of each look at a page by a new application, the first one first."""
    app = create_app(database, Options(now=clock))
    found = []
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers={"cookie": cookie}) as client:
        for _ in range(1 + _AGAIN):
            begun = time.process_time()
            answer = await client.get(path)
            found.append(time.process_time() - begun)
            if answer.status_code not in (200, 303):  # what is the only one that is found is shown at once
                raise RuntimeError(f"{path}: {answer.status_code}")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.looking")
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--stock", type=int, default=10_000)
    parser.add_argument("paths", nargs="*", metavar="PATH", default=PATHS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        cookie = prepare(database, given.batches, given.stock)
        print(f"{given.batches:,} batches, {given.stock:,} in stock, load {os.getloadavg()[0]:.1f}; seconds of CPU")
        for path in given.paths:
            first, *again = asyncio.run(look(database, cookie, path))
            print(f"{path:<24} first {first:>7.3f}   then {min(again):>7.3f}", flush=True)
        database.close()


if __name__ == "__main__":
    main()
