"""What units went through, by CONTRACTS 4 and 5 alone, one slot of time after the other.

Readings and movements are at whole slots, so within one nothing changes. One rule: above 8 °C for an hour holds.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle.stock import Key, Stock, World, instant, printed

SLOT = timedelta(minutes=5)
MAX_GAP = timedelta(minutes=30)
LIMIT, HOLDS_AFTER = Decimal(8), timedelta(minutes=60)
MIN_COVERAGE = 0.95

Readings = Mapping[str, Mapping[datetime, Decimal]]  # by location of the sensor


class Here(NamedTuple):
    """A unit at an instant."""

    is_known: bool
    is_outside: bool


def value_at(world: World, readings: Readings, place: str | None, at: datetime) -> Decimal | None:
    """Return what the sensor that speaks for a place says at an instant."""
    while place is not None and place not in readings:
        dated = [parent for parent, since in world.parents[place] if since is None or instant(since) <= at]
        place = dated[-1] if dated else None
    if place is None:
        return None
    heard = max((each for each in readings[place] if each <= at), default=None)
    return None if heard is None or at - heard >= MAX_GAP else readings[place][heard]


def judged(stock: Stock, readings: Readings, key: Key, until: datetime) -> dict[str, Any]:
    """Return what is said of a unit, as `judge` prints it."""
    stays = stock.stays_of(key)

    def here(at: datetime) -> Here:
        places = {place for place, since, end in stays if since <= at and (end is None or at < end)}
        values = [value_at(stock.world, readings, place, at) for place in places]
        is_known = bool(values) and None not in values
        return Here(is_known, any(value is not None and value > LIMIT for value in values))

    begin = min(since for _, since, _ in stays)
    end = max(until if end is None else end for _, _, end in stays)
    slots = {at: here(at) for at in _slots(begin, end)}
    spans = list(_runs({at: each.is_outside for at, each in slots.items()}, end))
    exposures: list[tuple[datetime, datetime | None]] = [*spans]
    if here(until).is_outside:
        since = spans[-1][0] if spans and spans[-1][1] == until else until
        exposures = [*(each for each in spans if each[0] != since), (since, None)]
    unknown = list(_runs({at: not each.is_known for at, each in slots.items()}, end))
    missing = sum((to - since for since, to in unknown), timedelta())
    is_held = any((until if to is None else to) - since >= HOLDS_AFTER for since, to in exposures)
    coverage = (end - begin - missing) / (end - begin) if end > begin else 0
    return {
        "verdict": "hold" if is_held else "ok" if coverage >= MIN_COVERAGE else "unknown",
        "exposures": [[printed(since), to and printed(to)] for since, to in exposures],
        "unknown_minutes": _minutes(missing),
        "longest_gap_minutes": _minutes(max((to - since for since, to in unknown), default=timedelta())),
    }


def _slots(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += SLOT


def _runs(slots: Mapping[datetime, bool], end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in which it is so."""
    since = None
    for at, is_so in [*slots.items(), (end, False)]:
        if is_so and since is None:
            since = at
        elif not is_so and since is not None:
            yield since, at
            since = None


def _minutes(length: timedelta) -> float:
    return length.total_seconds() / 60
