"""How readings come in: in whatever order, kept in their series until they are judged."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.intervals import Interval
from domain.model import Site
from domain.offsets import offset_at, shifted
from domain.readings import FAULT
from domain.times import NEVER
from rules.series.arrays.thinned import Days
from rules.series.calibrated import SeriesKey, as_judged, offsets_of
from rules.series.series import Added, Conflict, Past, Series

Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


@dataclass(frozen=True, slots=True)
class Memory:
    """How many readings are held, and where to ask for others: of a sensor and quantity, as `Series` asks for them.

    `recent`: the readings from some instant before another on, two before it at least, and whether these are all.
    Of each series the `last` ones stay. What is recalled stays too while it is less than `recalled` in all.
    """

    recall: Callable[[str, str, int, int], tuple["array[int]", "array[int]"]]
    recent: Callable[[str, str, int], tuple["array[int]", "array[int]", bool]]
    days: Callable[[str, str, int], Days]
    last: int = 512
    recalled: int = 1_000_000


_LOOKED_AT = 64  # series in one step


class SeriesIntake:
    """The series of a site, loaded when they are first needed, and which of them have new readings."""

    def __init__(self, site: Site, load: Load, now: int, keep_conflicts: bool, memory: Memory | None = None) -> None:
        self._load = load
        self._memory = memory
        self._long: dict[SeriesKey, int] = {}  # series of which more than the last is held, and how much
        self._held = 0  # of these, in all
        self._looked_at: list[SeriesKey] = []  # all series in turn
        self._offsets = offsets_of(site)
        self._now = now
        self._keep_conflicts = keep_conflicts
        self._series: dict[SeriesKey, Series] = {}
        self._changed: dict[SeriesKey, Series] = {}
        self._to_scan: dict[SeriesKey, Series] = {}  # in which something is ongoing that quiescent readings let grow
        self._extended: list[tuple[SeriesKey, Series, Interval]] = []  # by runs that change no interval
        self._conflicts: list[Conflict] = []
        self._used: set[SeriesKey] = set()  # series asked about while judging
        # Readings up to this instant are kept track of, by series: they can concern what has left by then.
        self._left_by = -NEVER
        self._late: dict[SeriesKey, Interval] = {}
        self._ahead: set[SeriesKey] = set()  # series with readings stamped later than now: they take effect then

    def _series_of(self, sensor: str, quantity: str) -> Series:
        key = (sensor, quantity)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._loaded(key)
            self._hold(key, len(series.times))
            if series.last_at > self._now:
                self._ahead.add(key)
        self._used.add(key)
        return series

    def _loaded(self, key: SeriesKey) -> Series:
        offset = self._offsets.get(key)
        if self._memory is None:
            return as_judged(offset, *self._load(*key))
        times, values, is_all = self._memory.recent(*key, self._now)
        return as_judged(offset, times, values, self._past_of(key, self._memory), is_all=is_all)

    def add(self, sensor: str, quantity: str, measured_at: int, value: int | None) -> Added:
        """Take one reading of a sensor of the site, in whatever order. `settle` follows once per micro-batch."""
        key = (sensor, quantity)
        series = self._series.get(key)
        if series is None:
            series = self._series_of(sensor, quantity)
        offset = offset_at(self._offsets[key], measured_at) if key in self._offsets else 0
        if value is not None:
            value += offset
        if (
            value is not None
            and series.low <= value <= series.high
            and 0 < measured_at - series.last_at <= series.patience
        ):
            series.times.append(measured_at)
            series.values.append(value)
            series.last_at = measured_at
            if measured_at <= self._left_by:
                self._note_late(key, measured_at, measured_at)
            if series.needs_scan:
                self._to_scan[key] = series
            return Added.NEW
        added = series.add(measured_at, value)
        if measured_at <= self._left_by and added in (Added.NEW, Added.REPLACED_FAULT):
            self._note_late(key, measured_at, measured_at)
        if added is Added.CONFLICT and value is not None and self._keep_conflicts:
            kept = series.value_at(measured_at) or 0
            self._conflicts.append(Conflict(sensor, quantity, measured_at, kept - offset, value - offset))
        if series.changed is not None:
            self._changed[key] = series
        return added

    def add_run(self, sensor: str, quantity: str, instants: Sequence[int], values: Sequence[int]) -> None:
        """Take many readings of a sensor at once, as `add` does: sorted, one an instant; FAULT is a fault."""
        key = (sensor, quantity)
        series = self._series.get(key) or self._series_of(sensor, quantity)
        before = series.last_at
        if instants and instants[0] <= self._left_by:
            self._note_late(key, instants[0], instants[-1])
        offset = self._offsets.get(key)
        judged = values if offset is None else shifted(offset, instants, values)
        if series.extend(instants, judged):
            self._hold(key, len(instants))
            self._extended.append((key, series, (before, instants[-1])))
        elif series.insert(instants, judged):
            self._hold(key, len(instants))
            self._changed[key] = series
        else:
            for at, value in zip(instants, values, strict=True):
                self.add(sensor, quantity, at, None if value == FAULT else value)

    # --- what is in memory ---

    def _past_of(self, key: SeriesKey, memory: Memory) -> Past:
        offset = self._offsets.get(key)

        def recall(since: int, until: int) -> tuple["array[int]", "array[int]"]:
            times, values = memory.recall(*key, since, until)
            self._hold(key, len(times))
            return times, values if offset is None else shifted(offset, times, values)

        def days(before: int) -> Days | None:
            return memory.days(*key, before) if offset is None else None

        return Past(recall, days)

    def _hold(self, key: SeriesKey, more: int) -> None:
        """Count readings that are held besides the last ones."""
        if self._memory is not None and more > self._memory.last:
            self._long[key] = self._long.pop(key, 0) + more
            self._held += more

    def _release(self) -> None:
        """Drop what was recalled first while more is held than may be; what is asked for then is recalled again.

        Each series once: who looks before it is dropped may have it recalled at once, and it would never end.
        """
        for key in list(self._long):
            if self._memory is None or self._held <= self._memory.recalled:
                return
            self._held -= self._long.pop(key)
            if key in self._series:
                self._series[key].forget(self._memory.last, self._now)

    def _forget_old(self) -> None:
        """Drop what has become old of some series: all of them have their turn."""
        if self._memory is None:
            return
        self._release()
        some, self._looked_at = self._looked_at[:_LOOKED_AT], self._looked_at[_LOOKED_AT:] or list(self._series)
        for key in some:
            held = len(self._series[key].times) if key in self._series else 0
            if key in self._long:
                self._held += held - self._long[key]
                self._long[key] = held
            elif held > 2 * self._memory.last:
                self._series[key].forget(self._memory.last, self._now)

    def _note_late(self, key: SeriesKey, first: int, last: int) -> None:
        since, until = self._late.get(key, (first, last))
        self._late[key] = min(since, first), max(until, last)

    def _forget(self, key: SeriesKey) -> None:
        """Drop the readings of a series: they are loaded anew."""
        del self._series[key]
        self._held -= self._long.pop(key, 0)
        self._changed.pop(key, None)
        self._to_scan.pop(key, None)
