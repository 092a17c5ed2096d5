"""Entries that are fine each, but not together: one probe at two places, two sensors for one channel of a device."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.times import format_instant
from sites.given import Given, Problem


class Span(NamedTuple):
    """Half-open, of the entry at that position."""

    since: int
    until: int
    position: int


def clashes(given: Given) -> Iterator[Problem]:
    """Yield entries that overlap where only one can be; those with the same key are told of as such elsewhere."""
    for find in (_two_mounts, _one_channel, _two_versions):
        for problem in find(given):
            if problem.other is not None and given.entries[problem.position].key != given.entries[problem.other].key:
                yield problem


def _overlapping(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield pairs that share an instant, the one that begins later first; each span but the first at most once."""
    longest: Span | None = None
    for span in sorted(spans):
        if longest is not None and span.since < longest.until:
            yield span, longest
        if longest is None or span.until > longest.until:
            longest = span


def _two_mounts(given: Given) -> Iterator[Problem]:
    """A probe is at one place at a time: what it says cannot be true of two.

    Overlapping mounts at the same place say the same twice; a corrected `from` leaves such a pair.
    """
    of_sensor = defaultdict(list)
    for item in given.mounts:
        if item.it.since < item.it.until:
            of_sensor[item.it.sensor].append(Span(item.it.since, item.it.until, item.position))
    for sensor, spans in of_sensor.items():
        for span, other in _overlapping(spans):
            place = given.entries[other.position].doc["location"]
            if given.entries[span.position].doc["location"] != place:
                text = f'sensor "{sensor}" is still at "{place}" at {format_instant(span.since)} by'
                yield Problem(span.position, (), text, other.position)


def _one_channel(given: Given) -> Iterator[Problem]:
    """A channel of a device has one quantity once: two sensors cannot both be it."""
    of_channel = defaultdict(list)
    for item in given.sensors:
        for since, until, quantities in item.it.quantities.pieces():
            for quantity in sorted(quantities):
                channel = (item.it.device, item.it.probe, quantity)
                of_channel[channel].append(Span(since, until, item.position))
    told = set()
    for (device, probe, quantity), spans in of_channel.items():
        for span, other in _overlapping(spans):
            pair = frozenset((span.position, other.position))
            if len(pair) == 2 and pair not in told:
                told.add(pair)
                what = f'device "{device}"' + (f' probe "{probe}"' if probe else "")
                text = f"{quantity} of {what} is already spoken for by"
                yield Problem(max(pair), ("device",), text, min(pair))


def _two_versions(given: Given) -> Iterator[Problem]:
    first: dict[tuple[str, int], int] = {}
    for item in given.profiles:
        other = first.setdefault((item.it.profile, item.it.effective_from), item.position)
        if other != item.position:
            text = f"{format_instant(item.it.effective_from)} is when another version begins:"
            yield Problem(item.position, ("effective_from",), text, other)
