"""What is shown is what is judged: what a sensor said, with the calibration offset in force when it measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.model import Dated, Sensor
from domain.offsets import offset_at, offset_of, shifted
from domain.readings import FAULT
from store.history import Bucket, History, Window
from store.series import SeriesKey, series_of

Offsets = Mapping[SeriesKey, Dated[int]]  # of those series that ever have one


def offsets_of(sensors: Iterable[Sensor]) -> Offsets:
    """Return the offsets of sensors by series."""
    return {series_of(sensor, quantity): offset for sensor in sensors for quantity, offset in sensor.offsets.items()}


def added(sensor: Sensor | None, quantity: str, at: int) -> int:
    """Return what is added to a reading of an instant; nothing for what is no sensor of the site."""
    return offset_at(offset_of(sensor, quantity), at)


def with_offset(sensor: Sensor | None, quantity: str, at: int, value: int | None) -> int | None:
    """Return what a reading is judged as; a fault stays one."""
    return None if value is None else value + added(sensor, quantity, at)


@dataclass(frozen=True, slots=True)
class WithOffsets:
    """A store of readings that answers with the offsets; raises what it raises."""

    raw: History
    offsets: Offsets

    def window(self, keys: Sequence[SeriesKey], since: int, until: int, buckets: int) -> dict[SeriesKey, Window]:
        """Return each series over `[since, until)` in at most so many buckets."""
        found = self.raw.window(keys, since, until, buckets)
        return {key: self._shifted(key, window) if key in self.offsets else window for key, window in found.items()}

    def load(self, key: SeriesKey, since: int, until: int) -> tuple[list[int], list[int | None]]:
        """Return instants and values of one series over `[since, until)`."""
        instants, values = self.raw.load(key, since, until)
        if key not in self.offsets:
            return instants, values
        return instants, [None if v == FAULT else v for v in shifted(self.offsets[key], instants, values)]

    def _shifted(self, key: SeriesKey, window: Window) -> Window:
        offset = self.offsets[key]
        return Window(
            buckets=tuple(self._bucket(key, bucket, offset) for bucket in window.buckets),
            readings=tuple((at, _sum(value, offset_at(offset, at))) for at, value in window.readings),
        )

    def _bucket(self, key: SeriesKey, bucket: Bucket, offset: Dated[int]) -> Bucket:
        """Return a bucket with its offset; where that changes within, its values are looked at one by one."""
        if any(bucket.since < since < bucket.until for since, _ in offset.steps):
            values = [value for value in self.load(key, bucket.since, bucket.until)[1] if value is not None]
            low, high = min(values, default=None), max(values, default=None)
            first, last = (values[0], values[-1]) if values else (None, None)
        else:
            add = offset_at(offset, bucket.since)
            low, high, first, last = (_sum(value, add) for value in bucket[-4:])
        return bucket._replace(minimum=low, maximum=high, first=first, last=last)


def _sum(value: int | None, offset: int) -> int | None:
    return None if value is None else value + offset
