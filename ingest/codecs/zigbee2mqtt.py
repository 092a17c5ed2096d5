"""zigbee2mqtt: `<base>/<device>` as JSON, or a value a topic; what it repeats from its cache is no measurement.

With its cache (preset) every message holds all that was ever said: a report of the battery repeats the temperature of a
probe that failed, with a fresh `last_seen`. Without it a message holds what was just measured, and nothing else.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from domain.errors import DecodeError, InvalidError
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import object_of, parse
from ingest.codecs.common.states import online_of, status_if_any
from ingest.codecs.common.times import NO_STAMP, Stamp, instant
from ingest.codecs.common.values import name_of, plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
# temperature, humidity, temperature_l1, temperature_2, temperature_probe …; not device_temperature, temperature_max
_MEASURED = re.compile(r"(temperature|humidity)(?:_((?:l|ch)?\d{1,2}|probe|external|internal))?", re.ASCII)
_BESIDE = ("battery", "voltage", "pressure")


class Last(msgspec.Struct, frozen=True, array_like=True, tag="zigbee"):
    """What is remembered of a device: the values that it said last, the other fields it ever filled, and whether it is
    received in JSON.
    """

    values: dict[str, int | float | str]
    beside: tuple[str, ...]
    in_json: bool


_NEVER = Last({}, (), False)


def check(source: Source) -> None:
    """Raise InvalidError for a mapping with anything but `base` and `cache_state`."""
    settings.only(source, "base", "cache_state")
    if type(source.mapping.get("cache_state", False)) is not bool:
        raise InvalidError(f"cache_state in the mapping is neither true nor false: {source.mapping['cache_state']!r}")
    if not isinstance(source.mapping.get("base", ""), str):
        raise InvalidError(f"base in the mapping is no topic: {source.mapping['base']!r}")


@codecs.register("zigbee2mqtt", check, Last)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what was measured; of a message that may be a copy from the cache only values that are not the last."""
    if not message.payload:
        return _NOTHING, UNCHANGED
    base = source.mapping.get("base")
    device, last = _place(message.topic, source.topic, base if isinstance(base, str) else "")
    if device == "bridge" or device.startswith("bridge/"):
        return (_available("bridge", message.payload) if device == "bridge/state" else _NOTHING), UNCHANGED
    if last == "availability":
        return _available(name_of(device.rpartition("/")[0], "device"), message.payload), UNCHANGED
    if last in ("get", "set"):
        return _NOTHING, UNCHANGED
    if message.payload[:1] != b"{":
        return _attribute(device, message.payload, source, memory)
    return _state(name_of(device, "device"), object_of(message.payload), source, memory)


@lru_cache(maxsize=16384)
def _place(topic: str, topic_filter: str, base: str) -> tuple[str, str]:
    """Return the topic below zigbee2mqtt's base, and its last level."""
    if not base:
        levels = re.split(r"/?[+#]", topic_filter)[0] if re.search(r"[+#]", topic_filter) else ""
        base = levels or topic.split("/")[0]
    device = topic.removeprefix(base + "/")
    return device, device.rpartition("/")[2]


def _available(device: str, payload: bytes) -> Decoded:
    said: Any = parse(payload) if payload[:1] == b"{" else payload.decode("utf-8", "replace")
    said = said.get("state") if isinstance(said, dict) else said
    online = online_of(said)
    if online is None:
        raise DecodeError(f"neither online nor offline: {shown(said)}")
    return Decoded(status=[Status(device, online=online)])


def _state(device: str, document: dict[str, Any], source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    measured = {name: raw for name, raw in document.items() if raw is not None and _meaning(name) is not None}
    beside = [name for name in _BESIDE if document.get(name) is not None]
    readings: list[Reading] = []
    changes = UNCHANGED
    if source.mapping.get("cache_state") is False:
        new = measured
    else:
        before = memory.get(device, _NEVER)
        new, after = _new(measured, beside, document, before), _after(measured, beside, before)
        changes = {device: after} if after != before else UNCHANGED
    if new:
        stamp = instant(document.get("last_seen"), None, settings.zone(source))
        readings = [_read(device, name, raw, stamp) for name, raw in new.items()]
    return Decoded(readings, status_if_any(device, "", None, _state_of_device(document))), changes


def _new(measured: dict[str, Any], beside: list[str], document: dict[str, Any], before: Last) -> dict[str, Any]:
    """Return what of a message is a new measurement.

    A message without the strength of the signal (null) is of no transmission: it comes from the cache at a start. One
    that lacks what the device said before does not come from the cache. Of any other, what it repeats may do.
    """
    if "linkquality" in document and document["linkquality"] is None:
        return {}
    lacks = any(name not in measured for name in before.values) or any(name not in beside for name in before.beside)
    return measured if lacks else {n: raw for n, raw in measured.items() if before.values.get(n) != _kept(raw)}


def _after(measured: dict[str, Any], beside: list[str], before: Last) -> Last:
    values = before.values | {name: _kept(raw) for name, raw in measured.items()}
    return Last(values, tuple(dict.fromkeys((*before.beside, *beside))), True)


def _kept(raw: Any) -> int | float | str:
    return raw if type(raw) in (int, float) and abs(raw) < 1 << 53 else str(raw)[:40]


@lru_cache(maxsize=4096)
def _meaning(name: str) -> tuple[str, str] | None:
    """Return the quantity and the probe of a field; None for one that is no measurement."""
    match = _MEASURED.fullmatch(name)
    return (match[1], match[2] or "") if match else None


def _read(device: str, name: str, raw: Any, stamp: Stamp) -> Reading:
    quantity, probe = _meaning(name) or ("", "")
    read = reading.humidity if quantity == "humidity" else reading.temperature
    return read(device, probe, raw, stamp)


def _state_of_device(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return battery and voltage: in millivolts, but that of the mains in volts."""
    volts = plain_number(document.get("voltage"))
    return [("battery_pct", document.get("battery")), ("battery_v", volts / 1000 if volts and volts > 1000 else None)]


def _attribute(device: str, payload: bytes, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return a value on a topic of its own; nothing of a device that is received in JSON too."""
    name, _, field = device.rpartition("/")
    if not name or (_meaning(field) is None and field != "battery"):
        return _NOTHING, UNCHANGED
    name_of(name, "device")
    text = payload.decode("utf-8", "replace")
    before = memory.get(name, _NEVER)
    if before.in_json or before.values.get(field) == text:
        return _NOTHING, UNCHANGED
    if field == "battery":
        return Decoded(status=status_if_any(name, "", None, [("battery_pct", text)])), UNCHANGED
    found = Decoded([_read(name, field, text, NO_STAMP)])
    if source.mapping.get("cache_state") is False:
        return found, UNCHANGED
    return found, {name: Last({**before.values, field: text[:40]}, before.beside, False)}
