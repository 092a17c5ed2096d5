"""Tive trackers: a `POST` for each entry, in the fields of the preset template."""

from typing import Any

from domain.errors import DecodeError
from domain.readings import Reading
from domain.units import CELSIUS, FAHRENHEIT
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import NO_STAMP, Stamp, instant, zone_of
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source

_UTC = zone_of("UTC")
_MILLISECOND = 1000
_NAMES = ("EntityName", "DeviceName", "DeviceId")


@codecs.register("tive_webhook", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what the tracker measured inside and at its probe; the weather around it is no reading."""
    document = object_of(message.payload)
    device, stamp = _device(document), _stamp(document)
    readings: list[Reading] = []
    for probe in ("Temperature", "ProbeTemperature"):
        if document.get(probe) is not None:
            readings.append(_temperature(device, probe, document[probe], stamp))
    if document.get("Humidity") is not None:
        raw = _part(document, "Humidity").get("Percentage")
        readings.append(reading.humidity(device, "Temperature", raw, stamp))
    if not readings and "EntryTimeEpoch" not in document and "EntryTimeUtc" not in document:
        raise DecodeError(f"no field of the template: {', '.join(list(document)[:8]) or 'none'}")
    battery, cellular = document.get("Battery"), document.get("Cellular")
    beside = [
        ("battery_pct", battery.get("Percentage") if isinstance(battery, dict) else None),
        ("rssi", cellular.get("Dbm") if isinstance(cellular, dict) else None),
    ]
    return Decoded(readings, status_if_any(device, "", stamp[0], beside)), UNCHANGED


def _device(document: dict[str, Any]) -> str:
    for name in _NAMES:
        if document.get(name):
            return name_of(document[name], name)
    raise DecodeError(f"the payload does not say its tracker: {', '.join(_NAMES)}")


def _stamp(document: dict[str, Any]) -> Stamp:
    """Return when it was measured: milliseconds since 1970, else text in UTC without a mark."""
    if document.get("EntryTimeEpoch"):
        return instant(document["EntryTimeEpoch"], _MILLISECOND, None)
    return instant(document["EntryTimeUtc"], None, _UTC) if "EntryTimeUtc" in document else NO_STAMP


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    part = document[name]
    if not isinstance(part, dict):
        raise DecodeError(f"{name} is not an object: {shown(part)}")
    return part


def _temperature(device: str, probe: str, said: Any, stamp: Stamp) -> Reading:
    if not isinstance(said, dict):
        raise DecodeError(f"{probe} is not an object: {shown(said)}")
    if "Celsius" not in said and "Fahrenheit" in said:
        return reading.temperature(device, probe, said["Fahrenheit"], stamp, FAHRENHEIT)
    return reading.temperature(device, probe, said.get("Celsius"), stamp, CELSIUS)
