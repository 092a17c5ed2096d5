"""How warm it was where a subject was: the warmest known value over time, and weights of it added up."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from domain.times import NEVER
from rules.subjects.steps import Timeline, Weigh


class TimelinePart(NamedTuple):
    """Part of a timeline of values; parts are disjoint and in order of time."""

    timeline: Timeline
    since: int
    until: int


def _one(value: int) -> int:
    return 1


class Warmth:
    """The warmest value of all sensors wherever a subject was, while all its places were known."""

    def __init__(self, parts: Sequence[TimelinePart]) -> None:
        self._parts = parts
        self._starts = [part.since for part in parts]
        self._sums: dict[Weigh, list[int]] = {}

    def known(self, since: int, until: int) -> int:
        """Return for how long a value was known within `[since, until)`."""
        return self.weighed(_one, since, until)

    def weighed(self, weigh: Weigh, since: int, until: int) -> int:
        """Return the weights of the values integrated over `[since, until)`, in weight · µs."""
        return self._up_to(weigh, until) - self._up_to(weigh, since)

    def _up_to(self, weigh: Weigh, instant: int) -> int:
        i = bisect_right(self._starts, instant)
        if not i:
            return 0
        timeline, since, until = self._parts[i - 1]
        sums = self._sums_of(weigh)
        return sums[i - 1] + timeline.weighed(weigh, min(instant, until)) - timeline.weighed(weigh, since)

    def _sums_of(self, weigh: Weigh) -> list[int]:
        if weigh not in self._sums:
            sums = [0]
            for timeline, since, until in self._parts:
                sums.append(sums[-1] + timeline.weighed(weigh, until) - timeline.weighed(weigh, since))
            self._sums[weigh] = sums
        return self._sums[weigh]

    def reaches(self, weigh: Weigh, since: int, until: int, amount: int) -> int:
        """Return the first instant in `[since, until]` by which weights add up to the amount from `since` on."""
        if amount <= 0:
            return since
        for timeline, start, end in self._parts:
            first, last = max(start, since), min(end, until)
            if first < last:
                there = timeline.weighed(weigh, last) - timeline.weighed(weigh, first)
                if there >= amount:
                    return timeline.reaches(weigh, first, last, amount)
                amount -= there
        return NEVER

    def steps(self, since: int, until: int) -> list[tuple[int, int, int]]:
        """Return `(from, to, value)` within `[since, until)`."""
        found = []
        for timeline, start, end in self._parts:
            if start < until and since < end:
                for step in timeline.cut(max(start, since), min(end, until)):
                    found.append((step.since, step.until, step.value or 0))
        return found

    def first(self, since: int, until: int, matches: Callable[[int], bool]) -> int:
        """Return the first instant in `[since, until)` whose value matches; NEVER if there is none."""
        return next((start for start, _, value in self.steps(since, until) if matches(value)), NEVER)
