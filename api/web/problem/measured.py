"""What was measured at a problem's place meanwhile: how much of the time is known, and the readings that made it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlencode

from api.deps import View
from api.offsets import with_offset
from api.reads.known import what_is_known
from domain.intervals import Interval, clip, subtract, union
from domain.model import Sensor
from domain.times import DAY, format_instant
from ledger.models.alert import Alert
from rules.subjects.places import Places
from store.readings import load

Readings = tuple[Sequence[int], Sequence[int | None]]

LONGEST = 31 * DAY  # of a longer problem nothing is counted here


class Measured(NamedTuple):
    """One reading of a sensor, with its offset."""

    sensor: str
    quantity: str
    at: int
    value: int | None

    @property
    def address(self) -> str:
        """Where it is shown as it came."""
        return "/readings?" + urlencode(
            {"sensor": self.sensor, "quantity": self.quantity, "at": format_instant(self.at)}
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """`coverage` is known time ÷ time; `longest_gap` in microseconds; readings None where none is at that instant."""

    coverage: float
    longest_gap: int
    sensors: Sequence[str]
    began: Measured | None
    ended: Measured | None
    peak: Measured | None


def evidence(view: View, alert: Alert, peak: int | None, max_gap: int) -> Evidence | None:
    """Read what was measured during a problem; None where nothing was, or for too long to count."""
    site = view.snapshot.site
    since, until = alert.since, view.now if alert.until is None else alert.until
    place, quantity = alert.place, alert.quantity
    if not quantity or until - since > LONGEST or until <= since or place not in site.locations:
        return None
    known: list[Interval] = []
    found: list[Measured] = []
    for span in Places(site).speaking(place, quantity):
        start, end = max(span.since, since - max_gap), min(span.until, until + 1)
        if start < end:
            sensor = site.sensors[span.sensor]
            instants, values = _load(view, sensor, quantity, start, end)
            known += clip(known_of(instants, values, max_gap, end), since, until)
            found += [
                Measured(span.sensor, quantity, at, with_offset(sensor, quantity, at, value))
                for at, value in zip(instants, values, strict=True)
            ]
    gaps = subtract([(since, until)], union(known))
    return Evidence(
        coverage=1 - sum(end - start for start, end in gaps) / (until - since),
        longest_gap=max((end - start for start, end in gaps), default=0),
        sensors=sorted({each.sensor for each in found}),
        began=_farthest(found, since, alert.direction),
        ended=None if alert.until is None else _farthest(found, until, alert.direction),
        peak=next(
            (m for m in sorted(found, key=lambda m: m.at) if peak is not None and m.value == peak and m.at >= since),
            None,
        ),
    )


def _load(view: View, sensor: Sensor, quantity: str, start: int, end: int) -> Readings:
    """Return the readings of a sensor in `[start, end)` that had come by the instant that is looked at."""
    if view.known_at is None:
        return load(view.connection, sensor.device, sensor.probe or "", quantity, start, end)
    instants, values = what_is_known(view).load(end)(sensor.id, quantity)
    first = bisect_left(instants, start)
    return instants[first:], values[first:]


def known_of(instants: Sequence[int], values: Sequence[int | None], max_gap: int, end: int) -> list[Interval]:
    """Return when a sensor's value is known: from each reading to the next one, at most `max_gap`."""
    return [
        (at, min(following, at + max_gap))
        for (at, following), value in zip(pairwise([*instants, end]), values, strict=True)
        if value is not None
    ]


def _farthest(found: Iterable[Measured], at: int, direction: str) -> Measured | None:
    there = [(each.value, each) for each in found if each.at == at and each.value is not None]
    if not there:
        return None
    return (min if direction == "low" else max)(there)[1]
