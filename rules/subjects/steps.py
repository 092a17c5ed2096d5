"""Steps in order of time with their sums, of which only the end is ever derived again."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from domain.intervals import Interval
from domain.times import NEVER

Weigh = Callable[[int], int]  # of a value, per microsecond


class Step(NamedTuple):
    """Over `[since, until)` one value, so far beyond a bound; `value` None: unknown time that counts as exposed."""

    since: int
    until: int
    distance: int
    value: int | None


class Timeline:
    """Disjoint steps of one place (or of several, merged) with sums, so that a part of it is quickly found."""

    def __init__(self, steps: Iterable[Step], sign: int) -> None:
        """Take steps in order of time; `sign` is the direction in which values are far."""
        self.steps: list[Step] = []
        self.intervals: list[Interval] = []
        self.stale_from = NEVER  # what lies behind must be derived again
        self._farthest = max if sign > 0 else min
        self._starts: list[int] = []
        self._before = [0]
        self._weighed: dict[Weigh, list[int]] = {}
        self._append(steps)

    def replace(self, since: int, steps: Iterable[Step]) -> None:
        """Put other steps, all from `since` on, in the place of what lies behind it."""
        i = bisect_left(self._starts, since)
        tail: list[Step] = []
        if i and self.steps[i - 1].until > since:
            i -= 1
            tail = [self.steps[i]._replace(until=since)]
        del self.steps[i:], self._starts[i:], self._before[i + 1 :]
        for sums in self._weighed.values():
            del sums[i + 1 :]
        while self.intervals and self.intervals[-1][1] > (self.steps[-1].until if self.steps else -NEVER):
            start, _ = self.intervals.pop()
            if self.steps and start < self.steps[-1].until:
                self.intervals.append((start, self.steps[-1].until))
        self._append([*tail, *steps])
        self.stale_from = NEVER

    def _append(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.steps.append(step)
            self._starts.append(step.since)
            self._before.append(self._before[-1] + step.distance * (step.until - step.since))
            if self.intervals and step.since <= self.intervals[-1][1]:
                self.intervals[-1] = (self.intervals[-1][0], step.until)
            else:
                self.intervals.append((step.since, step.until))

    def inside(self, since: int, until: int) -> list[Interval]:
        """Return when there are steps, within `[since, until)`."""
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

    def weighed(self, weigh: Weigh, instant: int) -> int:
        """Return the weights of the values integrated up to the instant."""
        sums = self._sums(weigh)
        i = bisect_right(self._starts, instant)
        if not i:
            return 0
        step = self.steps[i - 1]
        return sums[i - 1] + weigh(step.value or 0) * (min(step.until, instant) - step.since)

    def reaches(self, weigh: Weigh, since: int, until: int, amount: int) -> int:
        """Return the first instant in `[since, until]` by which weights add up to the amount, from `since` on."""
        wanted = self.weighed(weigh, since) + amount
        i = bisect_left(self._sums(weigh), wanted)
        if amount <= 0 or i > len(self.steps):
            return since if amount <= 0 else NEVER
        step = self.steps[i - 1]
        at = step.since - (self._weighed[weigh][i - 1] - wanted) // weigh(step.value or 0)  # rounded up
        return at if at <= until else NEVER

    def _sums(self, weigh: Weigh) -> list[int]:
        sums = self._weighed.setdefault(weigh, [0])
        for since, until, _, value in self.steps[len(sums) - 1 :]:
            sums.append(sums[-1] + weigh(value or 0) * (until - since))
        return sums

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


def farthest(steps: Iterable[Step], sign: int) -> list[Step]:
    """Where steps overlap, keep the farthest value in the direction of `sign`; empty steps are dropped."""
    ordered = sorted((step for step in steps if step[0] < step[1]), key=itemgetter(0, 1))
    if all(step[1] <= following[0] for step, following in pairwise(ordered)):
        return ordered
    return list(_sweep(ordered, sign))


def _sweep(ordered: list[Step], sign: int) -> Iterable[Step]:
    edges = sorted({edge for step in ordered for edge in step[:2]})
    active: list[Step] = []
    following = 0
    for start, end in pairwise(edges):
        active = [step for step in active if step.until > start]
        while following < len(ordered) and ordered[following].since == start:
            active.append(ordered[following])
            following += 1
        if active:
            best = max(active, key=lambda step: (step.value is not None, sign * (step.value or 0), step.distance))
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
