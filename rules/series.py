"""One quantity of one sensor over time, and the stretches derived from it, patched locally when data comes late.

A reading holds until the next reading or fault, at most `max_gap`. Derived stretches (known, outside some bounds,
pauses) are made when first asked for and then kept: a reading in order, in range and in time touches none of them.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from enum import Enum
from operator import sub

from domain.intervals import Interval, covers
from domain.readings import FAULT
from domain.times import NEVER
from rules.bounds import Bounds
from rules.fast import stretches as fast
from rules.fast.stretches import MANY


class Heard(Enum):
    """What became of a reading."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # another value at the same instant: the first one received counts
    REPLACED_FAULT = "replaced fault"  # a value beats a fault at the same instant
    IGNORED_FAULT = "ignored fault"


class Stretches:
    """When the sensor is known (no bounds given) or outside the bounds, as sorted disjoint intervals."""

    def __init__(self, bounds: Bounds | None, max_gap: int, linger: int) -> None:
        self.bounds = bounds
        self.max_gap = max_gap
        self.linger = linger  # how long after the last stretch each reading still matters to somebody
        self.intervals: list[Interval] = []

    def patch(self, series: "Series", low: int, high: int) -> int:
        """Derive again what readings changed in `[low, high]` can have changed; return the instant it reaches to."""
        times, values = series.times, series.values
        first = bisect_left(times, low)
        start = times[first - 1] if first else -NEVER
        outside = bool(first) and covers(self.intervals, start)
        pieces: list[Interval] = []
        end, reach = NEVER, start
        for i in range(max(first - 1, 0), len(times)):
            at = times[i]
            if i >= first:
                outside = self._outside(values[i], outside and reach >= at)
                if at > high and outside == covers(self.intervals, at):
                    end = at
                    break
            reach = at + self.max_gap
            if i + 1 < len(times):
                reach = min(reach, times[i + 1])
            if outside:
                pieces.append((at, reach))
        splice(self.intervals, start, end, pieces)
        return end

    def _outside(self, value: int, was_outside: bool) -> bool:
        if value == FAULT:
            return False
        return self.bounds is None or self.bounds.broken_by(value, was_outside)

    def make(self, series: "Series") -> None:
        """Derive from scratch."""
        if len(series.times) >= MANY:
            columns = (fast.numbers(series.times), fast.numbers(series.values))
            self.intervals = fast.stretches(*columns, self.bounds, self.max_gap)
            return
        if self.bounds and series.times:
            low, high = self.bounds.calm_range()
            if low <= min(series.values) and max(series.values) <= high:
                return
        self.patch(series, -NEVER, NEVER)


def splice(intervals: list[Interval], start: int, end: int, pieces: Sequence[Interval]) -> None:
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

    def patch(self, series: "Series", low: int, high: int) -> None:
        """Derive again around readings changed in `[low, high]`."""
        before = series.last_value(-NEVER, low)
        behind = series.first_value(high + 1, NEVER)
        start = -NEVER if before is None else before
        end = NEVER if behind is None else behind
        i = bisect_left(self.intervals, start, key=lambda interval: interval[0])
        j = bisect_left(self.intervals, end, lo=i, key=lambda interval: interval[0])
        self.intervals[i:j] = self._between(series, start, end)

    def _between(self, series: "Series", start: int, end: int) -> Iterable[Interval]:
        times, values = series.times, series.values
        low, high = bisect_left(times, start), bisect_right(times, end)
        if high - low >= MANY:
            yield from fast.pauses(fast.numbers(times[low:high]), fast.numbers(values[low:high]), self.after)
            return
        last = None
        for i in range(low, high):
            if values[i] == FAULT:
                continue
            if last is not None and times[i] - last > self.after:
                yield last, times[i]
            last = times[i]


class Series:
    """Readings of one quantity of one sensor, sorted, one an instant."""

    def __init__(self, times: Iterable[int] = (), values: Iterable[int | None] = ()) -> None:
        """Take readings that are sorted by instant, one an instant; None is a fault, FAULT where it is an array."""
        self.times = array("q", times)
        given = values if isinstance(values, array) else (FAULT if value is None else value for value in values)
        self.values = array("q", given)
        self._stretches: dict[tuple[Bounds | None, int], Stretches] = {}
        self._pauses: dict[int, Pauses] = {}
        self.changed: Interval | None = None
        # A reading later than `last_at` by at most `patience` and inside `[low, high]` changes no stretch.
        self.last_at = self.times[-1] if self.times else -NEVER
        self.low, self.high, self.patience = NEVER, -NEVER, 0
        self._calm_down()

    # --- hearing ---

    def hear(self, at: int, value: int | None) -> Heard:
        """Take one reading at whatever instant. `settle` must follow before stretches are asked for."""
        number = FAULT if value is None else value
        i = bisect_left(self.times, at)
        if i < len(self.times) and self.times[i] == at:
            return self._meet(i, at, number)
        self._touch(at)
        self.times.insert(i, at)
        self.values.insert(i, number)
        self.last_at = self.times[-1]
        return Heard.NEW

    def extend(self, instants: Sequence[int], values: Sequence[int]) -> bool:
        """Take readings later than all that are here if they change no stretch; return whether they were taken."""
        if not instants or self.changed is not None or instants[0] <= self.last_at:
            return False
        self._calm_down()  # somebody may wait for the next reading, whatever it says
        if min(values) < self.low or max(values) > self.high or instants[0] - self.last_at > self.patience:
            return False
        if max(map(sub, instants[1:], instants), default=0) > self.patience:
            return False
        self.times.extend(instants)
        self.values.extend(values)
        self.last_at = self.times[-1]
        return True

    def insert(self, instants: Sequence[int], values: Sequence[int]) -> bool:
        """Take readings that follow each other if they fall between two that are here; return whether they do.

        As `hear` for each (FAULT: a fault), but what lies behind them moves once.
        """
        i = bisect_left(self.times, instants[0])
        if i < len(self.times) and self.times[i] <= instants[-1]:
            return False
        self._touch(instants[0])
        self._touch(instants[-1])
        self.times[i:i] = array("q", instants)
        self.values[i:i] = array("q", values)
        self.last_at = self.times[-1]
        return True

    def _meet(self, i: int, at: int, number: int) -> Heard:
        kept = self.values[i]
        if kept == number:
            return Heard.DUPLICATE
        if number == FAULT:
            return Heard.IGNORED_FAULT
        if kept != FAULT:
            return Heard.CONFLICT
        self._touch(at)
        self.values[i] = number
        return Heard.REPLACED_FAULT

    def _touch(self, at: int) -> None:
        """Note that the stretches around `at` are to be patched; nothing is calm until they are."""
        if self.changed is None:
            self._catch_up()
            self.low, self.high = NEVER, -NEVER
            self.changed = (at, at)
        else:
            self.changed = (min(self.changed[0], at), max(self.changed[1], at))

    def _catch_up(self) -> None:
        """Calm readings only move the end of what is known: move it now."""
        for (bounds, max_gap), stretches in self._stretches.items():
            if bounds is None and stretches.intervals and self.values[-1] != FAULT:
                stretches.intervals[-1] = (stretches.intervals[-1][0], self.last_at + max_gap)

    def settle(self) -> Interval | None:
        """Patch the stretches; return the closed span of instants at which anything can differ now."""
        if self.changed is None:
            return None
        low, high = self.changed
        self.changed = None
        i = bisect_left(self.times, low)
        j = bisect_right(self.times, high)
        reached = self.times[j] if j < len(self.times) else NEVER
        for stretches in self._stretches.values():
            reached = max(reached, stretches.patch(self, low, high))
        for pauses in self._pauses.values():
            pauses.patch(self, low, high)
        self._calm_down()
        return (self.times[i - 1] if i else low), reached

    def _calm_down(self) -> None:
        """Find out which next reading would change nothing."""
        self.low, self.high = -NEVER, NEVER
        self.patience = min((gap for _, gap in self._stretches), default=NEVER)
        self.patience = min([self.patience, *self._pauses])
        if not self.times or self.values[-1] == FAULT:
            self.low, self.high = NEVER, -NEVER
        for stretches in self._stretches.values():
            if stretches.bounds is None:
                continue
            low, high = stretches.bounds.calm_range()
            self.low, self.high = max(self.low, low), min(self.high, high)
            if stretches.intervals and stretches.intervals[-1][1] + stretches.linger > self.last_at:
                self.low, self.high = NEVER, -NEVER

    # --- asking ---

    def silences(self) -> list[int]:
        """Return the instants at which hearing nothing more will matter to somebody."""
        return [self.last_at + after for after in self._waits()]

    def overdue(self, now: int) -> None:
        """If hearing nothing matters already, then the next reading does, however calm it is."""
        if any(at <= now for at in self.silences()):
            self.low, self.high = NEVER, -NEVER

    def _waits(self) -> Iterable[int]:
        return *self._pauses, *(gap for _, gap in self._stretches)

    def next_turn(self, now: int) -> int:
        """Return the next instant after now of a reading already here, or at which the one before ends."""
        i = bisect_right(self.times, now)
        turns = [self.times[i]] if i < len(self.times) else []
        if i:
            turns += [self.times[i - 1] + after for after in self._waits()]
        return min((turn for turn in turns if turn > now), default=NEVER)

    def value_at(self, at: int) -> int | None:
        """Return what was read at exactly this instant; None for a fault or nothing."""
        i = bisect_left(self.times, at)
        found = i < len(self.times) and self.times[i] == at and self.values[i] != FAULT
        return self.values[i] if found else None

    def first_value(self, since: int, until: int) -> int | None:
        """Return the instant of the first value in `[since, until)`."""
        for i in range(bisect_left(self.times, since), len(self.times)):
            if self.times[i] >= until:
                return None
            if self.values[i] != FAULT:
                return self.times[i]
        return None

    def last_value(self, since: int, until: int) -> int | None:
        """Return the instant of the last value in `[since, until)`."""
        for i in range(bisect_left(self.times, until) - 1, -1, -1):
            if self.times[i] < since:
                return None
            if self.values[i] != FAULT:
                return self.times[i]
        return None

    def places(self, since: int, until: int) -> tuple[int, int]:
        """Return from where to where readings lie that can hold in `[since, until)`."""
        return max(bisect_right(self.times, since) - 1, 0), bisect_left(self.times, until)

    def value_instants(self, since: int, until: int) -> list[int]:
        """Return the instants of values in `[since, until)`."""
        span = range(bisect_left(self.times, since), bisect_left(self.times, until))
        return [self.times[i] for i in span if self.values[i] != FAULT]

    def steps(self, since: int, until: int, max_gap: int) -> Iterable[tuple[int, int, int]]:
        """Yield `(from, to, value)` of what is known in `[since, until)`."""
        times = self.times
        for i in range(max(bisect_right(times, since) - 1, 0), len(times)):
            at = times[i]
            if at >= until:
                return
            end = at + max_gap if i + 1 == len(times) else min(at + max_gap, times[i + 1])
            if self.values[i] != FAULT and end > since:
                yield max(at, since), min(end, until), self.values[i]

    def outside(self, bounds: Bounds, max_gap: int, linger: int = 0) -> list[Interval]:
        """Return when the sensor was outside the bounds; what goes on ends `max_gap` after the last reading."""
        return self._derive(bounds, max_gap, linger).intervals

    def known(self, max_gap: int) -> list[Interval]:
        """Return when the sensor had a value; what goes on ends `max_gap` after the last reading."""
        self._derive(None, max_gap, 0)
        self._catch_up()
        return self._stretches[None, max_gap].intervals

    def pauses(self, after: int) -> list[Interval]:
        """Return the pairs of consecutive values further apart than `after`."""
        pauses = self._pauses.get(after)
        if pauses is None:
            pauses = self._pauses[after] = Pauses(after)
            pauses.patch(self, -NEVER, NEVER)
            self._calm_down()
        return pauses.intervals

    def _derive(self, bounds: Bounds | None, max_gap: int, linger: int) -> Stretches:
        stretches = self._stretches.get((bounds, max_gap))
        if stretches is None:
            stretches = self._stretches[bounds, max_gap] = Stretches(bounds, max_gap, linger)
            stretches.make(self)
            self._calm_down()
        elif linger > stretches.linger:
            stretches.linger = linger
            self._calm_down()
        return stretches
