"""How long a problem has lasted: its pauses, in which nothing of it is known to have been outside.

Between its beginning and its end a problem can be without data, or within limits for less than what parts two problems.
Neither counts as time outside, wherever it is told how long it has lasted.
"""

from collections.abc import Iterable

from domain.intervals import Interval, subtract, union
from domain.times import NEVER
from rules.alarms.problems import Fired, Problem, span_of


def pauses(problem: Problem, more: Iterable[Interval]) -> list[Interval]:
    """Return the times of a problem in which nothing was outside, in order.

    `more`: when it was outside besides what fired, `NEVER` ending what goes on. What comes after the last time outside
    is no pause while it goes on: it is over only with a value in range.
    """
    end = NEVER if problem.outside_until is None else problem.outside_until
    spans = ((since, min(until, end)) for since, until in (*map(_outside, problem.fired), *more))
    outside = union(span for span in spans if span[0] < span[1])
    if not outside:
        return []
    return subtract([(problem.since, outside[-1][1] if problem.outside_until is None else end)], outside)


def has_pause(problem: Problem) -> bool:
    """Tell whether what fired by itself leaves one: rarely so."""
    spans = union(map(_outside, problem.fired))
    return len(spans) > 1 or spans[0][1] < (NEVER if problem.outside_until is None else problem.outside_until)


def _outside(fired: Fired) -> Interval:
    """Return when it was outside: up to a value in range where data go on without this subject."""
    firing, (since, until) = fired.firing, span_of(fired.firing)
    if firing.lost is not None and firing.lost.at is None:
        return since, max(until, NEVER if firing.lost.back is None else firing.lost.back)
    return since, until
