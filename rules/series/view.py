"""A series as those see it who take the same values for faults, and the stretches derived from it.

A reading holds until the next reading or fault, at most `max_gap`. Derived stretches (known, outside by some test,
pauses) are made when first asked for and then kept, patched where readings changed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from domain.intervals import Interval
from domain.readings import FAULT
from domain.times import NEVER
from rules.series.arrays.intervals import Numbers, numbers
from rules.series.bands import EVERYTHING, NOTHING, Band, Plausible, narrow
from rules.series.intervals import NEWS, Patched, Pauses, Recent, Stepwise, Stretches, Windowed

if TYPE_CHECKING:
    from rules.series.series import Series

T = TypeVar("T")


class View:
    """A series as those see it who take the same values for faults."""

    def __init__(self, series: "Series", plausible: Plausible | None) -> None:
        self._series = series
        self.plausible = plausible
        self.times = series.times
        self.values = series.values
        self._stretches: dict[tuple[Stepwise | None, int], Stretches] = {}
        self._recent: dict[tuple[Windowed, int], Recent] = {}
        self._pauses: dict[int, Pauses] = {}
        self._kept: dict[tuple[Windowed, int], Any] = {}

    def is_fault(self, value: int) -> bool:
        """Tell whether a number of the array is no value."""
        return value == FAULT or (self.plausible is not None and self.plausible.rejects(value))

    # --- kept current by the series ---

    def catch_up(self) -> None:
        """Calm readings only move the end of what goes on: move it now."""
        for stretches in self._stretches.values():
            stretches.catch_up(self._series.last_at)

    def glance(self) -> Iterator[tuple[int, Patched]]:
        """Look at calm readings where each must be looked at; yield from where on, and what became of it."""
        for recent in self._recent.values():
            if recent.wants_looks() and recent.is_behind(self):
                yield recent.seen, recent.look(self)

    def wants_looks(self) -> bool:
        """Tell whether every reading must be looked at, however calm."""
        return any(recent.wants_looks() for recent in self._recent.values())

    def goes_on(self) -> bool:
        """Tell whether the sensor is outside by any test."""
        return any(each.goes_on for (test, _), each in self._stretches.items() if test is not None) or any(
            each.goes_on() for each in self._recent.values()
        )

    def patch(self, low: int, high: int) -> Iterator[Patched]:
        """Derive again what readings changed in `[low, high]` can have changed."""
        kept: list[Stretches | Recent | Pauses] = [*self._stretches.values(), *self._recent.values()]
        for derived in (*kept, *self._pauses.values()):
            yield derived.patch(self, low, high)
        if self._pauses and self._falls_silent(low, high):
            yield Patched(NEVER, NEWS)

    def _falls_silent(self, low: int, high: int) -> bool:
        """Tell whether there are values and faults among the readings of a span and the one before it."""
        first = max(bisect_left(self.times, low) - 1, 0)
        faults = [self.is_fault(value) for value in self.values[first : bisect_right(self.times, high)]]
        return any(faults) and not all(faults)

    def patience(self) -> int:
        """Return how long after a reading the next one is no news in itself."""
        return min(self.waits(), default=NEVER)

    def waits(self) -> list[int]:
        """Return for how long nothing may be heard before it matters to somebody."""
        return [*self._pauses, *(gap for _, gap in self._stretches), *(gap for _, gap in self._recent)]

    def calm_band(self) -> Band:
        """Return the values that the next reading may have to change nothing."""
        if not self.times or self.is_fault(self.values[-1]):
            return NOTHING
        band = EVERYTHING if self.plausible is None else self.plausible.band_around(self.values[-1])
        for stretches in self._stretches.values():
            band = narrow(band, stretches.calm_band(self))
        return band

    def looks(self) -> list[int]:
        """Return the instants at which calm readings may have come to matter."""
        return [recent.looks_at for recent in self._recent.values()]

    def look(self) -> None:
        """Look at the calm readings that have not been looked at."""
        for recent in self._recent.values():
            recent.look(self)

    def beginnings(self, now: int) -> list[int]:
        """Return when a windowed test is outside from next, if that is known."""
        return [since for recent in self._recent.values() for since, _ in recent.intervals if since > now]

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
        for i in range(bisect_left(self.times, since), len(self.times)):
            if self.times[i] >= until:
                return None
            if not self.is_fault(self.values[i]):
                return self.times[i]
        return None

    def last_value(self, since: int, until: int) -> int | None:
        """Return the instant of the last value in `[since, until)`."""
        for i in range(bisect_left(self.times, until) - 1, -1, -1):
            if self.times[i] < since:
                return None
            if not self.is_fault(self.values[i]):
                return self.times[i]
        return None

    def value_instants(self, since: int, until: int) -> list[int]:
        """Return the instants of values in `[since, until)`."""
        span = range(bisect_left(self.times, since), bisect_left(self.times, until))
        return [self.times[i] for i in span if not self.is_fault(self.values[i])]

    def heard_between(self, since: int, until: int) -> int:
        """Return how many readings and faults lie in `[since, until)`."""
        return bisect_left(self.times, until) - bisect_left(self.times, since)

    def steps(self, since: int, until: int, max_gap: int) -> Iterator[tuple[int, int, int]]:
        """Yield `(from, to, value)` of what is known in `[since, until)`."""
        times = self.times
        for i in range(max(bisect_right(times, since) - 1, 0), len(times)):
            at = times[i]
            if at >= until:
                return
            end = at + max_gap if i + 1 == len(times) else min(at + max_gap, times[i + 1])
            if end > since and not self.is_fault(self.values[i]):
                yield max(at, since), min(end, until), self.values[i]

    def outside(self, test: Stepwise | Windowed, max_gap: int, linger: int = 0) -> list[Interval]:
        """Return when the sensor was outside; what goes on ends `max_gap` after the last reading."""
        if isinstance(test, Windowed):
            return self._windowed(test, max_gap).intervals
        return self._caught_up(self._derive(test, max_gap, linger))

    def is_outside(self, test: Stepwise | Windowed, max_gap: int) -> bool:
        """Tell whether the sensor is outside since its last reading."""
        intervals = self.outside(test, max_gap)
        return bool(intervals) and intervals[-1][1] > self.last_at

    def known(self, max_gap: int) -> list[Interval]:
        """Return when the sensor had a value; what goes on ends `max_gap` after the last reading."""
        return self._caught_up(self._derive(None, max_gap, 0))

    def pauses(self, after: int) -> list[Interval]:
        """Return the pairs of consecutive values further apart than `after`."""
        pauses = self._pauses.get(after)
        if pauses is None:
            pauses = self._pauses[after] = Pauses(after)
            pauses.patch(self, -NEVER, NEVER)
            self._series.calm_down()
        return pauses.intervals

    def _caught_up(self, stretches: Stretches) -> list[Interval]:
        stretches.catch_up(self._series.last_at)
        return stretches.intervals

    def _derive(self, test: Stepwise | None, max_gap: int, linger: int) -> Stretches:
        stretches = self._stretches.get((test, max_gap))
        if stretches is None:
            stretches = self._stretches[test, max_gap] = Stretches(test, max_gap, linger)
            stretches.make(self)
            self._series.calm_down()
        elif linger > stretches.linger:
            stretches.linger = linger
            self._series.calm_down()
        return stretches

    def _windowed(self, test: Windowed, max_gap: int) -> Recent:
        recent = self._recent.get((test, max_gap))
        if recent is None:
            recent = self._recent[test, max_gap] = Recent(test, max_gap)
            recent.patch(self, -NEVER, NEVER)
            self._series.calm_down()
        elif recent.is_behind(self):
            recent.look(self)
            self._series.calm_down()
        return recent
