"""Telemetry as devices and gateways send it to ThingsBoard: plain values, with `ts`, arrays of these, or by device."""

from collections.abc import Iterator
from typing import Any

from domain.errors import DecodeError
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import fields, settings
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import NO_STAMP, instant
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_MILLISECOND = 1000
_ENDS = ("telemetry", "attributes", "connect", "disconnect", "rpc")


def check(source: Source) -> None:
    """Raise InvalidError for a mapping with anything but the unit of temperatures."""
    settings.only(source, "unit")
    settings.unit(source)


@codecs.register("thingsboard_telemetry", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the values whose names are those of a temperature or humidity; on other topics there is no reading."""
    levels = message.topic.split("/")
    if not message.payload or (levels[-1] in _ENDS[1:] and levels[-1] != "telemetry"):
        return _NOTHING, UNCHANGED
    readings: list[Reading] = []
    status: list[Status] = []
    for device, entry in _entries(levels, parse(message.payload)):
        stamp, values = NO_STAMP, entry
        if "values" in entry:
            stamp, values = instant(entry.get("ts"), _MILLISECOND, None), entry["values"]
        if not isinstance(values, dict):
            raise DecodeError(f"values is not an object: {shown(values)}")
        found, said = fields.read(device, values, stamp, settings.unit(source))
        readings += found
        status += said
    return Decoded(readings, status), UNCHANGED


def _entries(levels: list[str], document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield device and entry: of a gateway's message the devices are its keys."""
    if levels[-2:-1] == ["gateway"]:
        if not isinstance(document, dict):
            raise DecodeError(f"not an object of devices: {shown(document)}")
        for name, entries in document.items():
            for entry in _objects(entries):
                yield name_of(name, "device"), entry
        return
    above = [level for level in levels if level not in _ENDS]
    device = name_of(above[-1] if above else "", "device")
    for entry in _objects(document):
        yield device, entry


def _objects(entries: Any) -> Iterator[dict[str, Any]]:
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict):
            raise DecodeError(f"an entry is not an object: {shown(entry)}")
        yield entry
