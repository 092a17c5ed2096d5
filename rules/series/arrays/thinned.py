"""A long history from a few numbers a day: readings are asked for only where these do not say enough."""

from array import array
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from domain.times import NEVER
from rules.series.arrays.intervals import Numbers, numbers

# What was read at instants in `[since, until)`, sorted, one an instant; FAULT is a fault.
Recall = Callable[[int, int], tuple["array[int]", "array[int]"]]
_NOTHING = np.empty(0, np.int64)


class Days(NamedTuple):
    """Spans `[since, until)` with all readings of a time, in order, and what is known of each.

    `is_plain`, 1 or 0: each reading in it is a value, and the other numbers are of all of them.
    """

    since: Numbers
    until: Numbers
    first_at: Numbers
    first: Numbers
    last_at: Numbers
    last: Numbers
    lowest: Numbers
    highest: Numbers
    longest_pause: Numbers
    is_plain: Numbers

    @property
    def end(self) -> int:
        """The instant by which the last of them ends; -NEVER: there is none."""
        return int(self.until[-1]) if len(self.until) else -NEVER


NO_DAYS = Days(*[_NOTHING] * 10)


def thinned(days: Days, low: int, high: int, gap: int, recall: Recall) -> tuple[Numbers, Numbers]:
    """Return readings, fewer where they lie in `[low, high]` and each at most `gap` after the one before.

    There the first and the last of a time are as they were, and none between them is later than `gap` after another.
    """
    dull = (days.is_plain != 0) & (days.lowest >= low) & (days.highest <= high) & (days.longest_pause <= gap)
    follows = dull[1:] & dull[:-1] & (days.first_at[1:] - days.last_at[:-1] <= gap)
    follows |= ~dull[1:] & ~dull[:-1]
    begins = np.concatenate(([0], np.flatnonzero(~follows) + 1, [len(dull)])) if len(dull) else _NOTHING
    times, values = [_NOTHING], [_NOTHING]
    for first, end in zip(begins[:-1].tolist(), begins[1:].tolist(), strict=True):
        span = _few(days, first, end - 1, gap) if dull[first] else _all(days, first, end - 1, recall)
        times.append(span[0])
        values.append(span[1])
    return np.concatenate(times), np.concatenate(values)


def _few(days: Days, first: int, last: int, gap: int) -> tuple[Numbers, Numbers]:
    times = np.append(np.arange(days.first_at[first], days.last_at[last], gap), days.last_at[last])
    values = np.full(len(times), days.lowest[first])
    values[0] = days.first[first]
    values[-1] = days.last[last]
    return times, values


def _all(days: Days, first: int, last: int, recall: Recall) -> tuple[Numbers, Numbers]:
    times, values = recall(int(days.since[first]), int(days.until[last]))
    return numbers(times), numbers(values)
