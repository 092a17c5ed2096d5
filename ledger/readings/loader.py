"""Loads stored readings for the engine: a sensor's readings are those of its device and probe."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.model import Site
from store.columns import load_arrays
from store.series import SeriesKey


class Loader:
    """Loads readings within the transaction of a step: `connection` and `site` are set for each."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self.connection = connection
        self.site = site

    def load(self, sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        """Return instants and values (FAULT: a fault) of what may be judged, in order of time."""
        probe = self.site.sensors[sensor]
        return load_arrays(self.connection, SeriesKey(probe.device, probe.probe or "", quantity))
