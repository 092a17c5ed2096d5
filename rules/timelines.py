"""What happened at a place, from the sensors that spoke for it; shared by everything that stood there."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
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
    ordered = sorted(step for step in map(_sortable, steps) if step[0] < step[1])
    if all(ordered[i][1] <= ordered[i + 1][0] for i in range(len(ordered) - 1)):
        return [_step(item) for item in ordered]
    return list(_sweep(ordered, sign))


# Steps compare by their times only; None would not compare with a number.
_Sortable = tuple[int, int, int, bool, int]


def _sortable(step: Step) -> _Sortable:
    return step.since, step.until, step.distance, step.value is not None, step.value or 0


def _step(item: _Sortable) -> Step:
    return Step(item[0], item[1], item[2], item[4] if item[3] else None)


def _sweep(ordered: list[_Sortable], sign: int) -> Iterator[Step]:
    edges = sorted({edge for item in ordered for edge in item[:2]})
    active: list[_Sortable] = []
    following = 0
    for start, end in pairwise(edges):
        active = [item for item in active if item[1] > start]
        while following < len(ordered) and ordered[following][0] == start:
            active.append(ordered[following])
            following += 1
        if active:
            _, _, distance, measured, value = max(active, key=lambda item: (item[3], sign * item[4]))
            yield Step(start, end, distance, value if measured else None)
