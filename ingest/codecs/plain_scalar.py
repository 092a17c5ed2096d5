"""One value a topic, as text: `site/room/temperature` with `4.2`; ESPHome's `node/sensor/name/state`, too."""

from functools import lru_cache
from typing import NamedTuple

from domain.errors import DecodeError, InvalidError
from domain.readings import reading_of
from domain.units import unit_of
from ingest import codecs
from ingest.codecs.common import topics, values
from ingest.codecs.common.names import Meaning, is_bare, meaning_of
from ingest.codecs.common.states import online_of, status_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_COLUMNS = ("device", "probe", "quantity", "unit")
_NOTHING = Decoded()


class _Topic(NamedTuple):
    """What a topic says of its values."""

    device: str
    probe: str
    meaning: Meaning | None


def check(source: Source) -> None:
    """Raise InvalidError if the mapping cannot be used."""
    for name, value in source.mapping.items():
        if name not in _COLUMNS:
            raise InvalidError(f"unknown column {name!r} in the mapping; known: {', '.join(_COLUMNS)}")
        if not isinstance(value, str):
            raise InvalidError(f"{name} in the mapping is no text: {value!r}")
        if value.startswith(topics.PREFIX):
            topics.levels_getter(value)
    if "unit" in source.mapping:
        unit_of(_literal(source, "unit"))
    quantity = _literal(source, "quantity")
    if quantity and not quantity.startswith(topics.PREFIX) and meaning_of(quantity) is None:
        raise InvalidError(f"unknown quantity {quantity!r} in the mapping; known: temperature, humidity")


@codecs.register("plain_scalar", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return one reading or status; nothing for an empty payload and for topics of other quantities."""
    if not message.payload:
        return _NOTHING, UNCHANGED  # a retained message was cleared
    try:
        topic = _read_topic(message.topic, source)
    except InvalidError as error:
        raise DecodeError(str(error)) from error
    if topic.meaning is None:
        return _NOTHING, UNCHANGED
    try:
        text = message.payload.decode("utf-8-sig").rstrip("\0").strip()
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8: {values.shown(message.payload)}") from error
    return _reading(topic, topic.meaning, text), UNCHANGED


def _reading(topic: _Topic, meaning: Meaning, text: str) -> Decoded:
    device, probe, _ = topic
    if meaning.column == "temperature":
        return Decoded([reading_of(device, probe, "temperature", values.temperature(text, meaning.unit), None)])
    if meaning.column == "humidity":
        return Decoded([reading_of(device, probe, "humidity", values.humidity(text), None)])
    if meaning.column == "online":
        online = online_of(text)
        return Decoded(status=[Status(device, online=online)]) if online is not None else _NOTHING
    return Decoded(status=[status_of(device, probe, None, [(meaning.column, text)])])


@lru_cache(maxsize=16384)
def _read_topic(topic: str, source: Source) -> _Topic:
    check(source)
    device, probe, name = _layout(topic)
    if "quantity" in source.mapping:
        name = _mapped(topic, source, "quantity")
        device, probe = (device, probe) if is_bare(topic.rsplit("/", 1)[-1]) else (topic, "")
    if "device" in source.mapping:
        device = _mapped(topic, source, "device")
    if "probe" in source.mapping:
        probe = _mapped(topic, source, "probe")
    meaning = meaning_of(name)
    if meaning and meaning.column == "temperature" and "unit" in source.mapping:
        meaning = Meaning("temperature", unit_of(_literal(source, "unit")))
    return _Topic(values.name_of(device, "device"), values.name_of(probe, "probe") if probe else "", meaning)


def _layout(topic: str) -> tuple[str, str, str]:
    """Return device, probe and the name that tells what is measured."""
    levels = topic.split("/")
    if len(levels) >= 4 and levels[-1] == "state" and levels[-3] == "sensor":  # ESPHome
        return "/".join(levels[:-3]), levels[-2], levels[-2]
    if len(levels) == 1:
        return topic, "", topic
    probe = "" if is_bare(levels[-1]) else levels[-1]
    return "/".join(levels[:-1]), probe, levels[-1]


def _mapped(topic: str, source: Source, column: str) -> str:
    text = str(source.mapping[column])
    return topics.levels_getter(text)(topic) if text.startswith(topics.PREFIX) else text.removeprefix("=")


def _literal(source: Source, column: str) -> str:
    return str(source.mapping.get(column, "")).removeprefix("=")
