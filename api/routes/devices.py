"""What devices said last: sensors, and those that nobody has assigned yet."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SeesSite, View
from api.pages import Page, Paging, collect, decode
from api.schemas.base import show_number, show_time
from api.schemas.devices import Latest, Reading, Unassigned
from domain.errors import NotFoundError
from domain.model import QUANTITIES
from store.readings import latest
from store.series import SeriesKey, find, list_series

router = APIRouter(tags=["devices"])
Probe = tuple[str, str]  # device, probe


@router.get("/sensors/{id:path}/latest")
def get_latest(caller: SeesSite, id: str) -> Latest:
    """Return the newest reading of each quantity of a sensor."""
    with caller.look() as view:
        sensor = view.snapshot.site.sensors.get(id)
        if sensor is None:
            raise NotFoundError(f"no sensor {id}")
        said = _said(view, (sensor.device, sensor.probe or ""))
    return Latest(sensor=id, device=sensor.device, probe=sensor.probe, readings=said)


@router.get("/unassigned-devices")
def list_unassigned(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Unassigned]:
    """Return devices that say something and hang nowhere; nothing of it is lost, and mounting judges it."""
    with caller.look() as view:
        sensors = {(sensor.device, sensor.probe or ""): sensor.id for sensor in view.snapshot.site.sensors.values()}
        mounted = {mount.sensor for mount in view.snapshot.site.mounts}
        heard = sorted({(key.device, key.probe) for key in list_series(view.connection).values()})
        free = [probe for probe in heard if sensors.get(probe) not in mounted]

        def fetch(after: str | None, count: int) -> list[Probe]:
            return [probe for probe in free if after is None or _place(probe) > after][:count]

        def show(probe: Probe) -> Unassigned:
            device, channel = probe
            said = _said(view, probe)
            return Unassigned(device=device, probe=channel or None, sensor=sensors.get(probe), readings=said)

        free.sort(key=_place)
        return collect(query, decode(query.cursor, str), fetch, _place, show)


def _place(probe: Probe) -> str:
    return "\0".join(probe)


def _said(view: View, probe: Probe) -> list[Reading]:
    numbers = find(view.connection, [SeriesKey(*probe, quantity) for quantity in QUANTITIES])
    readings = []
    for key, number in numbers.items():
        newest = latest(view.connection, number)
        if newest is not None:
            at, value = newest
            readings.append(Reading(quantity=key.quantity, value=show_number(value), measured_at=show_time(at)))
    return sorted(readings, key=lambda reading: QUANTITIES.index(reading.quantity))
