"""How long questions about stock take with 100,000 lots on record.

    python -m benchmarks.stock [--lots 100000] [--postgres]

Ten levels of lots, each unit made from two of the level before; one unit a lot, all in stock, one in ten thousand
rejected. Traces go back from the last level, `pick` takes from all of a product, and `stock` lists one location.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import insert

from batches.names import Names
from batches.questions import AskPick, AskRecall, AskStock, AskTrace, What, Which
from domain.model import Batch, BatchKey, Location, Placement, Product, Site, UnitKey
from domain.times import DAY, parse_instant
from domain.zones import zone_named
from ledger.models.stock.reader import StockReader
from store.database import Database, open_database
from store.lots import lots as lots_table
from store.migrate import migrate
from store.stock import tables
from store.stock.as_of import AsOf
from tests.servers.postgres import Postgres

BEGAN = parse_instant("2026-01-01T00:00:00Z")
LEVELS, LOCATIONS = 10, 200
_ROUNDS = 5
_SCALE = 1_000_000


class Unplaced:
    """A site of which no storage record tells."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.placements: dict[BatchKey, list[Placement]] = {}
        self.children: dict[BatchKey, list[BatchKey]] = {}


def prepare(database: Database, lots: int) -> Site:
    """Put the lots on record; return the site that has them."""
    chance, width = random.Random(1), lots // LEVELS
    keys = [("VAX", f"L{number:06}") for number in range(width * LEVELS)]
    known = {"known_at": BEGAN, "superseded_at": None}
    states, sources, came = [], [], []
    for number in range(len(keys)):
        level = number // width
        at = BEGAN + level * DAY
        position = {"unit": number + 1, "at": at, "number": number + 1, **known}
        blocked = at if number % 10_000 == 5_000 else None
        place = {
            "product": "VAX",
            "quantity": 10 * _SCALE,
            "state": "in_stock",
            "location": f"BIN-{number % LOCATIONS}",
        }
        own = {"status": "rejected" if blocked else None, "set_at": blocked, "set_number": blocked and 1}
        states.append(position | place | own | {"blocked_at": blocked, "blocked_number": blocked and 1})
        came.append(position | {"kind": "made" if level else "received", "quantity": 10 * _SCALE})
        if level:
            before = [(level - 1) * width + chance.randrange(width) + 1 for _ in range(2)]
            sources += [position | {"source": source} for source in sorted(set(before))]
    batches = {lot: Batch(*lot, expires_on=f"2027-{n % 12 + 1:02}-{n % 28 + 1:02}") for n, lot in enumerate(keys)}
    entered = {"doc": {}, "origin": "file", "changed_by": "bench", "changed_at": BEGAN, "client": None}
    dated = [
        {**entered, "key": json.dumps(lot), "product": lot[0], "lot": lot[1], "expires_on": each.expires_on}
        for lot, each in batches.items()
    ]
    named = [{"id": n, "product": lot[0], "lot": lot[1], "unit": ""} for n, lot in enumerate(keys, 1)]
    with database.begin() as connection:
        for table, rows in (
            (lots_table, dated),
            (tables.units, named),
            (tables.unit_states, states),
            (tables.unit_sources, sources),
            (tables.flows, came),
        ):
            connection.execute(insert(table), rows)
    locations = {f"BIN-{n}": Location(f"BIN-{n}") for n in range(LOCATIONS)}
    return Site(products={"VAX": Product("VAX")}, batches=batches, locations=locations)


def measure(database: Database, site: Site) -> None:
    """Ask each question a few times; print the best and the worst of them."""
    names = Names(site.products, site.batches, site.locations, {}, {}, zone_named("UTC"))
    last, first = list(site.batches)[-1], next(iter(site.batches))
    unit, source = Which(last, UnitKey(*last, None)), Which(first, UnitKey(*first, None))
    quantity = 500 * _SCALE
    questions: list[tuple[str, What]] = [
        ("trace back, ten levels", AskTrace("back", unit)),
        ("trace forward, ten levels", AskTrace("forward", source)),
        ("recall of a lot of the first level", AskRecall((source,))),
        *((f"pick 500, {each}", AskPick("VAX", quantity, each, None, None)) for each in ("fefo", "fifo", "lifo")),
        ("pick 500 at one location", AskPick("VAX", quantity, "fefo", None, "BIN-7")),
        ("stock of one location", AskStock(None, None, "BIN-7")),
    ]
    for what, question in questions:
        taken, used = [], []
        for _ in range(_ROUNDS):
            began, used_before = time.perf_counter(), time.process_time()
            with database.read() as connection:
                reader = StockReader(connection, names, Unplaced(site), BEGAN + 100 * DAY, AsOf(None))
                found = reader.answer(question).row
            taken.append(time.perf_counter() - began)
            used.append(time.process_time() - used_before)
        size = max(len(each) for each in found.values() if isinstance(each, list))
        print(f"| {what} | {min(taken):.3f} | {max(taken):.3f} | {min(used):.3f} | {size:,} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--lots", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if given.postgres:
            with Postgres(Path(folder)) as server, server.fresh_database() as url:
                run(url, given.lots)
        else:
            run(f"sqlite:///{folder}/stock.db", given.lots)


def run(url: str, lots: int) -> None:
    """Measure on one database."""
    database = open_database(url)
    migrate(database)
    site = prepare(database, lots)
    print(f"{database.url.get_backend_name()}, {lots:,} lots, load average {os.getloadavg()[0]:.1f}\n")
    print("| question | best, s | worst, s | of the processor here, s | rows |")
    print("|---|---|---|---|---|")
    measure(database, site)
    database.close()


if __name__ == "__main__":
    main()
