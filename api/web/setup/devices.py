"""Devices that are installed nowhere, and installing them."""

from sqlalchemy import ColumnElement, Connection, func, select

from api.deps import View
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.times import format_instant
from ledger.requests import Correct, Item
from store.series import SeriesKey, find
from store.tables import chunks, readings


def mount(visitor: Visitor, device: str, probe: str, sensor: str, location: str, since: str) -> None:
    """Hang a device up: from now on, or from when it was first heard.

    Raises InvalidError, or what the site refuses.
    """
    if not sensor or not location:
        raise InvalidError(text("devices.incomplete"))
    with visitor.look() as view:
        known = view.snapshot.site.sensors.get(sensor)
        first = _first_reading(view.connection, device, probe)
        now = view.now
    if first is None:
        raise InvalidError(text("devices.no_data_from", device=device))
    start = first if since == "first" else now
    put = [Item("mount", {"sensor": sensor, "location": location, "from": format_instant(start)})]
    if known is None:
        put.insert(0, Item("sensor", {"id": sensor, "device": device} | ({"probe": probe} if probe else {})))
    elif (known.device, known.probe or "") != (device, probe):
        raise InvalidError(text("devices.taken", sensor=sensor))
    visitor.ask(Correct(put=put, reason=text("devices.reason")))


def places(view: View) -> list[str]:
    """Return where something can hang."""
    return sorted(view.snapshot.site.locations)


def _first_reading(connection: Connection, device: str, probe: str) -> int | None:
    series = find(connection, [SeriesKey(device, probe, quantity) for quantity in QUANTITIES]).values()
    firsts = [_least(connection, readings.c.measured_at, readings.c.series.in_(list(series)))]
    firsts.append(_least(connection, chunks.c.first_at, chunks.c.series.in_(list(series))))
    return min((first for first in firsts if first is not None), default=None)


def _least(connection: Connection, column: ColumnElement[int], condition: ColumnElement[bool]) -> int | None:
    return connection.scalar(select(func.min(column)).where(condition))
