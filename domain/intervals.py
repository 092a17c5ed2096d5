"""Sets of half-open intervals `[from, to)` as sorted lists of disjoint, non-touching pairs.

An empty interval (`from == to`) is kept only where a function says so.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter

Interval = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Join overlapping and touching intervals."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def intersect(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Return what lies in both sets; empty pieces are dropped."""
    pieces: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            pieces.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return pieces


def clip(intervals: Sequence[Interval], start: int, end: int) -> list[Interval]:
    """Return what lies inside `[start, end)`; looks only at that, however many there are."""
    first = bisect_right(intervals, start, key=itemgetter(1))
    last = bisect_left(intervals, end, key=itemgetter(0))
    return [(max(a, start), min(b, end)) for a, b in intervals[first:last] if max(a, start) < min(b, end)]


def subtract(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Return what lies in `left` and not in `right`."""
    pieces: list[Interval] = []
    j = 0
    for start, end in left:
        while j < len(right) and right[j][1] <= start:
            j += 1
        k = j
        while k < len(right) and right[k][0] < end:
            if start < right[k][0]:
                pieces.append((start, right[k][0]))
            start = max(start, right[k][1])
            k += 1
        if start < end:
            pieces.append((start, end))
    return pieces


def total(intervals: Iterable[Interval]) -> int:
    """Return the summed length."""
    return sum(end - start for start, end in intervals)


def covers(intervals: Sequence[Interval], instant: int) -> bool:
    """Tell whether the instant lies inside."""
    i = bisect_right(intervals, instant, key=lambda interval: interval[0])
    return i > 0 and instant < intervals[i - 1][1]


def overlaps(intervals: Iterable[Interval], start: int, end: int) -> bool:
    """Tell whether any interval shares an instant with the closed span `[start, end]`."""
    return any(a <= end and start <= b for a, b in intervals)
