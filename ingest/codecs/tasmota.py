"""Tasmota: `tele/<topic>/SENSOR` with a group of values for each chip, Zigbee and Bluetooth devices among them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from domain.errors import DecodeError, InvalidError
from domain.faults import Fault
from domain.readings import Reading, reading_of
from domain.times import SECOND
from domain.units import CELSIUS, unit_of
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import online_of, status_of
from ingest.codecs.common.times import Stamp, live
from ingest.codecs.common.topics import device_of
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_PREFIXES = ("tele", "stat")
# Temperatures of the board and its chips.
_OF_THE_BOARD = {"MCU", "ENERGY", "BL0940", "BL0942", "DS3231", "AXP192", "AXP2101", "MPU6050", "MPU_6886", "MPU6886"}
_BLUETOOTH = "tasmota_ble"  # with `MI32Option6 1`: a topic for each sensor that it receives
_PROBES_AT_MOST = 64
# MAX31855: what is wrong with the thermocouple.
_ERRORS = {1: Fault.OPEN_CIRCUIT, 2: Fault.SHORT_CIRCUIT, 4: Fault.SHORT_CIRCUIT}


class Probes(msgspec.Struct, frozen=True, array_like=True, tag="tasmota"):
    """What is remembered of a device: how its DS18x20 were called when they came first, by their ids.

    Tasmota numbers them in the order of the bus: when one breaks, the others move up.
    """

    names: dict[str, str]


@codecs.register("tasmota", settings.only, Probes)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the readings of SENSOR and of the answers to `Status 8` and `Status 10`, and what LWT and STATE say."""
    device, kind = _place(message.topic, source.topic)
    if not message.payload:
        return _NOTHING, UNCHANGED  # a retained message was cleared
    if kind == "LWT":
        return Decoded(status=[Status(device, online=_online(message.payload))]), UNCHANGED
    if kind not in ("SENSOR", "STATE", "STATUS8", "STATUS10", "RESULT"):
        return _NOTHING, UNCHANGED
    document = object_of(message.payload)
    if kind == "STATE":
        wifi = document.get("Wifi")
        signal = wifi.get("Signal") if isinstance(wifi, dict) else None
        return Decoded(status=[status_of(device, "", None, [("online", True), ("rssi", signal)])]), UNCHANGED
    if kind == "RESULT" and "ZbReceived" not in document:
        return _NOTHING, UNCHANGED
    if kind.startswith("STATUS"):
        document = document.get("StatusSNS", {})
        if not isinstance(document, dict):
            raise DecodeError(f"StatusSNS is not an object: {shown(document)}")
    return _sensors(device, document, source, memory)


@lru_cache(maxsize=16384)
def _place(topic: str, topic_filter: str) -> tuple[str, str]:
    """Return the device, and which kind of message it is: the last level, whatever the FullTopic."""
    levels = topic.split("/")
    at = next((i for i, level in enumerate(levels[:-1]) if level in _PREFIXES), None)
    name = device_of(topic, topic_filter) if at is None else "/".join(levels[at + 1 : -1] or levels[:at])
    return name_of(name, "device"), "SENSOR" if _BLUETOOTH in levels[:-1] else levels[-1].upper()


def _online(payload: bytes) -> bool:
    online = online_of(payload.decode("utf-8", "replace"))
    if online is None:
        raise DecodeError(f"neither Online nor Offline: {shown(payload)}")
    return online


def _sensors(device: str, document: dict[str, Any], source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    stamp, unit = _stamp(document, source), _unit(document.get("TempUnit"))
    seen = memory.get(device)
    names: dict[str, str] = dict(seen.names) if seen else {}
    readings: list[Reading] = []
    status: list[Status] = []
    for key, group in _groups(document):
        if key in _OF_THE_BOARD or key.startswith("ESP32"):
            continue
        if "Device" in group:
            _zigbee(key, group, stamp, readings, status)
        else:
            _chip(device, _probe(key, group, names), group, stamp, unit, readings, status)
    changes = {device: Probes(names)} if names != (seen.names if seen else {}) else UNCHANGED
    return Decoded(readings, status), changes


def _groups(document: dict[str, Any], depth: int = 2) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the groups of values, those that are packed in another one too (`ZbReceived`, `DS18x20`)."""
    for key, group in document.items():
        if type(group) is dict:
            yield key, group
            if depth:
                yield from _groups(group, depth - 1)


def _stamp(document: dict[str, Any], source: Source) -> Stamp:
    """Return when it was measured: local time, mostly without a zone; `Time 1` adds seconds since 1970."""
    epoch = document.get("Epoch")
    if type(epoch) is int:
        return live(epoch, SECOND, None)
    said = document.get("Time")
    if type(said) is str and said[4:5] == ".":  # versions up to 5 write 2018.02.01 22:52:09
        said = said.replace(".", "-", 2)
    return live(said, None, settings.zone(source))


def _unit(said: Any) -> str:
    try:
        return CELSIUS if said is None else unit_of(str(said))
    except InvalidError as error:
        raise DecodeError(f"TempUnit: {error}") from error


def _probe(key: str, group: dict[str, Any], names: dict[str, str]) -> str:
    """Return how a probe is called: as when its id first came. A new id under a name that is taken is its own."""
    identity = group.get("Id", group.get("Address"))
    if type(identity) is not str:
        return name_of(key, "probe")
    if identity not in names:
        if len(names) >= _PROBES_AT_MOST:
            return name_of(identity, "probe")
        names[identity] = name_of(key if key not in names.values() else identity, "probe")
    return names[identity]


def _chip(
    device: str,
    probe: str,
    group: dict[str, Any],
    stamp: Stamp,
    unit: str,
    readings: list[Reading],
    status: list[Status],
) -> None:
    for key, raw in group.items():
        if key == "Temperature" or key == "ProbeTemperature":
            fault = _ERRORS.get(group["Error"]) if type(group.get("Error")) is int else None
            if fault is None:
                readings.append(reading.temperature(device, probe, raw, stamp, unit))
            else:
                readings.append(reading_of(device, probe, "temperature", fault, *stamp))
        elif key == "Humidity":
            readings.append(reading.humidity(device, probe, raw, stamp))
        elif key[:11] == "Temperature" and key[11:].isdigit():  # inputs of an analog converter
            readings.append(reading.temperature(device, f"{probe}-{key[11:]}", raw, stamp, unit))
        elif key == "Battery":
            status.append(status_of(device, probe, None, [("battery_pct", raw), ("rssi", group.get("RSSI"))]))


def _zigbee(key: str, group: dict[str, Any], stamp: Stamp, readings: list[Reading], status: list[Status]) -> None:
    """Add what a Zigbee device says. It is called by its name, where it has one: its short address changes."""
    device = name_of(group.get("Name") or group["Device"] or key, "device")
    if "Temperature" in group:
        readings.append(reading.temperature(device, "", group["Temperature"], stamp))
    if "Humidity" in group:
        readings.append(reading.humidity(device, "", group["Humidity"], stamp))
    battery = [("battery_pct", group.get("BatteryPercentage")), ("battery_v", group.get("BatteryVoltage"))]
    if any(raw is not None for _, raw in battery):
        status.append(status_of(device, "", None, battery))
