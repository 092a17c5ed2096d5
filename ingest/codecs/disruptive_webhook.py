"""Disruptive Technologies: one event a `POST`, from a data connector."""

from typing import Any

from domain.errors import DecodeError
from domain.readings import Flag, Reading
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import status_of
from ingest.codecs.common.times import Stamp, instant
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status


@codecs.register("disruptive_webhook", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an event says of its device. Other kinds of events (touch, proximity …) say that it is there.

    An event comes at least once: it has its own time, so that a second copy changes nothing.
    """
    document = object_of(message.payload)
    event = document.get("event", document)
    if not isinstance(event, dict) or "targetName" not in event:
        raise DecodeError(f"no event with a targetName: {shown(event)}")
    device = name_of(str(event["targetName"]).rpartition("/")[2], "targetName")
    kind, data = event.get("eventType"), event.get("data")
    said = data.get(kind) if isinstance(data, dict) and isinstance(kind, str) else None
    if not isinstance(said, dict):
        return Decoded(status=[Status(device, online=True)]), UNCHANGED
    stamp = instant(said.get("updateTime", event.get("timestamp")), None, None)
    if kind == "temperature":
        return Decoded(_temperatures(device, said, stamp), [Status(device, "", stamp[0], online=True)]), UNCHANGED
    if kind == "humidity":
        return Decoded(_climate(device, said, stamp), [Status(device, "", stamp[0], online=True)]), UNCHANGED
    return Decoded(status=[_state(device, kind, said, stamp)]), UNCHANGED


def _temperatures(device: str, said: dict[str, Any], stamp: Stamp) -> list[Reading]:
    """Return the value, and the samples that were taken since the last one: those are backfill."""
    found = [reading.temperature(device, "", said.get("value"), stamp)]
    samples = said.get("samples")
    for sample in samples if isinstance(samples, list) else ():
        if not isinstance(sample, dict):
            raise DecodeError(f"a sample is not an object: {shown(sample)}")
        at, doubt = instant(sample.get("sampleTime"), None, None)
        if at is not None and at != stamp[0]:
            found.append(reading.temperature(device, "", sample.get("value"), (at, doubt | Flag.HISTORICAL)))
    return found


def _climate(device: str, said: dict[str, Any], stamp: Stamp) -> list[Reading]:
    found = [reading.temperature(device, "", said["temperature"], stamp)] if "temperature" in said else []
    if "relativeHumidity" in said:
        found.append(reading.humidity(device, "", said["relativeHumidity"], stamp))
    return found


def _state(device: str, kind: Any, said: dict[str, Any], stamp: Stamp) -> Status:
    """Return battery, signal, and whether a cloud connector has its connection."""
    online = said.get("connection") != "OFFLINE" if kind == "connectionStatus" else True
    beside = [("battery_pct", said.get("percentage")), ("rssi", said.get("rssi")), ("online", online)]
    return status_of(device, "", stamp[0], beside)
