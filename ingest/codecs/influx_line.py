"""Influx line protocol, as Telegraf and Modbus gateways publish it: measurement, tags, fields and a time a line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from domain.errors import DecodeError, InvalidError
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import fields, settings
from ingest.codecs.common.names import meaning_of
from ingest.codecs.common.times import EPOCHS, NO_STAMP, instant
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

# What ends a part of a line, unless it is escaped or in a text.
_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([iu]?)", re.ASCII)
# Tags that tell devices apart, the most telling first.
_DEVICES: tuple[str, ...] = (
    "device",
    "device_id",
    "deviceid",
    "dev_eui",
    "deveui",
    "sensor",
    "sensor_id",
    "mac",
    "serial",
    "id",
)
_DEVICES += ("name", "node", "location", "room", "host", "topic")
_PRECISIONS = ("ns", "us", "ms", "s")
_EQUALS = re.compile(r"(?<!\\)=")
_TIME = re.compile(r"-?\d{1,19}", re.ASCII)
_ESCAPED = re.compile(r"\\([,= \\])")


class Line(NamedTuple):
    """A line taken apart."""

    measurement: str
    tags: dict[str, str]
    fields: list[tuple[str, str | float]]
    time: int | None


def check(source: Source) -> None:
    """Raise InvalidError for a mapping with anything but device (`tag <name>` or `measurement`), unit and precision."""
    settings.only(source, "device", "unit", "precision")
    settings.unit(source)
    said = source.mapping.get("device", "measurement")
    if not isinstance(said, str) or (said != "measurement" and not said.startswith("tag ")):
        raise InvalidError(f"device in the mapping is neither `tag <name>` nor `measurement`: {said!r}")
    if source.mapping.get("precision", "ns") not in _PRECISIONS:
        raise InvalidError(
            f"precision in the mapping is {source.mapping['precision']!r}; known: {', '.join(_PRECISIONS)}"
        )


@codecs.register("influx_line", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the fields whose names are those of a temperature or humidity, line by line.

    A line that cannot be read is a fault; a message of which none can is undecodable.
    """
    try:
        text = message.payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8: {shown(message.payload)}") from error
    readings: list[Reading] = []
    status: list[Status] = []
    faults: list[Status] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in lines:
        try:
            found, said = _read(line_of(line), source)
        except DecodeError as error:
            faults.append(Status(name_of(message.topic[:200], "topic"), fault=str(error)))
        else:
            readings += found
            status += said
    if len(faults) == len(lines):
        raise DecodeError(str(faults[0].fault) if faults else "empty payload")
    return Decoded(readings, [*status, *faults]), UNCHANGED


def _read(line: Line, source: Source) -> tuple[list[Reading], list[Status]]:
    device = _device(line, source.mapping.get("device"))
    precision = source.mapping.get("precision", "ns")
    epoch = EPOCHS.get(precision if isinstance(precision, str) else "ns", EPOCHS["ns"])
    stamp = NO_STAMP if line.time is None else instant(line.time, epoch, None)
    named = [
        (line.measurement if name == "value" and meaning_of(line.measurement) else name, raw)
        for name, raw in line.fields
    ]
    return fields.read(device, named, stamp, settings.unit(source))


def _device(line: Line, said: object) -> str:
    if isinstance(said, str) and said.startswith("tag "):
        name = said.removeprefix("tag ").strip()
        if name not in line.tags:
            raise DecodeError(f"the line has no tag {shown(name)}; its tags: {', '.join(line.tags) or 'none'}"[:200])
        return name_of(line.tags[name], "device")
    if said != "measurement":
        for name in _DEVICES:
            if line.tags.get(name):
                return name_of(line.tags[name], "device")
    return name_of(line.measurement, "device")


def line_of(text: str) -> Line:
    """Return a line taken apart. Raises DecodeError for what is none."""
    parts = _parts(text.strip(), " ")
    if not 2 <= len(parts) <= 3:
        raise DecodeError(f"not a line of measurement, fields and time: {shown(text)}")
    head = _parts(parts[0], ",")
    if not head:
        raise DecodeError(f"a line without a measurement: {shown(text)}")
    tags = dict(map(_pair, head[1:]))
    values = [(name, _value(raw)) for name, raw in map(_pair, _parts(parts[1], ","))]
    time = None
    if len(parts) == 3:
        if not _TIME.fullmatch(parts[2]):
            raise DecodeError(f"not a time: {shown(parts[2])}")
        time = int(parts[2])
    return Line(_plain(head[0]), {name: _plain(raw) for name, raw in tags.items()}, values, time)


def _parts(text: str, separator: str) -> list[str]:
    """Return the parts between separators that are neither escaped nor in a text."""
    if "\\" in text or '"' in text:
        return list(_careful_parts(text, separator))
    return [part for part in text.split(separator) if part]


def _careful_parts(text: str, separator: str) -> Iterator[str]:
    start, at, in_text = 0, 0, False
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
        elif sign == '"' and (in_text or text[at - 1 : at] == "="):
            in_text = not in_text
        elif sign == separator and not in_text:
            if at > start:
                yield text[start:at]
            start = at + 1
        at += 1
    if start < len(text):
        yield text[start:]


def _pair(part: str) -> tuple[str, str]:
    if "\\" in part:
        at = _EQUALS.search(part)
        name, raw = (_plain(part[: at.start()]), part[at.end() :]) if at else ("", "")
    else:
        name, _, raw = part.partition("=")
    if not name or len(name) == len(part):
        raise DecodeError(f"not name=value: {shown(part)}")
    return name, raw


def _plain(text: str) -> str:
    return text if "\\" not in text else _ESCAPED.sub(r"\1", text)


def _value(raw: str) -> str | float:
    """Return a number, or a text as it is; true and false are texts here: they are no measurement."""
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return raw[1:-1]
    match = _NUMBER.fullmatch(raw)
    if match is None:
        if raw.lower() in ("t", "true", "f", "false"):
            return raw
        raise DecodeError(f"not a value: {shown(raw)}")
    return int(match[1]) if match[2] and match[1].lstrip("+-").isdigit() else float(match[1])
