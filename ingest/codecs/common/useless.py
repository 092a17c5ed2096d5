"""Messages that are known to have no reading in them: availability, and what zigbee2mqtt tells beside its sensors.

Asked only where a message was not understood: whatever has a reading is read first. What is neither stays unreadable,
because a person may know what it means: nothing is taken for useless whose names are not known to be.
"""

import itertools
from typing import Any

from domain.errors import DecodeError
from ingest.codecs.common.documents import parse
from ingest.codecs.common.shapes import measurements
from ingest.codecs.common.topics import device_of
from ingest.codecs.common.values import name_of
from ingest.decoded import Decoded, Message, Source, Status

# Last levels of topics that say whether a device is there.
_AVAILABILITY = {"availability", "lwt", "status", "online", "connected", "connection"}
_WORDS = {"online": True, "offline": False}
# Topics below `<base>/bridge`, as zigbee2mqtt documents them.
_BRIDGE = "bridge"
_OF_BRIDGE = {"state", "info", "devices", "groups", "logging", "log", "event", "extensions", "converters", "config"}
_OF_BRIDGE |= {"definitions", "health", "request", "response", "networkmap", "ota_update"}
# Every message of a zigbee2mqtt device has this field; so its other names are zigbee2mqtt's.
_ZIGBEE = "linkquality"
# Temperatures that are not those of the air or the load.
_OF_THE_DEVICE = {"device_temperature", "cpu_temperature", "color_temp", "color_temp_startup"}
_SWITCHES = {"state", "state_left", "state_right", "state_l1", "state_l2", "power", "energy", "voltage", "current"}
_SWITCHES |= {"power_on_behavior", "update", "update_available", "last_seen", "brightness", "color", "color_mode"}
_SWITCHES |= {"contact", "occupancy", "action", "battery_low", "tamper", "water_leak", "illuminance", "identify"}
_SWITCHES |= {"child_lock", "indicator_mode", "ac_frequency", "power_factor", "linkquality"}


def without_reading(message: Message, source: Source) -> Decoded | None:
    """Return what a message says that cannot hold a reading; None if it could."""
    levels = message.topic.casefold().split("/")
    if levels[-1] in _AVAILABILITY and not message.payload:
        return Decoded()  # a retained message was cleared
    word = _word(message.payload)
    if word is not None and (levels[-1] in _AVAILABILITY or _is_of_bridge(levels)):
        return _available(message, source, word)
    if _is_of_bridge(levels):
        return Decoded()
    try:
        document = parse(message.payload)
    except DecodeError:
        return None
    if not isinstance(document, dict) or not document:
        return None
    if document.keys() == {"state"} and (online := _online(document["state"])) is not None:
        return _available(message, source, online)
    return Decoded() if _is_useless(document) else None


def _is_of_bridge(levels: list[str]) -> bool:
    return any(above == _BRIDGE and level in _OF_BRIDGE for above, level in itertools.pairwise(levels))


def _word(payload: bytes) -> bool | None:
    """Return whether it says online or offline: as a word, or as zigbee2mqtt's `{"state": "online"}`."""
    if len(payload) > 200:
        return None
    try:
        said = parse(payload)
    except DecodeError:
        said = payload.decode(errors="replace")
    return _online(said.get("state") if isinstance(said, dict) else said)


def _online(said: Any) -> bool | None:
    return _WORDS.get(said.strip().casefold()) if isinstance(said, str) else None


def _available(message: Message, source: Source, online: bool) -> Decoded:
    device = device_of(message.topic, source.topic)
    cut = device.rpartition("/")
    if cut[0] and cut[2].casefold() in _AVAILABILITY:
        device = cut[0]
    try:
        return Decoded(status=[Status(name_of(device, "device"), online=online)])
    except DecodeError:
        return Decoded()


def _is_useless(document: dict[str, Any]) -> bool:
    """Tell whether all of it is known to be something else than a temperature or humidity."""
    others = {name: value for name, value in document.items() if name not in _OF_THE_DEVICE}
    if _ZIGBEE in others:
        return not measurements(others)
    return all(name in _SWITCHES for name in others)
