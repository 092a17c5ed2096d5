"""How fast stored history is judged by a new version of a profile next to the one in force.

`python -m benchmarks.backtest [--rooms N] [--days N] [--batches N]`

A plant on SQLite, two sensors a room that read each minute, days in chunks as compaction leaves them; warm spells,
pauses and faults. Each version has three limits, a cumulative and a silence rule; the new ones have other numbers. A
reading counts once, though both versions judge it. The second line is the same with a mean kinetic temperature more.
"""

import argparse
import random
import resource
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, insert

from domain.model import ProfileVersion, Site
from domain.times import DAY, MINUTE, parse_instant
from ledger.backtest.run import backtest
from ledger.backtest.trial import trial
from sites.build import build
from sites.convert import profile
from sites.file import load
from store.chunk import Stored, encode, header_of
from store.database import open_database
from store.migrate import migrate
from store.series import SeriesIds, SeriesKey
from store.tables import chunks

SINCE = "2026-01-01T00:00:00Z"
START = parse_instant(SINCE)
SENSORS = 2

_MEAN = "{id: mean, kind: mkt, above: 7.5, window: 24h, action: review}"
_VERSIONS = (
    """{id: too-warm, kind: limit, above: 8.0, for: 60min, severity: critical, action: hold},
    {id: too-cold, kind: limit, below: 2.0, deadband: 0.2, for: 15min, action: hold},
    {id: hot, kind: limit, above: 15.0, action: hold},
    {id: warm-total, kind: cumulative, above: 8.0, total: 12h, action: hold},
    {id: silent, kind: silence, after: 30min}""",
    """{id: too-warm, kind: limit, above: 8.5, for: 30min, severity: critical, action: hold},
    {id: too-cold, kind: limit, below: 2.5, deadband: 0.2, for: 15min, action: hold},
    {id: hot, kind: limit, above: 14.0, action: hold},
    {id: warm-total, kind: cumulative, above: 8.5, total: 6h, action: hold},
    {id: silent, kind: silence, after: 20min}""",
)


def version(number: int, *more: str) -> str:
    """Return a version of the profile as it is written."""
    rules = ", ".join((_VERSIONS[number - 1], *more))
    return f"{{id: cold, version: {number}, effective_from: 2020-01-01T00:00:00Z, rules: [{rules}]}}"


def plant(rooms: int, batches: int, *more: str) -> Site:
    """Return a site with so many rooms, and so many batches in each."""
    names = [(f"R{room}", f"S{room}-{i}") for room in range(rooms) for i in range(SENSORS)]
    lots = [(f"R{room}", f"L{room}-{i}") for room in range(rooms) for i in range(batches)]
    lines = {
        "sensors": (f"{{id: {sensor}, quantities: [temperature]}}" for _, sensor in names),
        "locations": (f"{{id: R{room}, profile: cold}}" for room in range(rooms)),
        "mounts": (f"{{sensor: {sensor}, location: {room}, from: {SINCE}}}" for room, sensor in names),
        "products": ("{id: VAX, profile: cold}",),
        "batches": (f"{{product: VAX, lot: {lot}}}" for _, lot in lots),
        "placements": (f"{{product: VAX, lot: {lot}, location: {room}, from: {SINCE}}}" for room, lot in lots),
        "profiles": (version(1, *more),),
    }
    return build(load("\n".join(f"{name}: [{', '.join(each)}]" for name, each in lines.items()), "plant"))


def tried(*more: str) -> ProfileVersion:
    """Return the version that is tried."""
    return profile(load(f"profiles: [{version(2, *more)}]", "P.yaml")[0].doc)


def a_day(chance: random.Random, day: int) -> list[Stored]:
    """Return a day of a sensor: on one in fifty a warm spell or a pause, now and then a fault."""
    warm = chance.randrange(1440) if chance.random() < 0.02 else 1440
    quiet = chance.randrange(1440) if chance.random() < 0.02 else 1440
    found = []
    for minute in range(1440):
        if quiet <= minute < quiet + 45:
            continue
        base = 9_000_000 if warm <= minute < warm + 50 else 5_000_000
        value = None if chance.random() < 1e-4 else base + chance.randrange(-60, 60) * 10_000
        at = START + day * DAY + minute * MINUTE
        found.append(Stored(at, value, at + 50_000, 1, 0))
    return found


def fill(connection: Connection, ids: SeriesIds, site: Site, days: int) -> int:
    """Write chunks of all sensors; return how many readings they have."""
    chance = random.Random(1)
    count = 0
    for sensor in site.sensors.values():
        [series] = ids.get(connection, [SeriesKey(sensor.device, "", "temperature")])
        for day in range(days):
            said = a_day(chance, day)
            count += len(said)
            header = asdict(header_of(said))
            row = {"series": series, "day": START // DAY + day, **header, "payload": encode(said)}
            connection.execute(insert(chunks), row)
    return count


def measure(connection: Connection, site: Site, days: int, *more: str) -> tuple[int, float, float, int]:
    """Return readings, seconds by the clock and of the processor, and how many verdicts of batches change."""
    began, busy = time.perf_counter(), time.process_time()
    answer = backtest(connection, trial(site, [tried(*more)], until=START + days * DAY))
    took = time.perf_counter() - began, time.process_time() - busy
    return answer["readings"], *took, len(answer["batches"]["changed"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--batches", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        database = open_database(f"sqlite:///{Path(directory)}/coldchain.db")
        migrate(database)
        with database.begin() as connection:
            fill(connection, SeriesIds(database), plant(given.rooms, given.batches), given.days)
        print(f"{'rules':>28} {'readings':>12} {'seconds':>8} {'cpu s':>8} {'readings/s':>12} {'changed':>8} {'MB':>6}")
        for name, more in (("limits, cumulative, silence", ()), ("the same and mkt", (_MEAN,))):
            with database.read() as connection:
                site = plant(given.rooms, given.batches, *more)
                count, wall, busy, changed = measure(connection, site, given.days, *more)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            rate = f"{count:>12,} {wall:>8.2f} {busy:>8.2f} {count / wall:>12,.0f}"
            print(f"{name:>28} {rate} {changed:>8} {peak:>6}", flush=True)
        database.close()


if __name__ == "__main__":
    main()
