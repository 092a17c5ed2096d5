"""Shelly from the second generation on: reports on `<prefix>/events/rpc`, a component a topic on `<prefix>/status`."""

from collections.abc import Iterable
from typing import Any

import msgspec

from domain.errors import DecodeError
from domain.faults import Fault
from domain.readings import Reading, reading_of
from domain.times import SECOND
from domain.units import FAHRENHEIT
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.addresses import address_of
from ingest.codecs.common.documents import object_of, parse
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import NO_STAMP, Stamp, live
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_REPORTS = ("NotifyFullStatus", "NotifyStatus")


class Called(msgspec.Struct, frozen=True, array_like=True, tag="shelly"):
    """What is remembered of a topic prefix: the device that publishes below it."""

    device: str


@codecs.register("shelly_gen2", settings.only, Called)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the components temperature, humidity and devicepower of reports and of `status` topics, and `online`.

    A temperature within another component (switch, light) is that of its chip: it is no reading.
    """
    levels = message.topic.split("/")
    if not message.payload:
        return _NOTHING, UNCHANGED
    if levels[-1] == "rpc":
        return _rpc(message, levels, memory)
    if levels[-1] == "online":
        online = parse(message.payload)
        if type(online) is not bool:
            raise DecodeError(f"neither true nor false: {shown(online)}")
        return Decoded(status=[Status(_device("/".join(levels[:-1]), memory), online=online)]), UNCHANGED
    if len(levels) > 2 and levels[-2] == "status":
        device = _device("/".join(levels[:-2]), memory)
        return _components(device, {levels[-1]: object_of(message.payload)}, NO_STAMP, ()), UNCHANGED
    return _NOTHING, UNCHANGED


def _device(prefix: str, memory: Memory) -> str:
    called = memory.get(prefix)
    return called.device if called else name_of(prefix, "device")


def _rpc(message: Message, levels: list[str], memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a report says, or an answer to `Shelly.GetStatus`; and under which prefix its device publishes."""
    document = object_of(message.payload)
    if "src" not in document:
        return _NOTHING, UNCHANGED  # a request to a device
    device, method = name_of(document["src"], "src"), document.get("method")
    if method is not None and method not in (*_REPORTS, "NotifyEvent"):
        return _NOTHING, UNCHANGED
    changes = UNCHANGED
    if len(levels) > 2 and levels[-2] == "events" and (prefix := "/".join(levels[:-2])) != device:
        known = memory.get(prefix)
        if known is None or known.device != device:
            changes = {prefix: Called(device)}
    params = document.get("params" if method else "result")
    if not isinstance(params, dict):
        return _NOTHING, UNCHANGED
    if method == "NotifyEvent":
        return _events(params), changes
    system = params.get("sys")
    stamp = _stamp(params.get("ts"), system.get("unixtime") if isinstance(system, dict) else None)
    wifi = params.get("wifi")
    return _components(device, params, stamp, [("rssi", wifi.get("rssi"))] if isinstance(wifi, dict) else ()), changes


def _stamp(*said: Any) -> Stamp:
    """Return the first time that is one: after waking up there is none yet, or the seconds since then."""
    for raw in said:
        if type(raw) is float or type(raw) is int:
            stamp = live(raw, SECOND, None)
            if stamp[0] is not None:
                return stamp
    return NO_STAMP


def _components(device: str, components: dict[str, Any], stamp: Stamp, extras: Iterable[tuple[str, Any]]) -> Decoded:
    readings: list[Reading] = []
    beside = list(extras)
    for name, component in components.items():
        kind, _, number = name.partition(":")
        if type(component) is not dict:
            continue
        if kind == "temperature":
            if "tC" in component or "tF" in component:
                readings.append(_temperature(device, _probe(number), component, stamp))
        elif kind == "humidity":
            if "rh" in component:
                said = _fault(component, component["rh"])
                readings.append(
                    reading.humidity(device, _probe(number), component["rh"], stamp)
                    if said is None
                    else reading_of(device, _probe(number), "humidity", said, *stamp)
                )
        elif kind == "devicepower":
            beside += _battery(component)
    return Decoded(readings, status_if_any(device, "", stamp[0], beside))


def _probe(number: str) -> str:
    """Return the probe of a component: none for the first, the built-in one; those of an add-on begin with 100."""
    return "" if number in ("", "0") else name_of(f"temperature:{number}", "probe")


def _temperature(device: str, probe: str, component: dict[str, Any], stamp: Stamp) -> Reading:
    fahrenheit = "tC" not in component
    raw = component["tF" if fahrenheit else "tC"]
    said = _fault(component, raw)
    if said is not None:
        return reading_of(device, probe, "temperature", said, *stamp)
    return reading.temperature(device, probe, raw, stamp, FAHRENHEIT if fahrenheit else "C")


def _fault(component: dict[str, Any], raw: Any) -> Fault | None:
    """Return what the component says of itself: `errors` may hold `read` and `out_of_range`."""
    errors = component.get("errors")
    if isinstance(errors, list) and errors:
        return Fault.NO_ANSWER if "read" in errors else Fault.SENSOR_ERROR
    return Fault.NO_VALUE if raw is None else None


def _battery(component: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what it says of the battery; on USB it is said to be empty."""
    battery, external = component.get("battery"), component.get("external")
    if not isinstance(battery, dict) or (isinstance(external, dict) and external.get("present") is True):
        return []
    return [("battery_pct", battery.get("percent")), ("battery_v", battery.get("V"))]


def _events(params: dict[str, Any]) -> Decoded:
    """Return what Shelly's script for its Bluetooth sensors says of them: events with the address of the sensor."""
    events = params.get("events")
    readings: list[Reading] = []
    status: list[Status] = []
    for event in events if isinstance(events, list) else ():
        data = event.get("data") if isinstance(event, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("address"), str):
            continue
        device, stamp = address_of(data["address"]), _stamp(event.get("ts"), params.get("ts"))
        for quantity, read in (("temperature", reading.temperature), ("humidity", reading.humidity)):
            for number, raw in enumerate(_several(data, quantity)):
                readings.append(read(device, str(number + 1) if number else "", raw, stamp))
        extras = [("battery_pct", data.get("battery")), ("rssi", data.get("rssi")), ("seq", data.get("pid"))]
        status += status_if_any(device, "", stamp[0], extras)
    return Decoded(readings, status)


def _several(data: dict[str, Any], quantity: str) -> list[Any]:
    """Return the values of a quantity: an array where there are several probes."""
    if quantity not in data:
        return []
    raw = data[quantity]
    return raw if isinstance(raw, list) else [raw]
