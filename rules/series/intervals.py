"""When one sensor was known, outside, or slow to speak: sorted disjoint intervals, patched where readings changed.

Each is derived when it is first asked for and then kept. `patch` derives again what changed readings can reach, and
says until when what was reported before is still valid: an interval that only goes on changes nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from domain.intervals import Interval, covers
from domain.times import NEVER
from rules.series.arrays import intervals as fast
from rules.series.arrays.intervals import MANY
from rules.series.bounds import Bounds
from rules.series.sensor_test import Readings, Stepwise, Windowed

CHANGED = -NEVER  # nothing that was reported is valid any more


class Patched(NamedTuple):
    """The instant that a patch reaches to, and until when what was reported before it is valid."""

    reach: int
    valid_until: int


class StepwiseIntervals:
    """When the sensor is known (no test given) or outside by a stepwise test."""

    def __init__(self, test: Stepwise | None, max_gap: int, linger: int) -> None:
        self.test = test
        self.max_gap = max_gap
        self.linger = linger  # how long after the last interval each reading still matters to somebody
        self.intervals: list[Interval] = []
        self.is_ongoing = False  # at the last reading, and so at every quiescent one since

    def make(self, view: Readings) -> None:
        """Derive from scratch."""
        if self.test is None or isinstance(self.test, Bounds):
            band = (-NEVER, NEVER) if self.test is None else self.test.inside_range()
            columns = view.thinned(band, self.max_gap)
            if columns is not None:
                self.intervals = fast.known_or_outside(*columns, self.test, self.max_gap)
                self.is_ongoing = self._reaches(view.times[-1])
                return
        view.need(-NEVER)
        if len(view.times) >= MANY and (self.test is None or isinstance(self.test, Bounds)):
            all_of_it = fast.numbers(view.times), view.column(0, len(view.times))
            self.intervals = fast.known_or_outside(*all_of_it, self.test, self.max_gap)
            self.is_ongoing = self._reaches(view.times[-1])
            return
        if self.test and view.times:
            low, high = self.test.quiescent_range()
            if low <= min(view.values) and max(view.values) <= high:
                return
        self.patch(view, -NEVER, NEVER)

    def patch(self, view: Readings, low: int, high: int) -> Patched:
        """Derive again what readings changed in `[low, high]` can have changed."""
        view.need(low)
        times, values = view.times, view.values
        first = bisect_left(times, low)
        start = times[first - 1] if first else -NEVER
        kept = max(len(self.intervals) - 1, 0)
        previous = self.intervals[kept:]
        outside = bool(first) and covers(self.intervals, start)
        pieces: list[Interval] = []
        end, reach = NEVER, start
        for i in range(max(first - 1, 0), len(times)):
            at = times[i]
            if i >= first:
                outside = self._outside(view, values[i], outside and reach >= at)
                if at > high and outside == covers(self.intervals, at):
                    end = at
                    break
            reach = at + self.max_gap
            if i + 1 < len(times):
                reach = min(reach, times[i + 1])
            if outside:
                pieces.append((at, reach))
        patch_intervals(self.intervals, start, end, pieces)
        self.is_ongoing = self._reaches(times[-1]) if times else False
        if end < NEVER or (self.linger and previous and previous[-1][1] + self.linger > low):
            return Patched(end, CHANGED)
        return Patched(end, valid_until(previous, self.intervals[kept:]))

    def _outside(self, view: Readings, value: int, was_outside: bool) -> bool:
        if view.is_fault(value):
            return False
        return self.test is None or self.test.broken_by(value, was_outside)

    def catch_up(self, at: int) -> None:
        """Let what is ongoing do so up to a quiescent reading at the instant."""
        if self.is_ongoing:
            self.intervals[-1] = (self.intervals[-1][0], at + self.max_gap)

    def quiescent_band(self, view: Readings) -> tuple[int, int]:
        """Return the values that the next reading may have to begin and end nothing."""
        if self.linger and self._reaches(view.last_at - self.linger):
            return NEVER, -NEVER
        if self.test is None:
            return -NEVER, NEVER
        return self.test.outside_range(view.values[-1]) if self.is_ongoing else self.test.quiescent_range()

    def _reaches(self, at: int) -> bool:
        return bool(self.intervals) and self.intervals[-1][1] > at


def valid_until(previous: Sequence[Interval], now: Sequence[Interval]) -> int:
    """Return until when what was reported of intervals is valid, given what they are now.

    NEVER if nothing changed; if only the last one goes on longer than was expected, until its former end.
    """
    if now == previous:
        return NEVER
    if not previous or len(now) != len(previous) or now[:-1] != previous[:-1]:
        return CHANGED
    return previous[-1][1] if now[-1][0] == previous[-1][0] and now[-1][1] > previous[-1][1] else CHANGED


class WindowedIntervals:
    """When the sensor is outside by a windowed test."""

    linger = 0

    def __init__(self, test: Windowed, max_gap: int) -> None:
        self.test = test
        self.max_gap = max_gap
        self.intervals: list[Interval] = []
        self.seen = -NEVER  # readings up to here have been scanned
        self.scan_at = -NEVER

    def patch(self, view: Readings, low: int, high: int) -> Patched:
        """Derive again what readings changed in `[low, high]`, or never scanned, can have changed."""
        times = view.times
        low = min(low, self.seen + 1)
        view.need(low)
        first = bisect_left(times, low)
        start = times[first - 1] if first else -NEVER
        behind = bisect_right(times, high)
        end = times[behind] + self.test.memory + self.max_gap if behind < len(times) else NEVER
        kept = bisect_right(self.intervals, start, key=itemgetter(1))
        previous = self.intervals[kept:]
        patch_intervals(self.intervals, start, end, list(self.test.outside(view, start, end, self.max_gap)))
        if times:
            self.seen = max(self.seen, times[-1])
        self.scan_at = self.test.scan_at(view, self.max_gap)
        return Patched(end, valid_until(previous, self.intervals[kept:]) if end == NEVER else CHANGED)

    def scan(self, view: Readings) -> Patched:
        """Scan quiescent readings. Up to `scan_at` none of them can matter if nothing was outside."""
        return Patched(NEVER, NEVER) if self.look_ahead(view) else self.patch(view, NEVER, NEVER)

    def look_ahead(self, view: Readings) -> bool:
        """Tell whether no quiescent reading here can matter; if so, they have been scanned."""
        if view.times and view.times[-1] <= self.scan_at and not self.needs_scan():
            at = self.test.scan_at(view, self.max_gap)
            if self.scan_at < at:
                self.seen, self.scan_at = view.times[-1], at
                return True
        return False

    def is_behind(self, view: Readings) -> bool:
        """Tell whether there are readings that have not been scanned."""
        return bool(view.times) and view.times[-1] > self.seen

    def needs_scan(self) -> bool:
        """Tell whether a reading behind what has been scanned must be scanned whatever it says."""
        return self.scan_at == -NEVER or (bool(self.intervals) and self.intervals[-1][1] > self.seen)

    def is_ongoing(self) -> bool:
        """Tell whether the sensor is outside at the last reading that has been scanned."""
        return bool(self.intervals) and self.intervals[-1][0] <= self.seen < self.intervals[-1][1]


def patch_intervals(intervals: list[Interval], start: int, end: int, pieces: Sequence[Interval]) -> None:
    """Put pieces (in order, inside `[start, end)`) in the place of whatever the sorted list has there, and join."""
    i = bisect_right(intervals, start, key=lambda interval: interval[1])
    j = bisect_left(intervals, end, lo=i, key=lambda interval: interval[0])
    left = [(intervals[i][0], start)] if i < j and intervals[i][0] < start else []
    right = [(end, intervals[j - 1][1])] if i < j and intervals[j - 1][1] > end else []
    if i > 0:  # neighbours may touch the pieces
        i -= 1
        left.insert(0, intervals[i])
    if j < len(intervals):
        right.append(intervals[j])
        j += 1
    joined: list[Interval] = []
    for piece in (*left, *pieces, *right):
        if joined and piece[0] <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], piece[1]))
        else:
            joined.append(piece)
    intervals[i:j] = joined


class Pauses:
    """Pairs of consecutive values further apart than `after`; faults are no values."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.intervals: list[Interval] = []

    def make(self, view: Readings) -> None:
        """Derive from scratch."""
        columns = view.thinned((-NEVER, NEVER), self.after)
        if columns is None:
            view.need(-NEVER)
            self.patch(view, -NEVER, NEVER)
        else:
            self.intervals = fast.pauses(*columns, self.after)

    def patch(self, view: Readings, low: int, high: int) -> Patched:
        """Derive again around readings changed in `[low, high]`."""
        view.need(low)
        before = view.last_value(-NEVER, low)
        behind = view.first_value(high + 1, NEVER)
        start = -NEVER if before is None else before
        end = NEVER if behind is None else behind
        i = bisect_left(self.intervals, start, key=lambda interval: interval[0])
        j = bisect_left(self.intervals, end, lo=i, key=lambda interval: interval[0])
        found = list(self._between(view, start, end))
        same = found == self.intervals[i:j]
        self.intervals[i:j] = found
        # An ongoing silence was reported where there was no reading for so long.
        valid_until = NEVER if behind is not None else start + self.after
        return Patched(end, valid_until if same else CHANGED)

    def _between(self, view: Readings, start: int, end: int) -> Iterable[Interval]:
        view.need(start)
        times, values = view.times, view.values
        low, high = bisect_left(times, start), bisect_right(times, end)
        if high - low >= MANY:
            yield from fast.pauses(fast.numbers(times[low:high]), view.column(low, high), self.after)
            return
        last = None
        for i in range(low, high):
            if view.is_fault(values[i]):
                continue
            if last is not None and times[i] - last > self.after:
                yield last, times[i]
            last = times[i]
