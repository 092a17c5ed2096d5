"""Loads stored readings for the engine: a sensor's readings are those of its device and probe."""

from array import array
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from domain.model import Site
from domain.times import DAY, HOUR, NEVER
from rules.series.arrays.thinned import NO_DAYS, Days
from store.columns import NO_READINGS, load_arrays, load_columns
from store.headers import headers
from store.readings import latest_of
from store.series import SeriesKey, find

_RECENT = (8 * HOUR, 2 * DAY)


class Loader:
    """Loads readings within the transaction of a step: `connection` and `site` are set for each."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self.connection = connection
        self.site = site
        self._numbers: dict[SeriesKey, int] = {}  # of series that are on record: they stay what they are
        self.has_recalled = False  # since somebody last cleared this

    def load(self, sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        """Return instants and values (FAULT: a fault) of what may be judged, in order of time."""
        return load_arrays(self.connection, self._key(sensor, quantity))

    def recall(self, sensor: str, quantity: str, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        """Return the same of instants in `[since, until)`."""
        self.has_recalled = True
        number = self._number(sensor, quantity)
        found = NO_READINGS if number is None else load_columns(self.connection, number, since, until)
        return found.arrays()

    def recent(self, sensor: str, quantity: str, now: int) -> tuple["array[int]", "array[int]", bool]:
        """Return the same from some instant on, two of them before now at least, and whether these are all."""
        number = self._number(sensor, quantity)
        last = None if number is None else latest_of(self.connection, [number]).get(number)
        if number is None or last is None:
            return *NO_READINGS.arrays(), True
        before = min(last[0], now)
        for length in _RECENT:
            found = load_columns(self.connection, number, before - length, NEVER)
            if np.searchsorted(found.instants, before) > 1:
                return *found.arrays(), False
        return *load_columns(self.connection, number, -NEVER, NEVER).arrays(), True

    def days(self, sensor: str, quantity: str, before: int) -> Days:
        """Return what is known of the days before an instant."""
        number = self._number(sensor, quantity)
        found = None if number is None else headers(self.connection, number, before)
        if found is None or not len(found):
            return NO_DAYS
        day, first_at, first, last_at, last, lowest, highest, pause, is_plain = found.T
        seen = first_at, first, last_at, last, lowest, highest, pause
        return Days(day * DAY, (day + 1) * DAY, *seen, is_plain)

    def _number(self, sensor: str, quantity: str) -> int | None:
        key = self._key(sensor, quantity)
        if key not in self._numbers:
            self._numbers |= find(self.connection, [key])
        return self._numbers.get(key)

    def _key(self, sensor: str, quantity: str) -> SeriesKey:
        probe = self.site.sensors[sensor]
        return SeriesKey(probe.device, probe.probe or "", quantity)
