"""Cumulative: time that adds up. Fires when what lies inside the last window reaches a total; again only after it was
below it again."""

from collections.abc import Callable, Iterator, Sequence

from domain.intervals import Interval
from domain.times import NEVER
from rules.subjects.kept import Lengths
from rules.subjects.pieces import Piece


def cumulative_firings(
    pieces: Sequence[Piece],
    intervals: Sequence[Interval],
    last: int,
    budget_of: Callable[[Piece], tuple[int, int | None]],
    after: int = -NEVER,
) -> Iterator[tuple[int, Piece]]:
    """Yield each instant later than `after` up to `last` at which the sum reaches the total of the version in force.

    `budget_of` a piece is its total and its window (None: whole life).
    """
    sums = Lengths.of(intervals)
    reached = False
    for piece in pieces:
        budget, window = budget_of(piece)
        end = min(piece.until, last)
        for at, level in _turns(sums, max(piece.since, min(after, end)), end, budget, window):
            if level >= budget and not reached and at > after:
                yield at, piece
            reached = level >= budget


def _turns(sums: Lengths, since: int, until: int, budget: int, window: int | None) -> Iterator[tuple[int, int]]:
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
    left = budget - Lengths.of(intervals).inside(until, window)
    return until + left if left > 0 else NEVER
