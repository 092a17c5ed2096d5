"""What sensors measured last."""

from collections.abc import Iterable

from api.deps import View
from api.offsets import with_offset
from store.readings import latest_of
from store.series import find, series_of


def last_readings(view: View, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int | None]]:
    """Return instant and value of the newest reading, by sensor and quantity; without those that never had one.

    The value is with its offset; None: a fault.
    """
    sensors = view.snapshot.site.sensors
    keys = {(sensor, quantity): series_of(sensors[sensor], quantity) for sensor, quantity in wanted}
    numbers = find(view.connection, list(keys.values()))
    newest = latest_of(view.connection, numbers.values())
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for (sensor, quantity), key in keys.items():
        if key in numbers and numbers[key] in newest:
            at, value = newest[numbers[key]]
            found[sensor, quantity] = at, with_offset(sensors[sensor], quantity, at, value)
    return found
