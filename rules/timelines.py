"""What happened at a place, from the sensors that spoke for it; shared by everything that stood there."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

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


class Timeline:
    """Disjoint outside steps of one place (or of several, merged) with sums, so that a part of it is quickly told."""

    def __init__(self, steps: list[Step], sign: int) -> None:
        """Take steps in order of time; `sign` is the direction of the first bound."""
        self.steps = steps
        self.intervals = union(step[:2] for step in steps)
        self._farthest = max if sign > 0 else min
        self._starts = [step.since for step in steps]
        self._before = [0]
        for step in steps:
            self._before.append(self._before[-1] + step.distance * (step.until - step.since))

    def inside(self, since: int, until: int) -> list[Interval]:
        """Return when it was outside, within `[since, until)`."""
        i = bisect_right(self.intervals, since, key=itemgetter(1))
        j = bisect_left(self.intervals, until, lo=i, key=itemgetter(0))
        return [(max(a, since), min(b, until)) for a, b in self.intervals[i:j]]

    def integral(self, since: int, until: int) -> int:
        """Return the distance integrated over `[since, until)`, in 10⁻⁶ unit · µs."""
        return self._until(until) - self._until(since)

    def _until(self, instant: int) -> int:
        i = bisect_right(self._starts, instant)
        if not i:
            return 0
        step = self.steps[i - 1]
        return self._before[i - 1] + step.distance * (min(step.until, instant) - step.since)

    def peak(self, since: int, until: int) -> int | None:
        """Return the farthest value within `[since, until)`; None if nothing was measured."""
        i = max(bisect_right(self._starts, since) - 1, 0)
        i += i < len(self.steps) and self.steps[i].until <= since
        j = bisect_left(self._starts, until)
        measured = [step.value for step in self.steps[i:j] if step.value is not None]
        return self._farthest(measured) if measured else None

    def cut(self, since: int, until: int) -> list[Step]:
        """Return the steps within `[since, until)`."""
        return cut(self.steps, since, until)


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
        self._outside: dict[str, dict[Required, Timeline]] = {}
        self._moment: dict[tuple[object, ...], Any] = {}  # what calm readings change: kept until the next moment

    def next_moment(self) -> None:
        """Drop what any reading, however calm, may have changed."""
        self._moment.clear()

    def forget(self, location: str) -> None:
        """Drop what is kept of a place."""
        self._outside.pop(location, None)

    def outside(self, location: str, required: Required) -> Timeline:
        """Return when the place was outside; the last step may lie beyond the present."""
        if required.gaps_are_exposed:
            return self._with_gaps(location, required)
        kept = self._outside.setdefault(location, {})
        if required not in kept:
            kept[required] = self._timeline(self._sensor_steps(location, required), required)
        return kept[required]

    def _with_gaps(self, location: str, required: Required) -> Timeline:
        key = (location, required)
        if key not in self._moment:
            unknown = subtract([(-NEVER, NEVER)], self.known(location, required.quantity, required.max_gap))
            gaps = [Step(since, until, 0, None) for since, until in unknown]
            self._moment[key] = self._timeline([*self._sensor_steps(location, required), *gaps], required)
        timeline: Timeline = self._moment[key]
        return timeline

    def _timeline(self, steps: Iterable[Step], required: Required) -> Timeline:
        return Timeline(farthest(steps, required.bounds.sign), required.bounds.sign)

    def _sensor_steps(self, location: str, required: Required) -> Iterator[Step]:
        bounds, gap = required.bounds, required.max_gap
        for span in self.places.speaking(location, required.quantity):
            series = self.series(span.sensor, required.quantity)
            for since, until in clip(series.outside(bounds, gap, required.linger), span.since, span.until):
                for start, end, value in series.steps(since, until, gap):
                    yield Step(start, end, bounds.distance(value), value)

    def known(self, location: str, quantity: str, max_gap: int) -> list[Interval]:
        """Return when at least one sensor speaking for the place has a value."""
        key = (location, quantity, max_gap)
        if key not in self._moment:
            self._moment[key] = union(
                piece
                for span in self.places.speaking(location, quantity)
                for piece in clip(self.series(span.sensor, quantity).known(max_gap), span.since, span.until)
            )
        known: list[Interval] = self._moment[key]
        return known

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


def cut(steps: list[Step], since: int, until: int) -> list[Step]:
    """Return the parts of disjoint steps inside `[since, until)`."""
    i = bisect_right(steps, since, key=lambda step: step.until)
    j = bisect_left(steps, until, key=lambda step: step.since)
    found = steps[i:j]
    if found and found[0].since < since:
        found[0] = found[0]._replace(since=since)
    if found and found[-1].until > until:
        found[-1] = found[-1]._replace(until=until)
    return found
