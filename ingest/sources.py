"""Which source a topic belongs to, and how it was read at an instant."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from domain.errors import DecodeError, InvalidError
from domain.model import ALWAYS, Dated, always
from ingest import codecs
from ingest.decoded import Decoded, Memory, Message, Source
from ingest.secret_files import ReadSecret, unread
from sites.convert import dated
from sites.topic_filters import generality, is_filter, matches

log = logging.getLogger(__name__)

_TOPICS_REMEMBERED = 50_000
_NEVER_SAID = ({"value": None, "from": None},)


class Found(NamedTuple):
    """A source as it is in force, with its format's decode function."""

    key: str
    source: Source
    decode: codecs.Decode
    remembers: Any = None  # see Codec


class _Listened(NamedTuple):
    topic: str
    versions: Dated[Found]


class Sources:
    """All sources. The most exact filter that matches decides, whatever the order of the entries."""

    def __init__(
        self,
        entries: Iterable[tuple[str, Mapping[str, Any]]] = (),
        site_timezone: str = "UTC",
        read_secret: ReadSecret = unread,
    ) -> None:
        """Take `(key, doc)` of the site's entries of kind source, the site's time zone, and what reads secret files.

        Messages of one that cannot be used (`check` says why) become dead letters: they are kept until it is corrected.
        """
        listened = [
            _Listened(doc["topic"], _usable(key, doc, site_timezone, read_secret))
            for key, doc in entries
            if is_filter(doc["topic"])
        ]
        self._listened = sorted(listened, key=lambda one: (generality(one.topic), one.topic))
        self._by_topic: dict[str, _Listened | None] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        return tuple(one.topic for one in self._listened)

    def find(self, topic: str, at: int) -> Found | None:
        """Return the source of a topic as it is in force at the instant; None if nobody listens to it."""
        try:
            listened = self._by_topic[topic]
        except KeyError:
            listened = self._look_up(topic)
        if listened is None:
            return None
        since, found = listened.versions.steps[-1]
        return found if since <= at else listened.versions.at(at)

    def _look_up(self, topic: str) -> _Listened | None:
        if len(self._by_topic) >= _TOPICS_REMEMBERED:
            self._by_topic.clear()
        found = next((one for one in self._listened if matches(one.topic, topic)), None)
        self._by_topic[topic] = found
        return found


def check(doc: Mapping[str, Any]) -> None:
    """Raise InvalidError naming what is wrong with a source's entry: topic, format, mapping or time zone."""
    _versions("", doc, "UTC", unread)


def _usable(key: str, doc: Mapping[str, Any], site_timezone: str, read_secret: ReadSecret) -> Dated[Found]:
    try:
        return _versions(key, doc, site_timezone, read_secret)
    except InvalidError as error:
        reason = f"the source {doc['topic']} cannot be used: {error}"
        log.error("%s", reason)

    def refuse(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
        raise DecodeError(reason)

    return always(Found(key, Source(doc["topic"], doc["format"]), refuse))


def _versions(key: str, doc: Mapping[str, Any], site_timezone: str, read_secret: ReadSecret) -> Dated[Found]:
    """Return the source at every instant at which its mapping, its time zone or its clock changes."""
    topic = doc["topic"]
    if not is_filter(topic):
        raise InvalidError(f"not a topic filter: {topic!r}")
    codec = codecs.get(doc["format"])
    mappings = dated(doc["mapping"], lambda value: dict(value or {}))
    zones: Dated[str | None] = dated(doc["timezone"], lambda value: value)
    clocks: Dated[str | None] = dated(doc.get("clock") or _NEVER_SAID, lambda value: value)
    steps = []
    secret = read_secret(named) if (named := doc.get("secret_file")) else ""
    changes = {since for history in (mappings, zones) for since, _ in history.steps}
    for since in sorted(changes | {since for since, _ in clocks.steps if since > ALWAYS}):
        mapping, zone, clock = mappings.at(since) or {}, zones.at(since), clocks.at(since)
        mapped_since = max(at for at, _ in mappings.steps if at <= since)
        source = Source(topic, doc["format"], mapping, zone, clock, site_timezone, mapped_since, secret)
        codec.check(source)
        steps.append((since, Found(key, source, codec.decode, codec.remembers)))
    return Dated(tuple(steps))
