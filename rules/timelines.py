"""What happened at a place, from the sensors that spoke for it; shared by everything that stood there."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from domain.intervals import Interval, clip, covers, subtract, union
from domain.times import NEVER
from rules.bounds import Bounds
from rules.places import Places
from rules.series import Series


class Step(NamedTuple):
    """Outside over `[since, until)` with one farthest value; `value` None: unknown time that counts as exposed."""

    since: int
    until: int
    distance: int
    value: int | None


class Required(NamedTuple):
    """What makes a place outside: a rule's bounds, and how its profile treats gaps."""

    quantity: str
    bounds: Bounds
    max_gap: int
    gaps_are_exposed: bool
    linger: int = 0


SeriesOf = Callable[[str, str], Series]


class Timelines:
    """Timelines of places, kept until `forget` says that a place's readings changed."""

    def __init__(self, places: Places, series: SeriesOf) -> None:
        self.places = places
        self.series = series
        self._outside: dict[str, dict[Required, list[Step]]] = {}

    def forget(self, location: str) -> None:
        """Drop what is kept of a place."""
        self._outside.pop(location, None)

    def outside(self, location: str, required: Required) -> list[Step]:
        """Return when the place was outside, in disjoint steps; the last may lie beyond the present."""
        kept = self._outside.setdefault(location, {})
        steps = kept.get(required)
        if steps is None:
            steps = farthest(self._sensor_steps(location, required), required.bounds.sign)
            kept[required] = steps
        if required.gaps_are_exposed:  # not kept: every calm reading moves the end of what is known
            unknown = subtract([(-NEVER, NEVER)], self.known(location, required.quantity, required.max_gap))
            steps = farthest([*steps, *(Step(a, b, 0, None) for a, b in unknown)], required.bounds.sign)
        return steps

    def _sensor_steps(self, location: str, required: Required) -> Iterator[Step]:
        bounds, gap = required.bounds, required.max_gap
        for span in self.places.speaking(location, required.quantity):
            series = self.series(span.sensor, required.quantity)
            for since, until in clip(series.outside(bounds, gap, required.linger), span.since, span.until):
                for start, end, value in series.steps(since, until, gap):
                    yield Step(start, end, bounds.distance(value), value)

    def known(self, location: str, quantity: str, max_gap: int) -> list[Interval]:
        """Return when at least one sensor speaking for the place has a value."""
        return union(
            piece
            for span in self.places.speaking(location, quantity)
            for piece in clip(self.series(span.sensor, quantity).known(max_gap), span.since, span.until)
        )

    def sources(self, location: str, required: Required, instant: int) -> set[str]:
        """Return where the sensors are mounted that were outside then, else that spoke then, else the place."""
        outside = {
            span.place
            for span in self.places.speaking(location, required.quantity)
            if span.since <= instant < span.until
            and covers(self.series(span.sensor, required.quantity).outside(required.bounds, required.max_gap), instant)
        }
        return outside or self.speakers(location, (required.quantity,), instant)

    def speakers(self, location: str, quantities: Iterable[str], instant: int) -> set[str]:
        """Return where the sensors are mounted that spoke for the place then, or the place itself."""
        spans = [span for quantity in quantities for span in self.places.speaking(location, quantity)]
        return {span.place for span in spans if span.since <= instant < span.until} or {location}


def farthest(steps: Iterable[Step], sign: int) -> list[Step]:
    """Where steps overlap, keep the farthest value in the direction of `sign`; empty steps are dropped."""
    ordered = sorted((step for step in steps if step[0] < step[1]), key=itemgetter(0, 1))
    if all(step[1] <= following[0] for step, following in pairwise(ordered)):
        return ordered
    return list(_sweep(ordered, sign))


def _sweep(ordered: list[Step], sign: int) -> Iterator[Step]:
    edges = sorted({edge for step in ordered for edge in step[:2]})
    active: list[Step] = []
    following = 0
    for start, end in pairwise(edges):
        active = [step for step in active if step.until > start]
        while following < len(ordered) and ordered[following].since == start:
            active.append(ordered[following])
            following += 1
        if active:
            best = max(active, key=lambda step: (step.value is not None, sign * (step.value or 0)))
            yield Step(start, end, best.distance, best.value)
