"""What is known of the site's sensors: device, settings, where each is and was installed, its last readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from api.addresses import opaque
from api.deps import View
from api.reads.last_readings import last_readings
from api.web.components.current import Value, value_of
from api.web.components.limits import MAX_GAP, version_in_force
from api.web.frame.naming import in_order
from domain.errors import NotFoundError
from domain.model import ALWAYS, QUANTITIES, Dated, Mount, Sensor
from domain.sensor_models import model_of
from domain.times import NEVER, format_instant, parse_duration
from ledger.models.last_reading import LastReading
from rules.subjects.places import Places
from sites.convert import dated
from sites.schema import key_of
from store import state


@dataclass(frozen=True, slots=True)
class Installed:
    """A time at a location; `until` None: to date. `key` is the address of the mount."""

    location: str
    since: int
    until: int | None
    key: str

    def covers(self, instant: int) -> bool:
        """Tell whether the sensor was installed there at an instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Change:
    """A setting with effective times: its value and since when it counts (None: always)."""

    since: int | None
    value: Any


class Model(NamedTuple):
    """A model of sensor, as its maker calls it; `resolution` of a temperature, 0: not the chip's to say."""

    name: str
    resolution: int


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor. `offsets`, `quantities`, `models` and `ranges` are their whole history, the newest last."""

    id: str
    name: str | None
    device: str
    probe: str | None
    interval: int | None  # microseconds
    quantities: Sequence[Change]
    offsets: Mapping[str, Sequence[Change]]
    models: Sequence[Change]
    ranges: Mapping[str, Sequence[Change]]  # of gates
    installed: Sequence[Installed]  # newest first
    last: Sequence[Value]  # the newest reading of each quantity
    now: int

    @property
    def here(self) -> Installed | None:
        """Where it is installed now."""
        return next((each for each in self.installed if each.covers(self.now)), None)

    @property
    def model(self) -> Model | None:
        """The model that it is now; None if nobody says."""
        found: Model | None = in_force_of(self.models, self.now)
        return found

    @property
    def measures(self) -> Sequence[str]:
        """The quantities that it measures now."""
        return in_force_of(self.quantities, self.now) or ()

    @property
    def corrected(self) -> list[tuple[str, int]]:
        """The offsets in force now that change something."""
        found = ((quantity, in_force_of(steps, self.now)) for quantity, steps in self.offsets.items())
        return [(quantity, value) for quantity, value in found if value]

    @property
    def last_at(self) -> int | None:
        """When the newest reading was measured."""
        return max((each.at for each in self.last if each.at is not None), default=None)


def in_force_of(steps: Sequence[Change], now: int) -> Any:
    """Return the value in force; None before the first."""
    begun = [step.value for step in steps if step.since is None or step.since <= now]
    return begun[-1] if begun else None


def list_sensors(view: View, words: str = "", which: str = "") -> list[SensorRow]:
    """Return the sensors asked for. `which`: installed, not_installed, silent, or empty for all."""
    rows = _rows(view, view.snapshot.site.sensors.values())
    found = [row for row in rows if _is_named(row, words.casefold()) and _is_of(row, which)]
    return sorted(found, key=lambda row: in_order((row.id, "", None)))


def find_sensor(view: View, name: str) -> SensorRow:
    """Return one sensor. Raises NotFoundError if there is none of that id."""
    sensor = view.snapshot.site.sensors.get(name)
    if sensor is None:
        raise NotFoundError(f"no sensor {name}")
    return _rows(view, [sensor])[0]


def _is_named(row: SensorRow, words: str) -> bool:
    places = [row.here.location] if row.here else []
    return any(words in each.casefold() for each in (row.id, row.name or "", row.device, *places))


def _is_of(row: SensorRow, which: str) -> bool:
    if which == "installed":
        return row.here is not None
    if which == "not_installed":
        return row.here is None
    if which == "silent":
        return row.here is not None and not any(each.live for each in row.last)
    return True


def _rows(view: View, sensors: Iterable[Sensor]) -> list[SensorRow]:
    chosen = list(sensors)
    mounts: dict[str, list[Mount]] = {sensor.id: [] for sensor in chosen}
    for mount in view.snapshot.site.mounts:
        if mount.sensor in mounts:
            mounts[mount.sensor].append(mount)
    docs = _docs(view.connection, chosen)
    newest = last_readings(view, [(sensor.id, quantity) for sensor in chosen for quantity in QUANTITIES])
    return [_row(view, sensor, docs.get(sensor.id, {}), mounts[sensor.id], newest) for sensor in chosen]


def _docs(connection: Connection, sensors: Sequence[Sensor]) -> Mapping[str, Mapping[str, Any]]:
    if len(sensors) == 1:
        entry = state.find_entry(connection, "sensor", key_of("sensor", {"id": sensors[0].id}))
        return {sensors[0].id: entry.doc} if entry is not None else {}
    return {entry.doc["id"]: entry.doc for entry in state.load_entries(connection, "sensor")}


def _row(
    view: View,
    sensor: Sensor,
    doc: Mapping[str, Any],
    mounts: Iterable[Mount],
    newest: Mapping[tuple[str, str], LastReading],
) -> SensorRow:
    installed = sorted(map(_installed, mounts), key=lambda each: each.since, reverse=True)
    here = next((each.location for each in installed if each.covers(view.now)), None)
    holds_for = _max_gap(view, here)
    own = (newest.get((sensor.id, quantity)) for quantity in QUANTITIES)
    last = [value_of(each, view.now, holds_for) for each in own if each is not None]
    return SensorRow(
        sensor.id,
        doc.get("name"),
        sensor.device,
        sensor.probe,
        parse_duration(doc["interval"]) if doc.get("interval") else None,
        _changes(sensor.quantities, lambda value: [each for each in QUANTITIES if each in value]),
        {quantity: _changes(steps) for quantity, steps in sensor.offsets.items()},
        _changes(dated(doc.get("model") or [], _model)),
        {quantity: _changes(gates) for quantity, gates in sensor.gates.items()},
        installed,
        last,
        view.now,
    )


def _model(name: str | None) -> Model | None:
    if name is None:
        return None
    model = model_of(name)
    return Model(model.name, model.quantities["temperature"].resolution)


def _installed(mount: Mount) -> Installed:
    doc = {"sensor": mount.sensor, "location": mount.location, "from": format_instant(mount.since)}
    until = None if mount.until == NEVER else mount.until
    return Installed(mount.location, mount.since, until, opaque(key_of("mount", doc)))


def _changes(dated: Dated[Any], read: Any = lambda value: value) -> list[Change]:
    return [Change(None if since == ALWAYS else since, read(value)) for since, value in dated.steps]


def _max_gap(view: View, location: str | None) -> int:
    """Return for how long a reading counts at a location."""
    if location is None:
        return MAX_GAP
    version = version_in_force(
        view.snapshot.site, view.snapshot.site.locations[location].profile.at(view.now), view.now
    )
    return version.max_gap if version else MAX_GAP


def speaks_for(view: View, sensor: str, quantities: Iterable[str]) -> list[str]:
    """Return the locations that a sensor speaks for now."""
    places = Places(view.snapshot.site)
    found = {
        location
        for quantity in quantities
        for location, since, until in places.spoken_for(sensor, quantity)
        if since <= view.now < until
    }
    return sorted(found)
