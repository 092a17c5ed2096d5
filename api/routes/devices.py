"""What devices said last: sensors, and those that nobody has assigned yet."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from api.deps import SeesSite, View
from api.models.devices import Latest, Reading, Unassigned
from api.offsets import with_offset
from api.paging import Page, Paging, collect, decode
from domain.errors import NotFoundError
from domain.model import QUANTITIES, Sensor
from store.readings import latest_of
from store.series import SeriesKey, find, list_series

router = APIRouter(tags=["devices"])
Probe = tuple[str, str]  # device, probe


class Said(NamedTuple):
    """A reading as it came; `value` None: a fault."""

    quantity: str
    at: int
    value: int | None


@router.get("/sensors/{id:path}/latest")
def get_latest(caller: SeesSite, id: str) -> Latest:
    """Return the newest reading of each quantity of a sensor."""
    with caller.look() as view:
        sensor = view.snapshot.site.sensors.get(id)
        if sensor is None:
            raise NotFoundError(f"no sensor {id}")
        said = _said(view, (sensor.device, sensor.probe or ""))
    return _latest(sensor, said)


@router.get("/readings/latest")
def list_latest(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Latest]:
    """Return the newest reading of each quantity of every sensor, by sensor."""
    with caller.look() as view:
        sensors = [sensor for _, sensor in sorted(view.snapshot.site.sensors.items())]
        said = said_last(view.connection)

        def fetch(after: str | None, count: int) -> list[Sensor]:
            return [sensor for sensor in sensors if after is None or sensor.id > after][:count]

        def show(sensor: Sensor) -> Latest:
            return _latest(sensor, said.get((sensor.device, sensor.probe or ""), []))

        return collect(query, decode(query.cursor, str), fetch, lambda sensor: sensor.id, show)


def said_last(connection: Connection) -> dict[Probe, list[Said]]:
    """Return what every probe said last, by device and probe, assigned or not: two queries for all of them."""
    newest = latest_of(connection)
    said: dict[Probe, list[Said]] = defaultdict(list)
    for number, key in sorted(list_series(connection).items(), key=lambda known: QUANTITIES.index(known[1].quantity)):
        if number in newest:
            said[key.device, key.probe].append(Said(key.quantity, *newest[number]))
    return said


@router.get("/unassigned-devices")
def list_unassigned(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Unassigned]:
    """Return devices that say something and hang nowhere; nothing of it is lost, and mounting judges it."""
    with caller.look() as view:
        sensors = {(sensor.device, sensor.probe or ""): sensor.id for sensor in view.snapshot.site.sensors.values()}
        mounted = {mount.sensor for mount in view.snapshot.site.mounts}
        said = said_last(view.connection)
        free = [probe for probe in said if sensors.get(probe) not in mounted]

        def fetch(after: str | None, count: int) -> list[Probe]:
            return [probe for probe in free if after is None or _place(probe) > after][:count]

        def show(probe: Probe) -> Unassigned:
            device, channel = probe
            readings = [_reading(*each) for each in said[probe]]
            return Unassigned(device=device, probe=channel or None, sensor=sensors.get(probe), readings=readings)

        free.sort(key=_place)
        return collect(query, decode(query.cursor, str), fetch, _place, show)


def _place(probe: Probe) -> str:
    return "\0".join(probe)


def _said(view: View, probe: Probe) -> list[Said]:
    numbers = find(view.connection, [SeriesKey(*probe, quantity) for quantity in QUANTITIES])
    newest = latest_of(view.connection, numbers.values())
    ordered = sorted(numbers.items(), key=lambda known: QUANTITIES.index(known[0].quantity))
    return [Said(key.quantity, *newest[number]) for key, number in ordered if number in newest]


def _latest(sensor: Sensor, said: Iterable[Said]) -> Latest:
    readings = [_reading(*each._replace(value=with_offset(sensor, *each))) for each in said]
    return Latest(sensor=sensor.id, device=sensor.device, probe=sensor.probe, readings=readings)


def _reading(quantity: str, at: int, value: int | None) -> Reading:
    return Reading(quantity=quantity, value=value, measured_at=at)
