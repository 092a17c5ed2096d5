"""What devices said last: sensors, and those that nobody has assigned yet."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SeesSite
from api.models.devices import Latest, Reading, Unassigned
from api.offsets import with_offset
from api.paging import Page, Paging, collect, decode
from api.reads.devices import newest_readings, unassigned_devices
from api.reads.last_readings import last_readings
from domain.errors import NotFoundError
from domain.model import QUANTITIES, Sensor
from ledger.models.last_reading import LastReading

router = APIRouter(tags=["devices"])


@router.get("/sensors/{id:path}/latest")
def get_latest(caller: SeesSite, id: str) -> Latest:
    """Return the newest reading of each quantity of a sensor."""
    with caller.look() as view:
        sensor = view.snapshot.site.sensors.get(id)
        if sensor is None:
            raise NotFoundError(f"no sensor {id}")
        newest = last_readings(view, [(id, quantity) for quantity in QUANTITIES])
    return _latest(sensor, newest.values())


@router.get("/readings/latest")
def list_latest(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Latest]:
    """Return the newest reading of each quantity of every sensor, by sensor."""
    with caller.look() as view:
        sensors = [sensor for _, sensor in sorted(view.snapshot.site.sensors.items())]
        newest = newest_readings(view.connection)

        def fetch(after: str | None, count: int) -> list[Sensor]:
            return [sensor for sensor in sensors if after is None or sensor.id > after][:count]

        def show(sensor: Sensor) -> Latest:
            found = newest.get((sensor.device, sensor.probe or ""), [])
            return _latest(sensor, (each._replace(value=with_offset(sensor, *each[:3])) for each in found))

        return collect(query, decode(query.cursor, str), fetch, lambda sensor: sensor.id, show)


@router.get("/unassigned-devices")
def list_unassigned(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Unassigned]:
    """Return devices that say something and hang nowhere; nothing of it is lost, and mounting judges it."""
    with caller.look() as view:
        page = unassigned_devices(view, query)
    items = [
        Unassigned(
            device=each.device,
            probe=each.probe,
            sensor=each.sensor,
            readings=list(map(_reading, each.readings)),
        )
        for each in page.items
    ]
    return Page(items=items, next=page.next)


def _latest(sensor: Sensor, readings: Iterable[LastReading]) -> Latest:
    shown = list(map(_reading, readings))
    return Latest(sensor=sensor.id, device=sensor.device, probe=sensor.probe, readings=shown)


def _reading(last: LastReading) -> Reading:
    return Reading(quantity=last.quantity, value=last.value, measured_at=last.at, fault=last.fault)
