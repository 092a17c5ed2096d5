"""The engine alone: readings a second on one core, for 1, 50 and 1,000 batches a location.

    python -m benchmarks.engine [--minutes 20000] [--kinds] [SIZE …]

In range: three limits, a cumulative and a silence rule, 20 sensors a minute apart, after every unit has been judged
once. Outside: the same with every sensor above its bound, once it has begun and fired for everything that stands there;
what that takes (`begin`), and what it takes to bring the numbers of all of them up to date (`grow`), stand beside it.
With `--kinds`: in range, one rule of each other kind added. The ratios compare within this run.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple, TypeVar

from domain.model import Batch, Location, Mount, Placement, Product, ProfileVersion, Sensor, Site, always
from domain.times import MINUTE
from rules.engine import Engine
from rules.reading import read_rule

T = TypeVar("T")
PLACES = 20
RULES = (
    {"id": "too-warm", "kind": "limit", "above": "8.0", "for": "60min", "action": "hold"},
    {"id": "too-cold", "kind": "limit", "below": "2.0", "for": "15min", "deadband": "0.2", "action": "hold"},
    {"id": "hot", "kind": "limit", "above": "25.0", "action": "hold"},
    {"id": "warm-total", "kind": "cumulative", "above": "8.0", "total": "12h", "action": "hold"},
    {"id": "silent", "kind": "silence", "after": "30min"},
)
# One rule of each further kind, as a site would have it.
KINDS: dict[str, dict[str, str | list[str]]] = {
    "mkt": {"above": "8.0", "window": "24h"},
    "rate": {"rise": "5.0", "window": "30min"},
    "stuck": {"for": "6h"},
    "spread": {"by": "4.0"},
    "plausible": {"from": "-40", "to": "80"},
    "gap": {"total": "2h"},
    "dew": {"margin": "0.5"},
    "cooling": {"from": "57", "reach": ["21 in 2h", "5 in 6h"]},
    "life": {"table": "VVM7", "studied_from": "0"},
}
Row = tuple[str, str, int, int]


def site(batches_a_place: int, further: str | None = None) -> Site:
    """Return rooms with one sensor each and so many batches in each; with a rule of one more kind."""
    more = [{"id": further, "kind": further, **KINDS[further]}] if further else []
    rules = tuple(rule for fields in (*RULES, *more) if (rule := read_rule(fields)[0]))
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


class Measured(NamedTuple):
    """Seconds, and readings a second."""

    batches: int
    start: float
    inside: float
    begin: float
    outside: float
    grow: float


def started(batches: int, further: str | None = None) -> Engine:
    """Return an engine that has judged everything once and heard every sensor."""
    engine = Engine(site(batches, further), lambda sensor, quantity: ((), ()), 0)
    engine.settle(0)
    feed(engine, rows(1, 100, 4_000_000, 6_000_000))
    return engine


def measure(sizes: Sequence[int], minutes: int) -> Iterator[Measured]:
    """Yield what is measured for each number of batches a place."""
    for batches in sizes:
        engine, start = timed(partial(started, batches))
        inside = feed(engine, rows(101, minutes, 4_000_000, 6_000_000))
        now, more = 101 + minutes, max(minutes // 10, 100)
        _, begin = timed(partial(feed, engine, rows(now, 100, 9_000_000, 11_000_000)))
        outside = feed(engine, rows(now + 100, more, 9_000_000, 11_000_000))
        _, grow = timed(engine.grow)
        yield Measured(batches, start, inside, begin, outside, grow)


def measure_kinds(minutes: int) -> Iterator[tuple[str, float]]:
    """Yield readings a second in range, with one rule of each kind added to the usual ones."""
    for kind in (None, *KINDS):
        yield kind or "none", feed(started(50, kind), rows(101, minutes, 4_000_000, 6_000_000))


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """Return what is returned, and the seconds it took."""
    began = perf_counter()
    return run(), perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--minutes", type=int, default=20_000, help="of readings in range; outside a tenth of it")
    parser.add_argument("--kinds", action="store_true", help="what one more rule of each kind costs in range")
    parser.add_argument("sizes", type=int, nargs="*", default=[1, 50, 1_000], help="batches a place")
    given = parser.parse_args()
    if given.kinds:
        print(f"{'one more rule':>16} {'in range /s':>12} {'µs a reading':>13}")
        for kind, speed in measure_kinds(given.minutes):
            print(f"{kind:>16} {speed:>12,.0f} {1e6 / speed:>13.2f}")
        return
    first: Measured | None = None
    columns = f"{'start s':>8} {'in range /s':>12} {'ratio':>6} {'begin s':>8} {'outside /s':>11} {'ratio':>6}"
    print(f"{'batches a place':>16} {columns} {'grow s':>7}")
    for it in measure(given.sizes, given.minutes):
        first = first or it
        inside = f"{it.inside:>12,.0f} {it.inside / first.inside:>6.2f}"
        outside = f"{it.outside:>11,.0f} {it.outside / first.outside:>6.2f}"
        print(f"{it.batches:>16,} {it.start:>8.2f} {inside} {it.begin:>8.2f} {outside} {it.grow:>7.2f}")


if __name__ == "__main__":
    main()
