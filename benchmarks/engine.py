"""The engine alone: readings a second on one core, for 1, 50 and 1,000 batches a location.

    python -m benchmarks.engine [--minutes 20000] [SIZE …]

In range: two limits, a cumulative and a silence rule, 20 sensors a minute apart, after every unit has been judged
once. Outside: the same with every sensor above its bound. The ratios compare within this run.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from time import perf_counter

from domain.model import Batch, Location, Mount, Placement, Product, ProfileVersion, Sensor, Site, always
from domain.times import MINUTE
from rules.engine import Engine
from rules.reading import read_rule

PLACES = 20
RULES = (
    {"id": "too-warm", "kind": "limit", "above": "8.0", "for": "60min", "action": "hold"},
    {"id": "too-cold", "kind": "limit", "below": "2.0", "for": "15min", "deadband": "0.2", "action": "hold"},
    {"id": "warm-total", "kind": "cumulative", "above": "8.0", "total": "12h", "action": "hold"},
    {"id": "silent", "kind": "silence", "after": "30min"},
)
Row = tuple[str, str, int, int]


def site(batches_a_place: int) -> Site:
    """Return rooms with one sensor each and so many batches in each."""
    rules = tuple(rule for fields in RULES if (rule := read_rule(fields)[0]))
    rooms = [f"R{i}" for i in range(PLACES)]
    lots = [(room, f"{room}-{j}") for room in rooms for j in range(batches_a_place)]
    return Site(
        sensors={f"S-{room}": Sensor(f"S-{room}", room) for room in rooms},
        locations={room: Location(room, profile=always("cold")) for room in rooms},
        mounts=tuple(Mount(f"S-{room}", room, 0) for room in rooms),
        products={"VAX": Product("VAX", always("cold"))},
        batches={("VAX", lot): Batch("VAX", lot) for _, lot in lots},
        placements=tuple(Placement("VAX", lot, None, room, 0) for room, lot in lots),
        profiles={"cold": (ProfileVersion("cold", 1, 0, rules, 30 * MINUTE),)},
    )


def rows(first_minute: int, minutes: int, low: int, high: int) -> list[Row]:
    """Return one reading a minute and room between the two values."""
    rng = random.Random(1)
    return [
        (f"S-R{i}", "temperature", minute * MINUTE, rng.randrange(low, high))
        for minute in range(first_minute, first_minute + minutes)
        for i in range(PLACES)
    ]


def feed(engine: Engine, readings: list[Row], batch: int = 2_000) -> float:
    """Return readings a second, settled in micro-batches."""
    started = perf_counter()
    hear = engine.hear
    for first in range(0, len(readings), batch):
        for sensor, quantity, at, value in readings[first : first + batch]:
            hear(sensor, quantity, at, value)
        engine.settle(at)
    return len(readings) / (perf_counter() - started)


def measure(sizes: Sequence[int], minutes: int) -> Iterator[tuple[int, float, float, float]]:
    """Yield batches a place, seconds to start, readings a second in range and outside."""
    for batches in sizes:
        started = perf_counter()
        engine = Engine(site(batches), lambda sensor, quantity: ((), ()), 0)
        engine.settle(0)
        start = perf_counter() - started
        feed(engine, rows(1, 100, 4_000_000, 6_000_000))
        inside = feed(engine, rows(101, minutes, 4_000_000, 6_000_000))
        outside = feed(engine, rows(101 + minutes, minutes // 40, 9_000_000, 11_000_000))
        yield batches, start, inside, outside


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--minutes", type=int, default=20_000, help="of readings in range; outside a 40th of it")
    parser.add_argument("sizes", type=int, nargs="*", default=[1, 50, 1_000], help="batches a place")
    given = parser.parse_args()
    first: float | None = None
    print(f"{'batches a place':>16} {'start s':>8} {'in range /s':>12} {'ratio':>6} {'outside /s':>11}")
    for batches, start, inside, outside in measure(given.sizes, given.minutes):
        first = first or inside
        print(f"{batches:>16,} {start:>8.2f} {inside:>12,.0f} {inside / first:>6.2f} {outside:>11,.0f}")


if __name__ == "__main__":
    main()
