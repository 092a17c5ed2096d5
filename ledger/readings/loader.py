"""Loads stored readings for the engine: a sensor's readings are those of its device and probe."""

from array import array
from collections.abc import Sequence

from sqlalchemy import Connection

from domain.model import Site
from store.columns import NO_READINGS, load_arrays, load_columns
from store.series import SeriesKey, find


class Loader:
    """Loads readings within the transaction of a step: `connection` and `site` are set for each."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self.connection = connection
        self.site = site
        self.has_recalled = False  # since somebody last cleared this

    def load(self, sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        """Return instants and values (FAULT: a fault) of what may be judged, in order of time."""
        return load_arrays(self.connection, self._key(sensor, quantity))

    def recall(self, sensor: str, quantity: str, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        """Return the same of instants in `[since, until)`."""
        self.has_recalled = True
        key = self._key(sensor, quantity)
        number = find(self.connection, [key]).get(key)
        found = NO_READINGS if number is None else load_columns(self.connection, number, since, until)
        return found.arrays()

    def _key(self, sensor: str, quantity: str) -> SeriesKey:
        probe = self.site.sensors[sensor]
        return SeriesKey(probe.device, probe.probe or "", quantity)
