"""Numbers for series: one quantity of one probe of one device."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, tuple_

from domain.model import Sensor
from store.database import Database
from store.tables import series

# Values in one IN list; both databases take many more.
AT_ONCE = 500


class SeriesKey(NamedTuple):
    """What a series is known by; `probe` is "" where the device has one."""

    device: str
    probe: str
    quantity: str


def series_of(sensor: Sensor, quantity: str) -> SeriesKey:
    """Return what the series of a sensor is known by."""
    return SeriesKey(sensor.device, sensor.probe or "", quantity)


class SeriesIds:
    """Remembers numbers of series for a writer; forgets them when a transaction is rolled back."""

    def __init__(self, database: Database) -> None:
        self._known: dict[SeriesKey, int] = {}
        database.on_rollback(self._known.clear)

    def get(self, connection: Connection, keys: Iterable[SeriesKey | tuple[str, str, str]]) -> list[int]:
        """Return the number of each key, in order; new ones get theirs. Only the one writer may do this."""
        wanted = list(keys)
        unknown = [SeriesKey(*key) for key in dict.fromkeys(wanted) if key not in self._known]
        if unknown:
            self._known.update(find(connection, unknown))
            self._known.update(_add(connection, [key for key in unknown if key not in self._known]))
        return [self._known[key] for key in wanted]  # type: ignore[index]  # a SeriesKey is that tuple


def find(connection: Connection, keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    """Return the numbers of those that are known."""
    found = {}
    for start in range(0, len(keys), AT_ONCE):
        wanted = tuple_(series.c.device, series.c.probe, series.c.quantity).in_(keys[start : start + AT_ONCE])
        for row in connection.execute(select(series).where(wanted)):
            found[SeriesKey(row.device, row.probe, row.quantity)] = row.id
    return found


def names_of(connection: Connection, numbers: Collection[int]) -> dict[int, SeriesKey]:
    """Return the series of these numbers."""
    found, wanted = {}, sorted(numbers)
    for start in range(0, len(wanted), AT_ONCE):
        for row in connection.execute(select(series).where(series.c.id.in_(wanted[start : start + AT_ONCE]))):
            found[row.id] = SeriesKey(row.device, row.probe, row.quantity)
    return found


def list_series(connection: Connection, devices: Collection[str] | None = None) -> dict[int, SeriesKey]:
    """Return all series by number, or those of some devices."""
    wanted = () if devices is None else (series.c.device.in_(devices),)
    rows = connection.execute(select(series).where(*wanted).order_by(series.c.id))
    return {row.id: SeriesKey(row.device, row.probe, row.quantity) for row in rows}


def _add(connection: Connection, keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    first = (connection.scalar(select(func.max(series.c.id))) or 0) + 1
    numbers = {key: first + i for i, key in enumerate(keys)}
    if numbers:
        connection.execute(insert(series), [{"id": number, **key._asdict()} for key, number in numbers.items()])
    return numbers
