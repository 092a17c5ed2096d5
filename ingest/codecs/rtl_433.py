"""rtl_433: a transmission as JSON on `rtl_433/<host>/events`, and once more a field a topic on `…/devices/…`."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from domain.errors import DecodeError
from domain.readings import Reading
from domain.units import CELSIUS, FAHRENHEIT
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import parse
from ingest.codecs.common.states import online_of, status_if_any
from ingest.codecs.common.times import NO_STAMP, Stamp, instant
from ingest.codecs.common.values import name_of, plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_TEMPERATURE = re.compile(r"temperature(?:_(\d))?_([CF])", re.ASCII)
_HUMIDITY = re.compile(r"humidity(?:_(\d))?", re.ASCII)


class Seen(msgspec.Struct, frozen=True, array_like=True, tag="rtl_433"):
    """What is remembered of a gateway: its transmissions are received as JSON."""

    in_json: bool = True


@codecs.register("rtl_433", settings.only, Seen)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a transmission says. The topics under `devices` are read where no `events` are received."""
    if not message.payload:
        return _NOTHING, UNCHANGED
    head, found, tail = message.topic.partition("/devices/")
    if found and message.payload[:1] != b"{":
        return _field(head, tail.split("/"), message.payload, memory)
    if message.topic.endswith("/availability"):
        online = online_of(message.payload.decode("utf-8", "replace"))
        device = name_of(message.topic.split("/")[-2], "gateway")
        return Decoded(status=[Status(device, online=online)]) if online is not None else _NOTHING, UNCHANGED
    document = parse(message.payload)
    if not isinstance(document, dict):
        raise DecodeError(f"not an object: {shown(document)}")
    if "model" not in document:
        return _NOTHING, UNCHANGED  # states of the receiver
    gateway = message.topic.rpartition("/")[0]
    changes = UNCHANGED if not message.topic.endswith("/events") or gateway in memory else {gateway: Seen()}
    return _event(document, source), changes


def _event(document: dict[str, Any], source: Source) -> Decoded:
    device, channel = _device(document)
    stamp = _stamp(document.get("time"), source)
    readings: list[Reading] = []
    for name, raw in document.items():
        found = _meaning(name)
        if found is None:
            continue
        quantity, number, unit = found
        if unit == FAHRENHEIT and name[:-1] + CELSIUS in document:
            continue  # the same once more
        readings.append(_read(device, _probe(channel, number), quantity, raw, stamp, unit))
    return Decoded(readings, status_if_any(device, channel, None, _beside(document)))


def _device(document: dict[str, Any]) -> tuple[str, str]:
    """Return the sensor as `model/id`, and its channel. Ids change with the battery of most sensors."""
    model, number, channel = document["model"], document.get("id"), document.get("channel")
    said = [model if number in (None, "") else f"{model}/{number}"]
    return name_of(said[0], "model"), "" if channel in (None, "") else name_of(channel, "channel")


def _probe(channel: str, number: str) -> str:
    return f"{channel}-{number}" if channel and number else channel or number


@lru_cache(maxsize=4096)
def _meaning(name: str) -> tuple[str, str, str] | None:
    """Return quantity, number ("": there is one) and unit of a field; None for what is no measurement."""
    if match := _TEMPERATURE.fullmatch(name):
        return "temperature", match[1] or "", CELSIUS if match[2] == "C" else FAHRENHEIT
    match = _HUMIDITY.fullmatch(name)
    return ("humidity", match[1] or "", "%") if match else None


def _read(device: str, probe: str, quantity: str, raw: Any, stamp: Stamp, unit: str) -> Reading:
    if quantity == "humidity":
        return reading.humidity(device, probe, raw, stamp)
    return reading.temperature(device, probe, raw, stamp, unit)


def _stamp(raw: Any, source: Source) -> Stamp:
    """Return the time of the receiver, mostly local; `@0.12s`, seconds into a recording, says nothing."""
    if isinstance(raw, str) and raw.startswith("@"):
        return NO_STAMP
    return instant(raw, None, settings.zone(source))


def _beside(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return signal and battery; `battery_ok` is 1 or 0, and of some sensors a part of 1."""
    level, millivolts = plain_number(document.get("battery_ok")), plain_number(document.get("battery_mV"))
    percent = round(level * 100, 3) if level is not None and 0 < level < 1 else None
    volts = document.get("battery_V") if millivolts is None else millivolts / 1000
    return [("battery_pct", percent), ("battery_v", volts), ("rssi", document.get("rssi"))]


def _field(gateway: str, levels: list[str], payload: bytes, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a field under `devices/<model>/<channel>/<id>/<field>` says; the channel is left out where there is
    none.
    """
    found = _meaning(levels[-1])
    if found is None or gateway in memory or len(levels) < 2:
        return _NOTHING, UNCHANGED
    model, number = levels[0], levels[-2] if len(levels) > 2 else None
    device, channel = _device({"model": model, "id": number, "channel": levels[1] if len(levels) > 3 else None})
    quantity, probe, unit = found
    text = payload.decode("utf-8", "replace")
    return Decoded([_read(device, _probe(channel, probe), quantity, text, NO_STAMP, unit)]), UNCHANGED
