"""Theengs Gateway and OpenMQTTGateway: Bluetooth sensors on `<base>/<gateway>/BTtoMQTT/<address>`."""

import re
from functools import lru_cache
from typing import Any

from domain.errors import DecodeError
from domain.readings import Reading
from domain.times import SECOND
from domain.units import CELSIUS, FAHRENHEIT
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.addresses import address_of, mac_of
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import online_of, status_if_any, status_of
from ingest.codecs.common.times import NO_STAMP, Stamp, live
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_PROBE = re.compile(r"temp([cf])(\d?)", re.ASCII)


@codecs.register("theengs_omg", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a sensor says as far as the gateway decoded it; and of the gateway its LWT and its heartbeat."""
    levels = message.topic.split("/")
    if not message.payload:
        return _NOTHING, UNCHANGED
    if levels[-1] == "LWT":
        online = online_of(message.payload.decode("utf-8", "replace"))
        if online is None:
            raise DecodeError(f"neither online nor offline: {shown(message.payload)}")
        return Decoded(status=[Status(_gateway(levels), online=online)]), UNCHANGED
    if levels[-1] == "SYStoMQTT":
        beside = [("online", True), ("rssi", object_of(message.payload).get("rssi"))]
        return Decoded(status=[status_of(_gateway(levels), "", None, beside)]), UNCHANGED
    if "BTtoMQTT" not in levels[:-1] or levels[-1] == "undecoded":
        return _NOTHING, UNCHANGED
    return _sensor(levels[-1], object_of(message.payload)), UNCHANGED


def _gateway(levels: list[str]) -> str:
    return name_of(levels[-2] if len(levels) > 1 else "", "gateway")


def _sensor(level: str, document: dict[str, Any]) -> Decoded:
    device = _device(level, document)
    stamp = _stamp(document)
    readings: list[Reading] = []
    own = "extprobe" if document.get("extprobe") is True else ""  # plugged in, it is measured out there
    for name, raw in document.items():
        if name == "hum":
            readings.append(reading.humidity(device, own, raw, stamp))
        elif name[:4] == "temp":
            found = _meaning(name)
            if found is not None and (found[1] == CELSIUS or f"tempc{name[5:]}" not in document):
                number, unit = found
                probe = f"tempc{number}" if number else own
                readings.append(reading.temperature(device, probe, raw, stamp, unit))
    beside = [
        ("battery_pct", document.get("batt")),
        ("battery_v", document.get("volt")),
        ("rssi", document.get("rssi")),
    ]
    return Decoded(readings, status_if_any(device, "", stamp[0], beside))


@lru_cache(maxsize=256)
def _meaning(name: str) -> tuple[str, str] | None:
    """Return the number of a probe ("": there is one) and the unit; None for what is no temperature: dew points."""
    match = _PROBE.fullmatch(name)
    return (match[2], CELSIUS if match[1] == "c" else FAHRENHEIT) if match else None


def _device(level: str, document: dict[str, Any]) -> str:
    """Return the sensor's address, as the message says it or else the topic."""
    for name in ("id", "mac"):
        if isinstance(document.get(name), str):
            return address_of(document[name])
    mac = mac_of(level)
    if mac is None:
        raise DecodeError(f"neither the payload nor the topic says the sensor's address: {level[:60]!r}")
    return mac


def _stamp(document: dict[str, Any]) -> Stamp:
    """Return the time of the gateway, where it is set to send it and has it."""
    if "unixtime" in document:
        return live(document["unixtime"], SECOND, None)
    return live(document["UTCtime"], None, None) if "UTCtime" in document else NO_STAMP
