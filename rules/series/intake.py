"""How readings come in: in whatever order, kept in their series until they are judged."""

from collections.abc import Callable, Sequence

from domain.intervals import Interval
from domain.model import Site
from domain.offsets import offset_at, shifted
from domain.readings import FAULT
from domain.times import NEVER
from rules.series.calibrated import SeriesKey, as_judged, offsets_of
from rules.series.series import Added, Conflict, Series

Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


class SeriesIntake:
    """The series of a site, loaded when they are first needed, and which of them have new readings."""

    def __init__(self, site: Site, load: Load, now: int, keep_conflicts: bool) -> None:
        self._load = load
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
            series = self._series[key] = as_judged(self._offsets.get(key), *self._load(sensor, quantity))
            if series.last_at > self._now:
                self._ahead.add(key)
        self._used.add(key)
        return series

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
            self._extended.append((key, series, (before, instants[-1])))
        elif series.insert(instants, judged):
            self._changed[key] = series
        else:
            for at, value in zip(instants, values, strict=True):
                self.add(sensor, quantity, at, None if value == FAULT else value)

    def _note_late(self, key: SeriesKey, first: int, last: int) -> None:
        since, until = self._late.get(key, (first, last))
        self._late[key] = min(since, first), max(until, last)

    def _forget(self, key: SeriesKey) -> None:
        """Drop the readings of a series: they are loaded anew."""
        del self._series[key]
        self._changed.pop(key, None)
        self._to_scan.pop(key, None)
