"""CloudEvents 1.0: an envelope around JSON data, as one document (also several in an array) or in user properties."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from domain.errors import DecodeError
from domain.readings import Flag, Reading
from ingest import codecs
from ingest.codecs import json
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import Stamp, instant
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NEEDED = ("specversion", "id", "source", "type")


@codecs.register("cloudevents", json.check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what the data says, read as the format json reads it, by the source's mapping or the common names.

    The device is the event's subject, unless the mapping says another; without a subject what the data says, or the
    event's source. The time is the data's own or the event's.
    """
    readings: list[Reading] = []
    status: list[Status] = []
    for attributes, data in _events(message):
        found = _data(attributes, data, message, source)
        readings += found.readings
        status += found.status
    return Decoded(readings, status), UNCHANGED


def _events(message: Message) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    properties = dict(message.user_properties)
    if "specversion" in properties:
        yield properties, message.payload
        return
    document = parse(message.payload)
    for event in document if isinstance(document, list) else [document]:
        if not isinstance(event, dict):
            raise DecodeError(f"an event is not an object: {shown(event)}")
        yield event, _bytes(event)


def _bytes(event: dict[str, Any]) -> bytes:
    if "data_base64" not in event:
        data = event.get("data")
        return data.encode("utf-8", "replace") if isinstance(data, str) else msgspec.json.encode(data)
    try:
        return base64.b64decode(event["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise DecodeError(f"data_base64 is not base64: {shown(event['data_base64'])}") from error


@lru_cache(maxsize=4096)
def _within(source: Source, origin: str) -> Source:
    """Return how the data of events of one origin is read: it is whose data it is, where the data does not say it."""
    return Source(origin, source.format, source.mapping, source.timezone, mapped_since=source.mapped_since)


def _data(attributes: Mapping[str, Any], data: bytes, message: Message, source: Source) -> Decoded:
    for name in _NEEDED:
        if not attributes.get(name) or not isinstance(attributes[name], str):
            raise DecodeError(f"not a CloudEvent: {name} is {shown(attributes.get(name))}")
    if not attributes["specversion"].startswith("1."):
        raise DecodeError(f"CloudEvents version {shown(attributes['specversion'])} is not known")
    origin = name_of(attributes["source"], "source")
    inner = Message(origin, data, message.retained, message.received_at)
    found, _ = json.decode(inner, _within(source, origin), UNCHANGED)
    subject = attributes.get("subject")
    device = name_of(subject, "subject") if subject and "device" not in source.mapping else None
    stamp = instant(attributes.get("time"), None, None)
    return Decoded(
        [_placed(reading, device, stamp) for reading in found.readings],
        [msgspec.structs.replace(each, device=device or each.device) for each in found.status],
        remarks=found.remarks,
    )


def _placed(reading: Reading, device: str | None, stamp: Stamp) -> Reading:
    if reading.measured_at is None and not reading.flags & Flag.HISTORICAL:
        reading = reading._replace(measured_at=stamp[0], flags=reading.flags | stamp[1])
    return reading._replace(device=device) if device else reading
