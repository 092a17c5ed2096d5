"""How many files and functions of the product one thing passes through: what a reader has to follow.

    python -m benchmarks.trail [--list]

A reading in range goes through the pipeline's step on a warmed engine; the page of a batch on hold is answered by the
app, warmed too. Counted are modules and functions of this repository that run, each once; comprehensions count with
the function around them. `--list` prints them all.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx

from api.app import create_app
from api.options import Options
from api.people.register import add_account
from api.people.sessions import begin_session
from api.web.frame.session import COOKIE
from benchmarks.plant import Outage
from benchmarks.session import publish
from benchmarks.step import MAX_PAYLOAD, Stream
from coldchain.engine import load_sources
from domain.times import MINUTE, parse_instant
from ingest.buffer import Chunk
from ingest.decoding import Decoder
from ingest.pace import MOST
from ingest.packets import Reader, Run
from ingest.pipeline import Pipeline
from ledger.writer import Writer
from store.database import Database, open_database
from store.migrate import migrate

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "rules", "forecast", "sites", "store", "ledger", "ingest", "notify", "api", "coldchain")
BEGAN = parse_instant("2026-11-20T08:00:00Z")
PAGE = "/batches/VAX/L0-0"
WARM_MINUTES = 90  # above the limit of 60: the batches of the room are on hold

Trail = set[tuple[str, str]]  # file, function


@contextmanager
def followed() -> Iterator[Trail]:
    """Note what runs of the product, in this thread and those that begin meanwhile."""
    found: Trail = set()
    roots = tuple(f"{ROOT / package}/" for package in PACKAGES)

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(roots) and code.co_filename.endswith(".py"):
            function = code.co_qualname.split(".<locals>.<")[0]
            if not function.startswith("<"):
                found.add((str(Path(code.co_filename).relative_to(ROOT)), function))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # None is how it is undone


class Plant:
    """A plant of 100 rooms whose waiting messages have been taken; further ones come one by one."""

    def __init__(self, database: Database) -> None:
        outage = Outage(2000, BEGAN)
        outage.prepare(database)
        self.now = BEGAN
        self._stream = Stream(outage)
        self._sent = 0
        writer = Writer(database)
        writer.start(self.now)
        self._pipeline = Pipeline(self._stream, writer, Decoder(load_sources(database)), lambda: self.now)
        self._run_until(outage.count)

    def send(self, celsius: float) -> None:
        """Let the device of the first room say a temperature, a minute after the last; returns when committed."""
        self.now += MINUTE
        said = {"device": "A4:C1:38:8D:18:00", "temp": celsius, "rh": 45.0, "ts": self.now // 1000}
        self._sent += 1
        packet = publish(self._sent, "site/0/readings", json.dumps(said).encode())
        for run in Reader(MAX_PAYLOAD, version_5=False).feed(packet, self.now):
            assert isinstance(run, Run)
            self._stream.buffer.catching_up = False
            self._stream.buffer.put(Chunk(1, False, run.messages, run.ids))
        self._run_until(self._stream.acknowledged + 1)

    def _run_until(self, acknowledged: int) -> None:
        while self._stream.acknowledged < acknowledged:
            self._stream.receive(MOST)
            self._pipeline.turn()


def of_a_reading(plant: Plant) -> Trail:
    """Return what a reading in range passes through."""
    plant.send(5.0)
    plant.send(5.1)
    with followed() as trail:
        plant.send(5.2)
    return trail


def of_a_page(plant: Plant, database: Database) -> Trail:
    """Return what the page of a batch on hold passes through."""
    for _ in range(WARM_MINUTES):
        plant.send(9.6)
    with database.begin() as connection:
        add_account(connection, "quinn", "Quinn", "qa", None, "benchmark", plant.now)
        secret = begin_session(connection, "quinn", plant.now)
    transport = httpx.ASGITransport(create_app(database, Options(now=lambda: plant.now)))
    for _ in range(2):
        asyncio.run(_get(transport, secret))
    with followed() as trail:
        asyncio.run(_get(transport, secret))
    return trail


async def _get(transport: httpx.ASGITransport, secret: str) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={COOKIE: secret}) as client:
        answer = await client.get(PAGE)
    if answer.status_code != 200 or "too-warm" not in answer.text:
        raise RuntimeError(f"{PAGE}: {answer.status_code} {answer.text[:500]}")


def _print(name: str, trail: Trail, *, listed: bool) -> None:
    files = sorted({file for file, _ in trail})
    print(f"{name:<30} {len(files):>4} files {len(trail):>5} functions")
    for file in files if listed else ():
        print(f"    {file}: {', '.join(sorted(function for of, function in trail if of == file))}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trail")
    parser.add_argument("--list", action="store_true", help="name the files and functions")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        migrate(database)
        plant = Plant(database)
        trails: dict[str, Callable[[], Trail]] = {
            "a reading in range": lambda: of_a_reading(plant),
            "the page of a batch on hold": lambda: of_a_page(plant, database),
        }
        for name, follow in trails.items():
            _print(name, follow(), listed=given.list)
        database.close()


if __name__ == "__main__":
    main()
