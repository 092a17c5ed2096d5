"""The engine alone: readings a second on one core, for 1, 50 and 1,000 batches a location, and what each kind costs.

    python -m benchmarks.engine [--minutes 20000] [SIZE …]
    python -m benchmarks.engine --kinds [KIND …]

In range: three limits, a cumulative and a silence rule, 20 sensors a minute apart, after every unit has been judged
once. Outside: the same with every sensor above its bound, once it has begun and fired for everything that stands there.
Both in micro-batches of 2,000 readings and of one. What it takes to begin (`begin`), and to bring the numbers of all of
them up to date (`grow`), stand beside it.

With `--kinds`: one rule of each other kind added, 10 rooms with two sensors and 50 batches each: while nothing is
outside for it, and while everything is outside for just that rule, its beginning included.

Seconds are the processor's, so that other programs on the machine matter less; only numbers of one run compare.
"""

import argparse
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from time import process_time
from typing import NamedTuple, TypeVar

from domain.model import Batch, Location, Mount, Placement, Product, ProfileVersion, Sensor, Site, always
from domain.times import MINUTE
from rules.engine import Engine
from rules.read_rule import read_rule

T = TypeVar("T")
SENSORS = 20
MANY = 2_000  # readings in a large micro-batch
Fields = dict[str, str | list[str] | None]
RULES: tuple[Fields, ...] = (
    {"id": "too-warm", "kind": "limit", "above": "8.0", "for": "60min", "action": "hold"},
    {"id": "too-cold", "kind": "limit", "below": "2.0", "for": "15min", "deadband": "0.2", "action": "hold"},
    {"id": "hot", "kind": "limit", "above": "25.0", "action": "hold"},
    {"id": "warm-total", "kind": "cumulative", "above": "8.0", "total": "12h", "action": "hold"},
    {"id": "silent", "kind": "silence", "after": "30min"},
)
# One rule of each further kind, as a site would have it.
KINDS: dict[str, Fields] = {
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
Reading = tuple[str, str, int, int]
Value = Callable[[int, int], float]  # of a sensor's number and a minute, in °C or %

_rng = random.Random(1)


def steady(sensor: int, minute: int) -> float:
    """Return a value between 4 and 6."""
    return _rng.randrange(400, 600) / 100


def warm(sensor: int, minute: int) -> float:
    """Return a value between 9 and 11."""
    return _rng.randrange(900, 1100) / 100


# What is outside for each further rule; the others are about no values of their own.
BROKEN: dict[str, Value] = {
    "mkt": warm,
    "rate": lambda sensor, minute: 4 + minute * 0.1 + steady(sensor, minute) / 10,
    "stuck": lambda sensor, minute: 5,
    "spread": lambda sensor, minute: steady(sensor, minute) + 7 * (sensor % 2),
    "plausible": lambda sensor, minute: 85,
    "dew": lambda sensor, minute: 99.5 if sensor % 2 else 5,
    "cooling": lambda sensor, minute: max(60 - minute % 1440 * 0.1, 4),
    "life": lambda sensor, minute: 30 + steady(sensor, minute),
}


def site(batches_a_room: int, sensors_a_room: int, further: str | None = None) -> Site:
    """Return rooms with so many sensors and batches in each; with a rule of one more kind."""
    more: list[Fields] = [{"id": further, "kind": further, **KINDS[further]}] if further else []
    rules = tuple(rule for fields in (*RULES, *more) if (rule := read_rule(fields)[0]))
    rooms = [f"R{i}" for i in range(SENSORS // sensors_a_room)]
    lots = [(room, f"{room}-{j}") for room in rooms for j in range(batches_a_room)]
    return Site(
        sensors={f"S{i}": Sensor(f"S{i}", f"S{i}") for i in range(SENSORS)},
        locations={room: Location(room, profile=always("cold")) for room in rooms},
        mounts=tuple(Mount(f"S{i}", rooms[i // sensors_a_room], 0) for i in range(SENSORS)),
        products={"VAX": Product("VAX", always("cold"))},
        batches={("VAX", lot): Batch("VAX", lot) for _, lot in lots},
        placements=tuple(Placement("VAX", lot, None, room, 0) for room, lot in lots),
        profiles={"cold": (ProfileVersion("cold", 1, 0, rules, 30 * MINUTE),)},
    )


class Feed:
    """Feeds an engine a reading a minute and sensor; time goes on from one call to the next."""

    def __init__(self, batches_a_room: int, sensors_a_room: int = 1, further: str | None = None) -> None:
        self.engine = Engine(site(batches_a_room, sensors_a_room, further), lambda sensor, quantity: ((), ()), 0)
        self.engine.settle(0)
        self._is_damp = further == "dew"
        self._minute = 0
        self.run(100, steady)

    def run(self, minutes: int, value: Value, batch: int = MANY) -> float:
        """Return readings a second, settled in micro-batches of so many."""
        readings = list(self._readings(minutes, value))
        self._minute += minutes
        began = process_time()
        add = self.engine.add
        for first in range(0, len(readings), batch):
            for sensor, quantity, at, number in readings[first : first + batch]:
                add(sensor, quantity, at, number)
            self.engine.settle(at)
        return len(readings) / (process_time() - began)

    def _readings(self, minutes: int, value: Value) -> Iterator[Reading]:
        for minute in range(self._minute + 1, self._minute + 1 + minutes):
            for i in range(SENSORS):
                quantity = "humidity" if self._is_damp and i % 2 else "temperature"
                yield f"S{i}", quantity, minute * MINUTE, round(value(i, minute) * 1_000_000)


class Measured(NamedTuple):
    """Seconds, and readings a second."""

    batches: int
    start: float
    inside: float
    inside_one: float
    begin: float
    outside: float
    outside_one: float
    grow: float

    def speeds(self) -> tuple[float, float, float, float]:
        """Return readings a second, in the order shown."""
        return self.inside, self.inside_one, self.outside, self.outside_one


def measure(sizes: Sequence[int], minutes: int) -> Iterator[Measured]:
    """Yield what is measured for each number of batches a room."""
    few = max(minutes // 10, 100)
    for batches in sizes:
        feed, start = timed(partial(Feed, batches))
        inside, inside_one = feed.run(minutes, steady), feed.run(few, steady, 1)
        _, begin = timed(partial(feed.run, 100, warm))
        outside, outside_one = feed.run(few, warm), feed.run(few, warm, 1)
        _, grow = timed(feed.engine.grow)
        yield Measured(batches, start, inside, inside_one, begin, outside, outside_one, grow)


def measure_kind(kind: str | None, minutes: int) -> list[float]:
    """Return readings a second with one rule more: inside and outside for it, in micro-batches of many and of one."""
    few = max(minutes // 10, 100)
    found = []
    for value in (steady, BROKEN.get(kind or "", warm)):
        for batch in (MANY, 1):
            found.append(Feed(50, 2, kind).run(minutes if batch > 1 else few, value, batch))
    return found


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """Return what is returned, and the seconds it took."""
    began = process_time()
    return run(), process_time() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--minutes", type=int, default=20_000, help="of readings; a tenth of it where it is slower")
    parser.add_argument("--kinds", action="store_true", help="what one more rule of each kind costs")
    parser.add_argument("what", nargs="*", help="batches a room, or with --kinds: kinds")
    given = parser.parse_args()
    if given.kinds:
        show_kinds(given.what or KINDS, given.minutes)
    else:
        show_sizes([int(size) for size in given.what] or [1, 50, 1_000], given.minutes)


def show_sizes(sizes: Sequence[int], minutes: int) -> None:
    """Print a row for each number of batches a room."""
    columns = ("in range /s", "one by one", "outside /s", "one by one")
    heads = "".join(f"{name:>12} {'ratio':>6}" for name in columns)
    print(f"{'batches':>8} {'start s':>8} {heads} {'begin s':>8} {'grow s':>7}")
    first: Measured | None = None
    for it in measure(sizes, minutes):
        first = first or it
        pairs = zip(it.speeds(), first.speeds(), strict=True)
        cells = "".join(f"{speed:>12,.0f} {speed / of_first:>6.2f}" for speed, of_first in pairs)
        print(f"{it.batches:>8,} {it.start:>8.2f} {cells} {it.begin:>8.2f} {it.grow:>7.2f}", flush=True)


def show_kinds(kinds: Iterable[str], minutes: int) -> None:
    """Print a row for each kind."""
    columns = ("inside /s", "one by one", "outside /s", "one by one")
    print(f"{'one more rule':>14}" + "".join(f" {name:>12}" for name in columns))
    for kind in (None, *kinds):
        cells = "".join(f" {speed:>12,.0f}" for speed in measure_kind(kind, minutes))
        print(f"{kind or 'none':>14}{cells}", flush=True)


if __name__ == "__main__":
    main()
