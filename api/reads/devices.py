"""Probes of devices, sensors of the site or not, and what they measured last."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api.deps import View
from api.paging import Page, Paging, collect, decode
from api.reads.last_readings import fault_words, faults_of
from domain.model import QUANTITIES
from ledger.models.last_reading import LastReading
from store.readings import latest_of
from store.series import list_series

Probe = tuple[str, str]  # device, and which probe of it; "" if it has one


@dataclass(frozen=True, slots=True)
class UnassignedDevice:
    """A probe that is installed nowhere; `sensor`: the one of the site that it is, if any; readings as they came."""

    device: str
    probe: str | None
    sensor: str | None
    readings: Sequence[LastReading]

    @property
    def name(self) -> str:
        """What it would be called as a sensor."""
        return self.sensor or (f"{self.device}-{self.probe}" if self.probe else self.device)


def newest_readings(connection: Connection) -> dict[Probe, list[LastReading]]:
    """Return the newest reading of every quantity as it came, by probe, assigned or not: two queries for all."""
    newest = latest_of(connection)
    kinds = faults_of(connection, newest)
    found: dict[Probe, list[LastReading]] = defaultdict(list)
    for number, key in sorted(list_series(connection).items(), key=lambda known: QUANTITIES.index(known[1].quantity)):
        if number in newest:
            found[key.device, key.probe].append(
                LastReading(key.quantity, *newest[number], fault_words(key.quantity, kinds.get(number)))
            )
    return found


def unassigned_devices(view: View, paging: Paging) -> Page[UnassignedDevice]:
    """Return a page of the probes that have readings and are installed nowhere."""
    sensors = {(sensor.device, sensor.probe or ""): sensor.id for sensor in view.snapshot.site.sensors.values()}
    mounted = {mount.sensor for mount in view.snapshot.site.mounts}
    newest = newest_readings(view.connection)
    free = sorted((probe for probe in newest if sensors.get(probe) not in mounted), key="\0".join)

    def fetch(after: str | None, count: int) -> list[Probe]:
        return [probe for probe in free if after is None or "\0".join(probe) > after][:count]

    def show(probe: Probe) -> UnassignedDevice:
        return UnassignedDevice(probe[0], probe[1] or None, sensors.get(probe), newest[probe])

    return collect(paging, decode(paging.cursor, str), fetch, "\0".join, show)
