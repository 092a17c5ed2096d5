"""Readings as a file that `judge` and `import` accept: a row for each sensor and instant."""

from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import Connection

from domain.intervals import Interval
from domain.model import QUANTITIES
from domain.numbers import show_value
from domain.times import format_instant
from ledger.exports.selection import Wanted, spoken
from ledger.histories import Histories
from store.readings import load_series
from store.series import list_series

FAULT = "fault"


def readings_rows(connection: Connection, wanted: Wanted) -> Generator[dict[str, Any]]:
    """Yield what may be judged, by sensor and time; a sensor nobody has named is its `device/probe`."""
    histories = Histories.load(connection)
    site = histories.part(wanted.product, wanted.lot)
    windows = {quantity: spoken(site, wanted, quantity) for quantity in QUANTITIES}
    for name, numbers in sorted(_series_by_sensor(connection, histories).items()):
        if wanted.sensor not in (None, name):
            continue
        rows: dict[int, dict[str, Any]] = {}
        for quantity, number in numbers.items():
            spans = windows[quantity].get(name, []) if wanted.by_place else [(wanted.since, wanted.until)]
            for instant, value in _load(connection, number, spans):
                rows.setdefault(instant, {})[quantity] = FAULT if value is None else show_value(value)
        for instant in sorted(rows):
            said = {quantity: rows[instant].get(quantity) for quantity in QUANTITIES}
            yield {"sensor": name, "measured_at": format_instant(instant), **said}


def _series_by_sensor(connection: Connection, histories: Histories) -> dict[str, dict[str, int]]:
    """Return the numbers of each sensor's series by quantity."""
    found: dict[str, dict[str, int]] = {}
    for number, (device, probe, quantity) in list_series(connection).items():
        name = histories.sensors.get((device, probe), f"{device}/{probe}")
        if quantity in QUANTITIES:
            found.setdefault(name, {})[quantity] = number
    return found


def _load(connection: Connection, number: int, spans: list[Interval]) -> Iterator[tuple[int, int | None]]:
    for since, until in spans:
        yield from zip(*load_series(connection, number, since, until), strict=True)
