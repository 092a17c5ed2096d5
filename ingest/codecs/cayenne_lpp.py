"""Cayenne LPP as bytes on a topic. The device is a level of the topic, the probe the channel."""

from functools import lru_cache

from domain.errors import DecodeError, InvalidError
from domain.notices import Notice, Remark
from domain.numbers import SCALE
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import lpp, topics
from ingest.codecs.common.values import name_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source

_NOTHING = Decoded()
_TENTH = SCALE // 10
# Last levels that only say what kind of message it is.
_KINDS = {"lpp", "cayenne", "cayennelpp", "cayenne_lpp", "up", "uplink", "data", "payload"}


def check(source: Source) -> None:
    """Raise InvalidError for a mapping with anything but the device."""
    for name, value in source.mapping.items():
        if name != "device" or not isinstance(value, str):
            raise InvalidError(f"the mapping of cayenne_lpp has only device, as levels of the topic: {name}: {value!r}")
        topics.levels_getter(value)


@codecs.register("cayenne_lpp", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the temperatures and humidities of all channels."""
    if not message.payload:
        return _NOTHING, UNCHANGED  # a retained message was cleared
    device = _device(message.topic, source)
    records, unknown = lpp.records(message.payload)
    remarks = (Remark(Notice.UNREADABLE_PART, unknown, device),) if unknown else ()
    readings = [Reading(device, str(each.channel), each.quantity, each.tenths * _TENTH, None) for each in records]
    return Decoded(readings, remarks=remarks), UNCHANGED


@lru_cache(maxsize=4096)
def _device(topic: str, source: Source) -> str:
    mapped = source.mapping.get("device")
    if mapped is not None:
        try:
            return name_of(topics.levels_getter(str(mapped))(topic), "device")
        except InvalidError as error:
            raise DecodeError(str(error)) from error
    levels = topic.split("/")
    if any(level in ("+", "#") for level in source.topic.split("/")):
        levels = topics.device_of(topic, source.topic).split("/")
        while len(levels) > 1 and levels[-1].casefold() in _KINDS:
            levels = levels[:-1]
        return name_of("/".join(levels), "device")
    while len(levels) > 1 and levels[-1].casefold() in _KINDS:
        levels = levels[:-1]
    return name_of(levels[-1], "device")
