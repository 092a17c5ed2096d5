"""Names out of topics: `topic:1` is the second level, `topic:0,1` the first two joined, `topic:-1` the last."""

import re
from collections.abc import Callable
from functools import lru_cache

from domain.errors import DecodeError, InvalidError
from ingest.codecs.common.names import is_bare
from ingest.codecs.common.values import shown

PREFIX = "topic:"
_LEVELS = re.compile(r"-?\d{1,2}(,-?\d{1,2})*", re.ASCII)
# Last levels that say what kind of message it is, not whose.
_KINDS = {"readings", "reading", "data", "state", "sensor", "telemetry", "up", "json", "senml", "measurement"}
_KINDS |= {"measurements", "values", "events"}


def levels_getter(text: str) -> Callable[[str], str]:
    """Return what takes the levels of `topic:…` out of a topic. Raises InvalidError for another text."""
    numbers = text.removeprefix(PREFIX)
    if not _LEVELS.fullmatch(numbers):
        raise InvalidError(f"not levels of a topic such as topic:1 or topic:0,1: {text!r}")
    indexes = [int(number) for number in numbers.split(",")]

    @lru_cache(maxsize=4096)
    def get(topic: str) -> str:
        levels = topic.split("/")
        try:
            return "/".join(levels[index] for index in indexes)
        except IndexError as error:
            raise DecodeError(f"the topic {shown(topic)} has no levels {numbers}") from error

    return get


@lru_cache(maxsize=4096)
def device_of(topic: str, topic_filter: str) -> str:
    """Return whose topic it is, where nothing else says: the levels that the filter leaves open, joined.

    Without any, the whole topic but for a last level that only says the kind of message.
    """
    levels = topic.split("/")
    open_levels: list[str] = []
    for i, part in enumerate(topic_filter.split("/")):
        if part == "+":
            open_levels += levels[i : i + 1]
        elif part == "#":
            open_levels += levels[i:]
    levels = open_levels or levels
    if len(levels) > 1 and (levels[-1].casefold() in _KINDS or is_bare(levels[-1])):
        levels = levels[:-1]
    return "/".join(levels)
