"""One quantity of one sensor over time, and the stretches derived from it, patched locally when data comes late.

A reading holds until the next reading or fault, at most `max_gap`. What a reading means may differ by profile: a view
takes what its profile calls implausible for a fault. Derived stretches (known, outside by some test, pauses) are made
when first asked for and then kept: a reading in order, in range and in time touches none of them.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import sub
from typing import Any, NamedTuple, TypeVar

import numpy as np

from domain.intervals import Interval
from domain.readings import FAULT
from domain.times import NEVER
from rules.fast.stretches import Numbers, numbers
from rules.stretches import NEWS, Patched, Pauses, Recent, Stepwise, Stretches, Windowed

T = TypeVar("T")
Band = tuple[int, int]
Owner = tuple[str, object]  # a place, and what of it somebody relies on
EVERYTHING: Band = (-NEVER, NEVER)
NOTHING: Band = (NEVER, -NEVER)


class Heard(Enum):
    """What became of a reading."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # another value at the same instant: the first one received counts
    REPLACED_FAULT = "replaced fault"  # a value beats a fault at the same instant
    IGNORED_FAULT = "ignored fault"


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a sensor of a quantity can read: a closed range less values that are known to mean a fault."""

    low: int
    high: int
    sentinels: frozenset[int]

    def rejects(self, value: int) -> bool:
        """Tell whether the value is no measurement."""
        return not self.low <= value <= self.high or value in self.sentinels

    def taken(self, values: Numbers) -> Numbers:
        """Return the values with FAULT for every implausible one."""
        doubted = (values < self.low) | (values > self.high) | np.isin(values, list(self.sentinels))
        found: Numbers = np.where(doubted, FAULT, values)
        return found

    def band_around(self, value: int) -> Band:
        """Return a closed range around a plausible value that holds no implausible one."""
        low = max((each + 1 for each in self.sentinels if each < value), default=self.low)
        high = min((each - 1 for each in self.sentinels if each > value), default=self.high)
        return max(low, self.low), min(high, self.high)


class Settled(NamedTuple):
    """The closed span in which anything can differ since the last time, and until when what was told stands."""

    span: Interval
    stands_until: int


def narrow(left: Band, right: Band) -> Band:
    """Return what lies in both."""
    return max(left[0], right[0]), min(left[1], right[1])


class Series:
    """Readings of one quantity of one sensor, sorted, one an instant."""

    def __init__(self, times: Iterable[int] = (), values: Iterable[int | None] = ()) -> None:
        """Take readings that are sorted by instant, one an instant; None is a fault, FAULT where it is an array."""
        self.times = array("q", times)
        given = values if isinstance(values, array) else (FAULT if value is None else value for value in values)
        self.values = array("q", given)
        self._views: dict[Plausible | None, View] = {}
        self.changed: Interval | None = None
        self._late = False  # something changed before the end
        self.bands: dict[Owner, Band] = {}  # what somebody relies on until a reading leaves it
        self._growing: set[Owner] = set()  # for whom something goes on within their band
        # A reading later than `last_at` by at most `patience` and inside `[low, high]` is calm: it begins and ends
        # nothing. It may let something grow that goes on; it stirs if so, or if each reading must be looked at.
        self.grows = self.stirs = False
        self.last_at = self.times[-1] if self.times else -NEVER
        self.low, self.high, self.patience = NEVER, -NEVER, 0
        self.view()
        self.calm_down()

    def view(self, plausible: Plausible | None = None) -> "View":
        """Return the readings as they are where the implausible ones are faults."""
        if plausible not in self._views:
            self._views[plausible] = View(self, plausible)
        return self._views[plausible]

    # --- hearing ---

    def hear(self, at: int, value: int | None) -> Heard:
        """Take one reading at whatever instant. `settle` must follow before stretches are asked for."""
        number = FAULT if value is None else value
        i = len(self.times) if at > self.last_at else bisect_left(self.times, at)
        if i < len(self.times) and self.times[i] == at:
            return self._meet(i, at, number)
        self._touch(at)
        self.times.insert(i, at)
        self.values.insert(i, number)
        self.last_at = self.times[-1]
        return Heard.NEW

    def extend(self, instants: Sequence[int], values: Sequence[int]) -> bool:
        """Take readings later than all that are here if they change no stretch; return whether they were taken."""
        if not instants or self.changed is not None or self.stirs or instants[0] <= self.last_at:
            return False
        self.calm_down()  # somebody may wait for the next reading, whatever it says
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
            for view in self._views.values():
                view.catch_up()
            self.low, self.high = NOTHING
            self.changed = (at, at)
        else:
            self.changed = (min(self.changed[0], at), max(self.changed[1], at))
        self._late = self._late or at <= self.last_at

    def settle(self) -> Settled | None:
        """Patch the stretches; return what can differ now."""
        if self.changed is None:
            return None
        low, high = self.changed
        stands = NEWS if self._late else NEVER
        self.changed, self._late = None, False
        i = bisect_left(self.times, low)
        j = bisect_right(self.times, high)
        reached = self.times[j] if j < len(self.times) else NEVER
        for view in self._views.values():
            for patched in view.patch(low, high):
                reached = max(reached, patched.reach)
                stands = min(stands, patched.stands_until)
        self.calm_down()
        return Settled((self.times[i - 1] if i else low, reached), stands)

    def glance(self) -> Settled:
        """Look at calm readings; return what can differ now."""
        since, stands = self.last_at, NEVER
        looked = [each for view in self._views.values() for each in view.glance()]
        for seen, patched in looked:
            since, stands = min(since, seen), min(stands, patched.stands_until)
        if looked:
            self._see_what_goes_on()
        return Settled((since, NEVER), stands)

    def _see_what_goes_on(self) -> None:
        self.grows = bool(self._growing) or any(view.goes_on() for view in self._views.values())
        self.stirs = self.grows or any(view.wants_looks() for view in self._views.values())

    def calm_down(self) -> None:
        """Find out which next reading would begin and end nothing."""
        self.patience = min((view.patience() for view in self._views.values()), default=NEVER)
        self.low, self.high = EVERYTHING
        for band in self.bands.values():
            self.low, self.high = narrow((self.low, self.high), band)
        for view in self._views.values():
            self.low, self.high = narrow((self.low, self.high), view.calm_band())
        self._see_what_goes_on()

    def rely(self, owner: Owner, band: Band | None, *, grows: bool = False) -> None:
        """Let a reading outside the band be no calm one, instead of what the owner relied on before; None: nothing.

        `grows`: each reading inside it lets something grow.
        """
        if self.bands.get(owner) == band and grows == (owner in self._growing):
            return
        self.bands.pop(owner, None)
        self._growing.discard(owner)
        if band is not None:
            self.bands[owner] = band
            self._growing.update({owner} if grows else ())
        if self.changed is None:
            self.calm_down()

    # --- asking ---

    def silences(self) -> list[int]:
        """Return the instants at which hearing nothing more will matter to somebody."""
        return [self.last_at + after for view in self._views.values() for after in view.waits()]

    def looks(self) -> list[int]:
        """Return the instants at which calm readings may have come to matter."""
        return [at for view in self._views.values() for at in view.looks()]

    def look(self) -> None:
        """Look at the calm readings that have not been looked at."""
        for view in self._views.values():
            view.look()
        self.calm_down()

    def next_beginning(self, after: int) -> int:
        """Return the first instant later than `after` from which a windowed test is outside; NEVER if none is known."""
        return min((since for view in self._views.values() for since in view.beginnings(after)), default=NEVER)

    def overdue(self, now: int) -> None:
        """If hearing nothing matters already, then the next reading does, however calm it is."""
        if self.last_at + self.patience <= now:
            self.low, self.high = NOTHING

    def next_turn(self, now: int) -> int:
        """Return the next instant after now of a reading already here, or at which the one before ends."""
        i = bisect_right(self.times, now)
        turns = [self.times[i]] if i < len(self.times) else []
        if i:
            turns += [self.times[i - 1] + after for view in self._views.values() for after in view.waits()]
        turns.append(self.next_beginning(now))
        return min((turn for turn in turns if turn > now), default=NEVER)

    def value_at(self, at: int) -> int | None:
        """Return what was read at exactly this instant; None for a fault or nothing."""
        i = bisect_left(self.times, at)
        found = i < len(self.times) and self.times[i] == at and self.values[i] != FAULT
        return self.values[i] if found else None


class View:
    """A series as those see it who take the same values for faults."""

    def __init__(self, series: Series, plausible: Plausible | None) -> None:
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
