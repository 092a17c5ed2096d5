"""The reading times of sensors, as far as outstanding data are told by them: now, or as it was known at an instant."""

from api.reads.known import Known
from domain.model import QUANTITIES
from rules.subjects.finality import NO_READINGS, PATIENCE, SHORTEST, ReadingTimes, reading_times
from store.series import series_of


class ReadingTimesBySensor:
    """Answers by sensor; each is read once."""

    def __init__(self, known: Known, now: int) -> None:
        self._known = known
        self._now = now
        self._found: dict[str, ReadingTimes] = {}

    def of(self, sensor: str) -> ReadingTimes:
        """Return the reading times of a sensor up to now, whatever the quantity."""
        if sensor not in self._found:
            self._found[sensor] = self._read(sensor)
        return self._found[sensor]

    def _read(self, sensor: str) -> ReadingTimes:
        probe = self._known.site.sensors[sensor]
        keys = [series_of(probe, quantity) for quantity in QUANTITIES]
        if self._known.journal is not None:
            loaded = (self._known.series.columns(key, self._now + 1).instants.tolist() for key in keys)
            return reading_times(sorted({instant for instants in loaded for instant in instants}))
        instants, are_all = self._known.series.newest(keys, self._now + 1, PATIENCE, SHORTEST)
        if not len(instants):
            return NO_READINGS
        return ReadingTimes(instants.tolist(), int(instants[0]) if are_all else None)
