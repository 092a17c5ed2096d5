"""What benchmarks of the whole program share: a site in a database, and coldchain's commands as processes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ledger.inputs import Batch
from ledger.requests import Apply, Item, written
from ledger.writer import Writer
from sites.file import load
from store import state
from store.database import Database
from store.migrate import migrate


@contextmanager
def running(command: str, settings: Mapping[str, str]) -> Iterator[int]:
    """Run one of coldchain's commands; yield its process id."""
    named = {f"COLDCHAIN_{name}": value for name, value in settings.items()}
    environment = {**os.environ, "COLDCHAIN_LOG_LEVEL": "error", **named}
    process = subprocess.Popen([sys.executable, "-m", "coldchain", *command.split()], env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def applied(database: Database, site: str) -> Iterator[Writer]:
    """Bring a site into an empty database; yield the writer that did it."""
    migrate(database)
    now = time.time_ns() // 1000
    items = [Item(entry.kind, entry.doc) for entry in load(site, "site.yaml")]
    with database.begin() as connection:
        number = state.submit_request(connection, "benchmark", written(Apply(entries=items)), now)
    writer = Writer(database)
    writer.step(Batch(), now)
    with database.read() as connection:
        answered = state.find_request(connection, number)
    if answered.state != "done":
        raise RuntimeError(f"the site is {answered.state}: {answered.answer}")
    yield writer
