"""Cumulative: time that adds up. Fires when what lies inside the last window reaches a total; again only after it was
below it again."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from domain.intervals import Interval
from domain.times import NEVER
from rules.subjects.pieces import Piece


def cumulative_firings(
    pieces: Sequence[Piece],
    intervals: Sequence[Interval],
    last: int,
    budget_of: Callable[[Piece], tuple[int, int | None]],
) -> Iterator[tuple[int, Piece]]:
    """Yield each instant up to `last` at which the sum reaches the total of the version in force.

    `budget_of` a piece is its total and its window (None: whole life).
    """
    sums = Sums(intervals)
    reached = False
    for piece in pieces:
        budget, window = budget_of(piece)
        for at, level in _turns(sums, piece.since, min(piece.until, last), budget, window):
            if level >= budget and not reached:
                yield at, piece
            reached = level >= budget


def _turns(sums: "Sums", since: int, until: int, budget: int, window: int | None) -> Iterator[tuple[int, int]]:
    """Yield `(instant, sum)` wherever the sum turns or first reaches the budget: between them it is a line."""
    if since > until:
        return
    last = max(since, sums.start)
    level = sums.inside(last, window)
    yield last, level
    for turn in sums.turns(last, until, window):
        next_level = sums.inside(turn, window)
        if level < budget < next_level:
            yield last + (budget - level), budget
        yield turn, next_level
        last, level = turn, next_level


def cumulative_due(intervals: Sequence[Interval], until: int, budget: int, window: int | None) -> int:
    """Return the earliest instant at which what is left of the budget can be used up; NEVER if nothing is ongoing."""
    if not intervals or intervals[-1][1] <= until:
        return NEVER
    left = budget - Sums(intervals).inside(until, window)
    return until + left if left > 0 else NEVER


class Sums:
    """Prefix sums over intervals: how much of them lies before an instant."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self._starts = [start for start, _ in intervals]
        self._intervals = intervals
        self._before = [0]
        for start, end in intervals:
            self._before.append(self._before[-1] + end - start)
        self.start = self._starts[0] if intervals else NEVER

    def until(self, instant: int) -> int:
        """Return what lies before the instant."""
        i = bisect_right(self._starts, instant)
        if not i:
            return 0
        start, end = self._intervals[i - 1]
        return self._before[i - 1] + min(end, instant) - start

    def inside(self, instant: int, window: int | None) -> int:
        """Return what lies in the last `window` before the instant."""
        return self.until(instant) - (self.until(instant - window) if window is not None else 0)

    def turns(self, since: int, until: int, window: int | None) -> list[int]:
        """Return the instants after `since` up to `until` at which the sum may change its slope, and `until`."""
        edges = {edge for interval in self._intervals for edge in interval}
        if window is not None:
            edges |= {edge + window for edge in edges}
        return sorted({edge for edge in edges if since < edge < until} | ({until} if until > since else set()))
