"""Devices that say something and hang nowhere, and mounting them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from api.deps import View
from api.models.devices import Unassigned
from api.paging import Paging
from api.routes.devices import list_unassigned
from api.web.frame import formats
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.numbers import SCALE
from domain.times import format_instant, parse_instant
from ledger.requests import Correct, Item
from store.series import SeriesKey, find
from store.tables import chunks, readings


@dataclass(frozen=True, slots=True)
class Said:
    """What a device said last of one quantity."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Device:
    """One device, or one of its probes."""

    device: str
    probe: str | None
    sensor: str | None
    said: list[Said]

    @property
    def name(self) -> str:
        """What it would be called as a sensor."""
        return self.sensor or (f"{self.device}-{self.probe}" if self.probe else self.device)


def unassigned(visitor: Visitor, paging: Paging) -> tuple[list[Device], str | None]:
    """Return devices that hang nowhere, and the cursor of the next page."""
    page = list_unassigned(visitor, paging)
    return [_device(item) for item in page.items], page.next


def _device(item: Unassigned) -> Device:
    said = [Said(_shown(each.value, each.quantity), parse_instant(each.measured_at)) for each in item.readings]
    return Device(item.device, item.probe, item.sensor, said)


def _shown(value: float | None, quantity: str) -> str:
    return formats.value(None if value is None else round(value * SCALE), quantity)


def mount(visitor: Visitor, device: str, probe: str, sensor: str, location: str, since: str) -> None:
    """Hang a device up: from now on, or from when it was first heard.

    Raises InvalidError, or what the site refuses.
    """
    if not sensor or not location:
        raise InvalidError(text("devices.incomplete"))
    with visitor.look() as view:
        known = view.snapshot.site.sensors.get(sensor)
        first = _first_heard(view.connection, device, probe)
        now = view.now
    if first is None:
        raise InvalidError(text("devices.never_heard", device=device))
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


def _first_heard(connection: Connection, device: str, probe: str) -> int | None:
    series = find(connection, [SeriesKey(device, probe, quantity) for quantity in QUANTITIES]).values()
    firsts = [_least(connection, readings.c.measured_at, readings.c.series.in_(list(series)))]
    firsts.append(_least(connection, chunks.c.first_at, chunks.c.series.in_(list(series))))
    return min((first for first in firsts if first is not None), default=None)


def _least(connection: Connection, column: ColumnElement[int], condition: ColumnElement[bool]) -> int | None:
    return connection.scalar(select(func.min(column)).where(condition))
