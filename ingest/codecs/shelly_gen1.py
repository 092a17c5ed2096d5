"""Shelly of the first generation: `shellies/<device>/info` as JSON, and a value a topic on `…/sensor/<name>`."""

from typing import Any

from domain.errors import DecodeError
from domain.faults import Fault
from domain.readings import Reading, reading_of
from domain.times import SECOND
from domain.units import CELSIUS, FAHRENHEIT
from ingest import codecs
from ingest.codecs.common import reading, settings, values
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import online_of, status_if_any
from ingest.codecs.common.times import NO_STAMP, Stamp, live
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
# Devices that switch something tell the temperature of their chip under the same name.
_SWITCHES = {"relays", "meters", "lights", "rollers", "emeters", "overtemperature"}
_COLDEST = -99_000_000  # -99.5 °C for minutes after power-on
# Topics that tell of all probes of an add-on, and under which name `info` does.
_ADD_ON = {"ext_temperatures": "ext_temperature", "ext_humidities": "ext_humidity"}
_STATES = {"battery": "battery_pct", "rssi": "rssi"}


def check(source: Source) -> None:
    """Raise InvalidError for a mapping with anything but the unit of `sensor/temperature`."""
    settings.only(source, "unit")
    settings.unit(source)


@codecs.register("shelly_gen1", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a sensor says in `info`, `sensor/…` and `ext_…`, and whether it is online.

    `sensor/temperature` and `ext_temperature` are in the unit that is set on the device: the mapping's `unit`.
    """
    if not message.payload:
        return _NOTHING, UNCHANGED
    levels = message.topic.split("/")
    if levels[-1] == "info" and len(levels) > 1:
        return _info(name_of("/".join(levels[_first(levels) : -1]), "device"), object_of(message.payload)), UNCHANGED
    if levels[-1] == "online" and len(levels) > 1:
        device = name_of("/".join(levels[_first(levels) : -1]), "device")
        return Decoded(status=[Status(device, online=_online(message.payload))]), UNCHANGED
    if levels[-1] in _ADD_ON and len(levels) > 1:
        readings: list[Reading] = []
        device = name_of("/".join(levels[_first(levels) : -1]), "device")
        _external(device, {_ADD_ON[levels[-1]]: object_of(message.payload)}, NO_STAMP, readings)
        return Decoded(readings), UNCHANGED
    if len(levels) > 2 and levels[-2] in ("sensor", "ext_temperature", "ext_humidity"):
        device = name_of("/".join(levels[_first(levels) : -2]), "device")
        return _scalar(device, levels[-2], levels[-1], message.payload, source), UNCHANGED
    return _NOTHING, UNCHANGED


def _first(levels: list[str]) -> int:
    return 1 if levels[0] == "shellies" else 0


def _online(payload: bytes) -> bool:
    online = online_of(payload.decode("utf-8", "replace"))
    if online is None:
        raise DecodeError(f"neither true nor false: {shown(payload)}")
    return online


def _scalar(device: str, kind: str, name: str, payload: bytes, source: Source) -> Decoded:
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8: {shown(payload)}") from error
    if kind == "ext_temperature" or (kind == "sensor" and name == "temperature"):
        probe = name if kind == "ext_temperature" else ""
        return Decoded([_temperature(device, probe, text, settings.unit(source), NO_STAMP)])
    if kind == "ext_humidity" or name == "humidity":
        return Decoded([reading.humidity(device, name if kind == "ext_humidity" else "", text)])
    if name in _STATES:
        return Decoded(status=status_if_any(device, "", None, [(_STATES[name], text)]))
    if name == "error" and text not in ("", "0"):
        return Decoded(status=[Status(device, fault=f"error {text[:40]}")])
    return _NOTHING


def _temperature(device: str, probe: str, raw: Any, unit: str, stamp: Stamp) -> Reading:
    said = values.temperature(raw, unit)
    if not isinstance(said, Fault) and said <= _COLDEST:
        said = Fault.POWER_ON
    return reading_of(device, probe, "temperature", said, *stamp)


def _info(device: str, document: dict[str, Any]) -> Decoded:
    stamp = _stamp(document.get("unixtime"))
    readings: list[Reading] = []
    works = document.get("is_valid") is not False
    tmp, hum = document.get("tmp"), document.get("hum")
    if isinstance(tmp, dict) and not _SWITCHES & document.keys():
        readings.append(_own(device, tmp, works, stamp))
    if isinstance(hum, dict) and "value" in hum:
        if works and hum.get("is_valid") is not False:
            readings.append(reading.humidity(device, "", hum["value"], stamp))
        else:
            readings.append(reading_of(device, "", "humidity", Fault.NO_VALUE, *stamp))
    _external(device, document, stamp, readings)
    beside = _beside(document)
    return Decoded(readings, status_if_any(device, "", stamp[0], beside))


def _stamp(raw: Any) -> Stamp:
    return live(raw, SECOND, None) if type(raw) is int else NO_STAMP


def _own(device: str, tmp: dict[str, Any], works: bool, stamp: Stamp) -> Reading:
    if not works or tmp.get("is_valid") in (False, "false"):
        return reading_of(device, "", "temperature", Fault.NO_VALUE, *stamp)
    if "tC" in tmp:
        return _temperature(device, "", tmp["tC"], CELSIUS, stamp)
    unit = FAHRENHEIT if tmp.get("units") == "F" else CELSIUS
    return _temperature(device, "", tmp.get("value"), unit, stamp)


def _external(device: str, document: dict[str, Any], stamp: Stamp, readings: list[Reading]) -> None:
    """Add the probes of a temperature add-on: `{"0": {"hwID": …, "tC": …, "tF": …}}`."""
    for number, probe in _items(document.get("ext_temperature")):
        if "tC" in probe:
            readings.append(_temperature(device, name_of(number, "probe"), probe["tC"], CELSIUS, stamp))
    for number, probe in _items(document.get("ext_humidity")):
        if "hum" in probe:
            readings.append(reading.humidity(device, name_of(number, "probe"), probe["hum"], stamp))


def _items(packed: Any) -> list[tuple[str, dict[str, Any]]]:
    found = packed.items() if isinstance(packed, dict) else ()
    return [(number, probe) for number, probe in found if isinstance(probe, dict)]


def _beside(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return battery and signal; on USB the battery is said to be empty."""
    bat, wifi = document.get("bat"), document.get("wifi_sta")
    beside = []
    if isinstance(bat, dict) and document.get("charger") is not True:
        beside = [("battery_pct", bat.get("value")), ("battery_v", bat.get("voltage"))]
    return [*beside, ("rssi", wifi.get("rssi"))] if isinstance(wifi, dict) else beside
