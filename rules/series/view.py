"""A series as those see it who take the same values for faults, and the intervals derived from it.

A reading holds until the next reading or fault, at most `max_gap`. Derived intervals (known, outside by some test,
pauses) are made when first asked for and then kept, patched where readings changed.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from domain.intervals import Interval
from domain.readings import FAULT
from domain.times import NEVER
from rules.series.arrays.intervals import Numbers, numbers
from rules.series.bands import EVERYTHING, NOTHING, Band, Plausible, narrow
from rules.series.intervals import CHANGED, Patched, Pauses, StepwiseIntervals, WindowedIntervals
from rules.series.sensor_test import Stepwise, Windowed

T = TypeVar("T")
_ANSWERS = 256  # of one sort are kept


def keep_answer(answers: dict[T, int], asked: T, answer: int) -> None:
    """Keep an answer, unless there are so many that they are hardly asked for again."""
    if len(answers) >= _ANSWERS:
        answers.clear()
    answers[asked] = answer


class Host(Protocol):
    """What a view needs of the series that it belongs to."""

    @property
    def times(self) -> "array[int]":
        """Instants, sorted."""

    @property
    def values(self) -> "array[int]":
        """What was read, FAULT for a fault."""

    @property
    def last_at(self) -> int:
        """The instant of the last reading or fault."""

    @property
    def changed(self) -> Interval | None:
        """Where readings have changed since the intervals were derived."""

    def need(self, at: int) -> None:
        """Have the readings here from before an instant on, the one just before it included."""

    @property
    def here_from(self) -> int:
        """The instant before which readings may not be in memory."""

    def thinned(self, band: Band, gap: int) -> tuple[Numbers, Numbers] | None:
        """Return all readings, but few where they are in the band; None: nobody knows enough."""

    def look_back(self, since: int) -> Iterator[tuple[int, Numbers, Numbers]]:
        """Yield readings before `here_from` from an instant on, a part after the other; none of it stays in memory.

        With each part comes from when on it is asked for: earlier readings in it tell which of the others jump.
        """

    def piece(self, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        """Return readings of a time before `here_from`, after two earlier ones at least if there are any.

        Nothing of it stays in memory.
        """

    def rank(self, at: int) -> int:
        """Return how many readings and faults there are before an instant, counted from anywhere."""

    def find_quiescent_band(self) -> None:
        """Find out anew which next reading would begin and end nothing: a view has something more to watch."""


class View:
    """A series as those see it who take the same values for faults."""

    def __init__(self, series: Host, plausible: Plausible | None) -> None:
        self._series = series
        self.plausible = plausible
        self.times = series.times
        self._own: array[int] | None = None  # the values with FAULT for those that jumped, if there are any
        self._stepwise: dict[tuple[Stepwise | None, int], StepwiseIntervals] = {}
        self._windows: dict[tuple[Windowed, int], WindowedIntervals] = {}
        self._pauses: dict[int, Pauses] = {}
        self._kept: dict[tuple[Windowed, int], Any] = {}
        self._firsts: dict[int, int] = {}  # what was answered of readings that may be here no more
        self._lasts: dict[int, int] = {}
        self._counts: dict[Interval, int] = {}
        if plausible is not None and plausible.step is not None and self.times:
            series.need(self.times[0])  # of the first one that is here nobody would know whether it jumped
        self._mark_jumps(0, len(self.times))

    @property
    def values(self) -> "array[int]":
        """What was read, FAULT for a fault and for what is too far from the reading just before it."""
        own = self._own
        if own is None:
            return self._series.values
        if len(own) < len(self.times) and self._series.changed is None:  # quiescent readings do not jump
            own.extend(self._series.values[len(own) :])
        return own

    def _mark_jumps(self, first: int, end: int) -> None:
        """Find out anew which readings at these places jump; nothing else of the series has changed."""
        if self.plausible is None or self.plausible.step is None or first >= end:
            return
        start = max(first - 1, 0)
        raw = self._series.values
        window = numbers(raw[start:end])
        jumps = self.plausible.jumps(numbers(self.times[start:end]), window)
        if self._own is None and not jumps.any():
            return
        marked = window.copy()
        marked[1:][jumps] = FAULT
        fresh = array("q", marked.tolist())[first - start :]
        own = raw[:] if self._own is None else self._own
        own[first : len(own) - (len(raw) - end)] = fresh
        self._own = own

    def is_fault(self, value: int) -> bool:
        """Tell whether a number of the array is no value."""
        return value == FAULT or (self.plausible is not None and self.plausible.rejects(value))

    # --- what is in memory ---

    def need(self, at: int) -> None:
        """Have the readings here from before an instant on, the one just before it included."""
        self._series.need(at)

    def thinned(self, band: Band, gap: int) -> tuple[Numbers, Numbers] | None:
        """Return instants and values (FAULT: none) of all time, few where they are in the band; None: have all here.

        There they are in the band, and none is later than `gap` after the one before.
        """
        if self._series.here_from < -NEVER:
            return None
        if self.plausible is not None:
            if self.last is None:
                return None
            band = narrow(band, self.plausible.band_around(self.last))
        found = self._series.thinned(band, gap)
        return None if found is None else (found[0], self._taken(*found))

    def _taken(self, times: Numbers, values: Numbers) -> Numbers:
        """Return values, FAULT for what is none; of the first one nobody knows whether it jumped."""
        if self.plausible is None:
            return values
        taken = self.plausible.taken(values)
        taken[1:][self.plausible.jumps(times, values)] = FAULT
        return taken

    def seen_until(self) -> int:
        """Return the instant of the first reading that somebody needs who looks at the next one."""
        for windowed in self._windows.values():
            windowed.look_ahead(self)
        return min((windowed.seen for windowed in self._windows.values()), default=NEVER)

    def forget(self, count: int) -> None:
        """Let so many of the first readings be gone: the series drops them."""
        _ = self.values
        if self._own is not None:
            del self._own[:count]

    def take_up(self, count: int) -> None:
        """Take so many readings that are here again, before all others."""
        if self.plausible is None or self.plausible.step is None:
            return
        raw = self._series.values
        marked = numbers(raw[: count + 1])
        jumps = self.plausible.jumps(numbers(self.times[: count + 1]), marked)
        if self._own is None and not jumps.any():
            return
        marked[1:][jumps] = FAULT
        own = raw[count:] if self._own is None else self._own
        own[:1] = array("q", marked.tolist())
        self._own = own

    def forget_answers(self, at: int) -> None:
        """Drop answers that a change at an instant, or in whether the next reading jumps, can concern."""
        self._firsts = {asked: first for asked, first in self._firsts.items() if first < at}
        self._lasts = {asked: last for asked, last in self._lasts.items() if asked <= at}
        self._counts = {asked: count for asked, count in self._counts.items() if asked[1] <= at}

    # --- kept current by the series ---

    def catch_up(self) -> None:
        """Quiescent readings only move the end of what is ongoing: move it now."""
        _ = self.values
        for stepwise in self._stepwise.values():
            stepwise.catch_up(self._series.last_at)

    def scan(self) -> Iterator[tuple[int, Patched]]:
        """Scan quiescent readings where each must be scanned; yield from where on, and what became of it."""
        for windowed in self._windows.values():
            if windowed.needs_scan() and windowed.is_behind(self):
                yield windowed.seen, windowed.scan(self)

    def needs_scan(self) -> bool:
        """Tell whether every reading must be scanned, however quiescent."""
        return any(windowed.needs_scan() for windowed in self._windows.values())

    def is_ongoing(self) -> bool:
        """Tell whether the sensor is outside by any test."""
        return any(each.is_ongoing for (test, _), each in self._stepwise.items() if test is not None) or any(
            each.is_ongoing() for each in self._windows.values()
        )

    def patch(self, low: int, high: int) -> Iterator[Patched]:
        """Derive again what readings changed in `[low, high]` can have changed."""
        self.need(low)
        if self.plausible is not None and self.plausible.step is not None:
            first, end = bisect_left(self.times, low), min(bisect_right(self.times, high) + 1, len(self.times))
            self._mark_jumps(first, end)
            high = max(high, self.times[end - 1]) if end else high  # the next reading is compared with the last of them
        kept: list[StepwiseIntervals | WindowedIntervals | Pauses] = [*self._stepwise.values(), *self._windows.values()]
        for derived in (*kept, *self._pauses.values()):
            yield derived.patch(self, low, high)
        if self._pauses and self._falls_silent(low, high):
            yield Patched(NEVER, CHANGED)

    def _falls_silent(self, low: int, high: int) -> bool:
        """Tell whether there are values and faults among the readings of a span and the one before it."""
        first = max(bisect_left(self.times, low) - 1, 0)
        faults = [self.is_fault(value) for value in self.values[first : bisect_right(self.times, high)]]
        return any(faults) and not all(faults)

    def patience(self) -> int:
        """Return how long after a reading the next one is no news in itself."""
        return min(self.waits(), default=NEVER)

    def waits(self) -> list[int]:
        """Return for how long there may be no reading before it matters to somebody."""
        return [*self._pauses, *(gap for _, gap in self._stepwise), *(gap for _, gap in self._windows)]

    def quiescent_band(self) -> Band:
        """Return the values that the next reading may have to change nothing."""
        if not self.times or self.is_fault(self.values[-1]):
            return NOTHING
        band = EVERYTHING if self.plausible is None else self.plausible.band_around(self.values[-1])
        for stepwise in self._stepwise.values():
            band = narrow(band, stepwise.quiescent_band(self))
        return band

    def scan_times(self) -> list[int]:
        """Return the instants at which quiescent readings may have come to matter."""
        return [windowed.scan_at for windowed in self._windows.values()]

    def scan_all(self) -> None:
        """Scan the quiescent readings that have not been scanned."""
        for windowed in self._windows.values():
            windowed.scan(self)

    def beginnings(self, now: int) -> list[int]:
        """Return when a windowed test is outside from next, if that is known."""
        return [since for windowed in self._windows.values() for since, _ in windowed.intervals if since > now]

    def remember(self, test: Windowed, max_gap: int, make: Callable[[], T]) -> T:
        """Return what a test keeps between two looks at this view, made when it first looks."""
        kept: T = self._kept.setdefault((test, max_gap), make())
        return kept

    # --- asking ---

    def column(self, low: int, high: int) -> Numbers:
        """Return the values at these places, FAULT for what is none."""
        values = numbers(self.values[low:high])
        return values if self.plausible is None else self.plausible.taken(values)

    def places(self, since: int, until: int) -> tuple[int, int]:
        """Return from where to where readings lie that can hold in `[since, until)`."""
        self.need(since)
        return max(bisect_right(self.times, since) - 1, 0), bisect_left(self.times, until)

    @property
    def last_at(self) -> int:
        """The instant of the last reading or fault."""
        return self._series.last_at

    @property
    def last(self) -> int | None:
        """The last value; None if a fault followed it."""
        return None if not self.times or self.is_fault(self.values[-1]) else self.values[-1]

    def first_value(self, since: int, until: int) -> int | None:
        """Return the instant of the first value in `[since, until)`."""
        first = self._firsts.get(since)
        if first is None:
            first = self._find_first(since, until)
            if first is not None:
                keep_answer(self._firsts, since, first)
        return first if first is not None and first < until else None

    def _find_first(self, since: int, until: int) -> int | None:
        if -NEVER < since < self._series.here_from:
            for start, times, values in self._series.look_back(since):
                if start >= until:
                    return None
                found = times[(times >= start) & (self._taken(times, values) != FAULT)]
                if len(found):
                    return int(found[0])
            since = self._series.here_from
        elif since == -NEVER:
            self.need(since)
        for i in range(bisect_left(self.times, since), len(self.times)):
            if self.times[i] >= until:
                return None
            if not self.is_fault(self.values[i]):
                return self.times[i]
        return None

    def last_value(self, since: int, until: int) -> int | None:
        """Return the instant of the last value in `[since, until)`."""
        last = self._lasts.get(until)
        if last is None:
            last = self._find_last(since, until)
            if last is not None and until <= self.last_at:
                keep_answer(self._lasts, until, last)
        return last if last is not None and last >= since else None

    def _find_last(self, since: int, until: int) -> int | None:
        at = until
        if at <= self._series.here_from and at > -NEVER:
            times, raw = self._series.piece(at, at)
            known = times[:] and numbers(times)[self._taken(numbers(times), numbers(raw)) != FAULT]
            if len(known) > 1:  # of the first one nobody knows whether it jumped
                return int(known[-1])
        while True:
            self.need(at)
            i = bisect_left(self.times, at) - 1
            if i < 0 or self.times[i] < since:
                return None
            at = self.times[i]
            if not self.is_fault(self.values[i]):
                return at

    def value_instants(self, since: int, until: int) -> list[int]:
        """Return the instants of values in `[since, until)`."""
        self.need(since)
        span = range(bisect_left(self.times, since), bisect_left(self.times, until))
        return [self.times[i] for i in span if not self.is_fault(self.values[i])]

    def count_between(self, since: int, until: int) -> int:
        """Return how many readings and faults lie in `[since, until)`."""
        asked = since, until
        if asked in self._counts:
            return self._counts[asked]
        if since > -NEVER and until <= self._series.here_from:
            times, _ = self._series.piece(since, until)
            count = len(times) - bisect_left(times, since)
        else:
            count = self._series.rank(until) - self._series.rank(since)
        if until <= self.last_at:
            keep_answer(self._counts, asked, count)
        return count

    def steps(self, since: int, until: int, max_gap: int) -> Iterator[tuple[int, int, int]]:
        """Yield `(from, to, value)` of what is known in `[since, until)`; between two of them nothing else is asked."""
        if since > -NEVER and until <= self._series.here_from:
            times, raw = self._series.piece(since, until)
            values = array("q", self._taken(numbers(times), numbers(raw)).tolist())
        else:
            self.need(since)
            times, values = self.times, self.values
        for i in range(max(bisect_right(times, since) - 1, 0), len(times)):
            at = times[i]
            if at >= until:
                return
            end = at + max_gap if i + 1 == len(times) else min(at + max_gap, times[i + 1])
            if end > since and not self.is_fault(values[i]):
                yield max(at, since), min(end, until), values[i]

    def outside(self, test: Stepwise | Windowed, max_gap: int, linger: int = 0) -> list[Interval]:
        """Return when the sensor was outside; what is ongoing ends `max_gap` after the last reading."""
        if isinstance(test, Windowed):
            return self._windowed(test, max_gap).intervals
        return self._caught_up(self._derive(test, max_gap, linger))

    def is_outside(self, test: Stepwise | Windowed, max_gap: int) -> bool:
        """Tell whether the sensor is outside since its last reading."""
        intervals = self.outside(test, max_gap)
        return bool(intervals) and intervals[-1][1] > self.last_at

    def known(self, max_gap: int) -> list[Interval]:
        """Return when the sensor had a value; what is ongoing ends `max_gap` after the last reading."""
        return self._caught_up(self._derive(None, max_gap, 0))

    def pauses(self, after: int) -> list[Interval]:
        """Return the pairs of consecutive values further apart than `after`."""
        pauses = self._pauses.get(after)
        if pauses is None:
            pauses = self._pauses[after] = Pauses(after)
            pauses.make(self)
            self._series.find_quiescent_band()
        return pauses.intervals

    def _caught_up(self, stepwise: StepwiseIntervals) -> list[Interval]:
        stepwise.catch_up(self._series.last_at)
        return stepwise.intervals

    def _derive(self, test: Stepwise | None, max_gap: int, linger: int) -> StepwiseIntervals:
        stepwise = self._stepwise.get((test, max_gap))
        if stepwise is None:
            stepwise = self._stepwise[test, max_gap] = StepwiseIntervals(test, max_gap, linger)
            stepwise.make(self)
            self._series.find_quiescent_band()
        elif linger > stepwise.linger:
            stepwise.linger = linger
            self._series.find_quiescent_band()
        return stepwise

    def _windowed(self, test: Windowed, max_gap: int) -> WindowedIntervals:
        windowed = self._windows.get((test, max_gap))
        if windowed is None:
            windowed = self._windows[test, max_gap] = WindowedIntervals(test, max_gap)
            windowed.patch(self, -NEVER, NEVER)
            self._series.find_quiescent_band()
        elif windowed.is_behind(self):
            windowed.scan(self)
            self._series.find_quiescent_band()
        return windowed
