"""Objects with free names, as decoders of LoRaWAN devices make them: which field is a temperature, and of which probe.

A field's name is its probe: `TempC_DS`, `temperature_chn1`, `Temp_Red`; one that says no more than what is measured
(`temperature`, `airTemperature`) has none. A humidity belongs to the temperature that is called alike. Left alone are
dew points, chip temperatures, settings, statistics, and an alarm's copy of a value. A history has times of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from domain.errors import DecodeError
from domain.faults import Fault
from domain.notices import Notice, Remark
from domain.readings import Flag, Reading, reading_of
from domain.units import CELSIUS, FAHRENHEIT, KELVIN, PERCENT
from ingest.codecs.common import values
from ingest.codecs.common.names import is_bare, meaning_of
from ingest.codecs.common.times import instant

_DEEPEST = 4
_ROWS_AT_MOST = 5_000
_REMEMBERED_KEYS = 100
# Names of objects that say nothing of what is in them.
_WRAPPERS = {
    "data",
    "decoded",
    "payload",
    "values",
    "value",
    "measurements",
    "measurement",
    "result",
    "fields",
    "object",
}
_WRAPPERS |= {"telemetry", "readings", "reading", "sensors", "params"}
_READINGS_AT_MOST = 10_000
_UNITS = {CELSIUS: "°C", FAHRENHEIT: "°F", KELVIN: "K", PERCENT: "%"}
_REMARKS_AT_MOST, _LONGEST = 50, 120
_EARLIER = Flag.HISTORICAL
# Names that are one word and say no more than what is measured.
_BARE = {
    **dict.fromkeys(("airtemperature", "temperaturec", "temperaturecelsius", "tempc", "tempcelsius"), CELSIUS),
    **dict.fromkeys(("temperaturef", "tempf", "temperaturefahrenheit"), FAHRENHEIT),
    **dict.fromkeys(("temperaturek", "tempk", "temperaturekelvin"), KELVIN),
    **dict.fromkeys(("airhumidity", "relativehumidity", "humiditypct", "humiditypercent"), PERCENT),
}
_VOLTS = {"batv", "vbat", "batteryv", "batteryvoltage", "batvoltage", "volt", "voltage", "battvoltage", "supplyvoltage"}
_MILLIVOLTS = {"vdd", "batmv", "batterymv", "vbatmv", "batteryvoltagemv", "battmv"}
_PERCENT = {"battery", "batt", "batterypct", "batterypercent", "batterypercentage", "batterylevel", "batteryvalue"}
_PERCENT |= {"batpercent", "bat"}
# Words in names of settings, statistics and copies of a measurement.
_BESIDE = re.compile(
    r"(?i)alarm|threshold|exception|offset|calibrat|unit|status|state|mode|type|valid|enable|interval|count"
    r"|event|error|delta|change|rate|setting|config|limit|wet_?bulb|(?<![a-z])(?:min|max|avg|mean|std)"
)
_SEPARATORS = re.compile(r"[\W_]+")
_QUANTITY_WORDS = re.compile(r"(?i)temperature|humidity|relative|temp|hum|rh|air|(?<![a-z])[cfk](?![a-z])")
# What a decoder packs earlier measurements into, and under which names each says when.
_HISTORIES = {"history", "datalog", "histories", "datalogs", "log", "records", "historical"}
_TIMES = ("timestamp", "time", "ts", "datetime", "date", "utc")
# Copies of values that an alarm is about.
_EVENTS = {"event", "events", "alarm", "alarms"}
_EXCEPTION = "_exception"
# SenseCAP's numbers of what is measured.
_SENSECAP = {"4097": ("temperature", ""), "4098": ("humidity", ""), "4102": ("temperature", "soil")}


class Beside(NamedTuple):
    """A field beside the readings: a field of Status, and what its number is multiplied with."""

    column: str
    factor: float = 1.0


class Field(NamedTuple):
    """A field that is a measurement: `is_error`: of which its value says that there is none."""

    key: str
    quantity: str
    unit: str
    probe: str
    is_error: bool = False


class Plan(NamedTuple):
    """What fields of an object are, by their names alone."""

    measured: tuple[Field, ...]
    beside: tuple[tuple[str, Beside], ...]
    others: tuple[str, ...]  # whose values may be objects or arrays with some
    unused: tuple[Remark, ...]  # of these others, where they are no objects or arrays


class Found(NamedTuple):
    """What an object says."""

    readings: list[Reading]
    beside: dict[str, float]  # of Status: battery_pct, battery_v
    remarks: list[Remark]


def read(fields: Any, device: str, at: int | None, flags: Flag = Flag.NONE) -> Found:
    """Return what is measured at the instant, and what is told of earlier ones. What cannot be read is remarked."""
    found = Found([], {}, [])
    _object(fields, "", device, at, flags, found, _DEEPEST)
    return found


def unused(fields: Any) -> tuple[Remark, ...]:
    """Return a remark for every field that is not used, of an object without objects inside: always the same object."""
    if type(fields) is not dict or not fields:
        return ()
    found = _planned(fields)
    is_flat = not any(type(fields[key]) is dict or type(fields[key]) is list for key in found.others)
    return found.unused if is_flat else ()


def measures(fields: Any) -> bool:
    """Tell whether one of the object's own fields is a measurement."""
    return type(fields) is dict and bool(fields) and bool(_planned(fields).measured)


def temperatures_in(fields: Any) -> int:
    """Return how many temperatures the object's own fields are."""
    return sum(each.quantity == "temperature" for each in _planned(fields).measured) if type(fields) is dict else 0


def _object(fields: Any, path: str, device: str, at: int | None, flags: Flag, found: Found, depth: int) -> None:
    if type(fields) is not dict or not fields:
        return
    measured, beside, others, _ = _planned(fields)
    for field in measured:
        _measured(field, fields, path, device, at, flags, found)
    for key, what in beside:
        raw = fields[key]
        number = values.plain_number(raw.get("value") if type(raw) is dict else raw)
        if number is not None:
            found.beside.setdefault(what.column, number * what.factor)
    for key in others:
        value = fields[key]
        if type(value) is dict:
            if depth:
                _object(value, _inside(path, key), device, at, flags, found, depth - 1)
        elif type(value) is list:
            _array(key, value, path, device, at, flags, found, depth)


def _measured(
    field: Field, fields: Mapping[str, Any], path: str, device: str, at: int | None, flags: Flag, found: Found
) -> None:
    raw = fields[field.key]
    if type(raw) is dict:
        if "value" not in raw:
            _channels(field, raw, path, device, at, flags, found)
            return
        raw = _with_unit(raw, field)
    if type(raw) is bool or len(found.readings) >= _READINGS_AT_MOST or _is_odd_one(field, fields):
        return
    try:
        probe = values.name_of(f"{path}{field.probe}".rstrip("."), "the field's name") if path else field.probe
        said = _value(field, raw)
    except DecodeError as error:
        found.remarks.append(Remark(Notice.UNREADABLE_PART, str(error), device))
        return
    found.readings.append(reading_of(device, probe, field.quantity, said, at, flags))


def _channels(
    field: Field, raw: Mapping[str, Any], path: str, device: str, at: int | None, flags: Flag, found: Found
) -> None:
    """Add what `{"temperatureSensor": {"3": 27.2, "5": 25.5}}` says, or another object under such a name."""
    for channel, value in raw.items():
        if channel.isdecimal() and len(channel) <= 3 and type(value) is not dict:
            _measured(field._replace(key=channel, probe=channel), raw, path, device, at, flags, found)
    if not any(channel.isdecimal() for channel in raw):
        _object(dict(raw), f"{path}{field.key}.", device, at, flags, found, 1)


def _with_unit(raw: Mapping[str, Any], field: Field) -> Any:
    """Return the value of `{"value": 39.4, "unit": "°F"}`, with its unit where that is not what is expected."""
    value, unit = raw["value"], raw.get("unit")
    is_number = type(value) is int or type(value) is float
    return f"{value!r} {unit}" if is_number and isinstance(unit, str) and unit and unit != _UNITS[field.unit] else value


def _value(field: Field, raw: Any) -> int | Fault:
    if field.is_error:
        return Fault.SENSOR_ERROR
    if field.quantity == "temperature":
        return values.temperature(raw, field.unit, field.key)
    return values.humidity(raw, what=field.key)


def _is_odd_one(field: Field, fields: Mapping[str, Any]) -> bool:
    """Tell whether it is the first probe of a Dragino LSN50 in the mode of its own sensor: 0 where none is wired."""
    return field.key == "TempC1" and fields.get("Work_mode") == "IIC" and fields["TempC1"] in (0, "0", "0.0", "0.00")


def _array(
    key: str, rows: Sequence[Any], path: str, device: str, at: int | None, flags: Flag, found: Found, depth: int
) -> None:
    name = key.casefold()
    if name in _EVENTS:
        for each in _of_events(rows, is_alone=not found.readings)[:1]:
            _object(each, path, device, at, flags, found, 0)
        return
    for number, row in enumerate(rows[:_ROWS_AT_MOST]):
        if type(row) is list and depth:
            _array(key, row, path, device, at, flags, found, depth - 1)
        elif type(row) is not dict:
            continue
        elif "measurementId" in row or "measurementID" in row:
            _sensecap(row, device, at, flags, found)
        elif name in _HISTORIES:
            _earlier(row, path, device, found)
        elif depth:
            _object(row, f"{path}{key}[{number}].", device, at, flags, found, depth - 1)


def _of_events(rows: Sequence[Any], *, is_alone: bool) -> list[dict[str, Any]]:
    """Return what events say that no field beside them does: that a probe cannot be read; all if `is_alone`."""
    objects = [row for row in rows if type(row) is dict]
    if is_alone:
        return objects
    return [each for row in objects if (each := {key: row[key] for key in row if key.endswith(_EXCEPTION)})]


def _earlier(row: Mapping[str, Any], path: str, device: str, found: Found) -> None:
    """Add what is told of an earlier instant; without one it is no measurement of now."""
    raw = next((row[each] for each in _TIMES if each in row), None)
    try:
        at, doubt = instant(raw, None, None)
    except DecodeError as error:
        found.remarks.append(Remark(Notice.UNREADABLE_PART, str(error), device))
        return
    if at is None:
        found.remarks.append(Remark(Notice.UNREADABLE_PART, "an earlier measurement does not say when", device))
        return
    _object(
        {key: value for key, value in row.items() if key not in _TIMES}, path, device, at, doubt | _EARLIER, found, 1
    )


def _sensecap(row: Mapping[str, Any], device: str, at: int | None, flags: Flag, found: Found) -> None:
    number = row.get("measurementId", row.get("measurementID"))
    number = f"{number:.0f}" if type(number) is float else str(number)
    known = _SENSECAP.get(number)
    if known is None:
        return
    quantity, probe = known
    field = Field("measurementValue", quantity, CELSIUS if quantity == "temperature" else PERCENT, probe)
    _measured(field, {"measurementValue": row.get("measurementValue")}, "", device, at, flags, found)


def _inside(path: str, key: str) -> str:
    """Return the path of what is in the object under a key, which is no part of it where it says nothing."""
    return path if key.casefold() in _WRAPPERS else f"{path}{key}."


def _planned(fields: Mapping[str, Any]) -> Plan:
    keys = tuple(fields)
    return plan(keys) if len(keys) <= _REMEMBERED_KEYS else plan.__wrapped__(keys)  # no room for what is no device's


@lru_cache(maxsize=4096)
def plan(keys: tuple[str, ...]) -> Plan:
    """Return what the fields of an object are, by their names."""
    measured: list[Field] = []
    beside: dict[str, tuple[str, Beside]] = {}
    others: list[str] = []
    for key in keys:
        field = _field(key)
        if field is not None:
            measured.append(field)
        elif (what := _beside(key)) is not None:
            beside.setdefault(what.column, (key, what))
        else:
            others.append(key)
    unused = tuple(Remark(Notice.UNUSED_FIELD, key[:_LONGEST]) for key in others[:_REMARKS_AT_MOST])
    return Plan(tuple(_settled(measured)), tuple(beside.values()), tuple(others), unused)


def _field(key: str) -> Field | None:
    """Return what a field measures; None: nothing that is known, or something beside a measurement."""
    if key.endswith(_EXCEPTION):
        of = _field(key.removesuffix(_EXCEPTION))
        return None if of is None else of._replace(key=key, is_error=True)
    plain = _SEPARATORS.sub("", key).casefold()
    unit = _BARE.get(plain)
    if unit is not None:
        return Field(key, "humidity" if unit == PERCENT else "temperature", unit, "")
    if _BESIDE.search(key):
        return None
    meaning = meaning_of(key)
    if meaning is None or meaning.column not in ("temperature", "humidity") or len(key) > 100:
        return None
    if "soil" in plain and meaning.column == "humidity":
        return None  # moisture of the ground
    probe = "" if is_bare(key) else key.strip()
    return Field(key, meaning.column, meaning.unit, probe) if probe.isprintable() else None


def _beside(key: str) -> Beside | None:
    plain = _SEPARATORS.sub("", key).casefold()
    if plain in _VOLTS:
        return Beside("battery_v")
    if plain in _MILLIVOLTS:
        return Beside("battery_v", 0.001)
    return Beside("battery_pct") if plain in _PERCENT else None


def _settled(measured: Sequence[Field]) -> Iterator[Field]:
    """Yield them, each humidity at the temperature that is called alike, and of twins in °C and °F the first only."""
    temperatures = {_rest(each.key): each for each in measured if each.quantity == "temperature" and not each.is_error}
    celsius = {_rest(each.key) for each in measured if each.quantity == "temperature" and each.unit == CELSIUS}
    for each in measured:
        if each.quantity == "temperature":
            if each.unit == CELSIUS or _rest(each.key) not in celsius:
                yield each
        elif each.probe and (beside := temperatures.get(_rest(each.key))) is not None:
            yield each._replace(probe=beside.probe)
        else:
            yield each


def _rest(key: str) -> str:
    """Return what a name says besides its quantity: `ds` of `TempC_DS`, `1` of `temperature_1` and `humidity_1`."""
    return _SEPARATORS.sub("", _QUANTITY_WORDS.sub("", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key))).casefold()
