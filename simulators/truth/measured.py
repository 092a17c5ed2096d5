"""1: what each sensor measured when, of messages in the order in which they are received."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from simulators.errors import InputError
from simulators.times import MINUTE, format_time
from simulators.truth.described import scaled

# A stamp further ahead of its arrival is not judged, nor is one before the year 2001.
AHEAD_AT_MOST = 5 * MINUTE
YEAR_2001 = 978_307_200_000_000
# How late a message may arrive: a stamp must not depend on that for being judged.
ARRIVES_WITHIN = 60 * MINUTE

Key = tuple[str, str]  # sensor and quantity
Series = dict[int, int | None]  # by instant; None: a fault


class Stamped(NamedTuple):
    """What a message says of one quantity; value as text, None: a fault; `at` None: it does not say when."""

    device: str
    probe: str
    quantity: str
    at: int | None
    value: str | None
    arrives: int


class Conflict(NamedTuple):
    """A value refused because another one was received first."""

    sensor: str
    quantity: str
    measured_at: int
    kept: int
    refused: int


@dataclass
class Measured:
    """Everything that may be judged; `timeless`: sensors of which something has no time of its own."""

    series: dict[Key, Series] = field(default_factory=dict)
    conflicts: set[Conflict] = field(default_factory=set)
    timeless: set[str] = field(default_factory=set)
    not_judged: int = 0


def gather(stamped: Iterable[Stamped], sensors: Mapping[tuple[str, str], str]) -> Measured:
    """Return what sensors, by device and probe, measured; other devices hang nowhere. Raises InputError."""
    found = Measured()
    for row in stamped:
        sensor = sensors.get((row.device, row.probe))
        if sensor is None:
            continue
        if row.at is None:
            found.timeless.add(sensor)
        elif _is_judged(row, row.at):
            _take(found, sensor, row.quantity, row.at, None if row.value is None else scaled(row.value))
        else:
            found.not_judged += 1
    return found


def _is_judged(row: Stamped, at: int) -> bool:
    latest = row.arrives + AHEAD_AT_MOST
    if latest < at <= latest + ARRIVES_WITHIN:
        raise InputError(f"{row.device}: whether {format_time(at)} is judged depends on how soon the message arrives")
    return YEAR_2001 <= at <= latest


def _take(found: Measured, sensor: str, quantity: str, at: int, value: int | None) -> None:
    series = found.series.setdefault((sensor, quantity), {})
    kept = series.get(at)
    if kept is None:  # nothing yet, or a fault, which any value beats
        series[at] = value
    elif value is not None and value != kept:
        found.conflicts.add(Conflict(sensor, quantity, at, kept, value))
