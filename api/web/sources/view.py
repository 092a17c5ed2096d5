"""What is listened to: each source with its mapping versions, its newest message and its unreadable messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from domain.times import parse_instant
from rules.messages.clock import describe_zone
from sites.topic_filters import generality, matches
from store import state
from store.device_clocks import local_times, site_zone
from store.journal import Record, records
from store.tables import dead_letters, journal

ROWS_LOOKED_AT = 300  # newest rows of the journal, in which the newest message of a source is looked for


@dataclass(frozen=True, slots=True)
class Version:
    """How messages are read from `since` on (None: always)."""

    since: int | None
    mapping: Mapping[str, Any] | None
    timezone: str | None
    clock: str | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest message of a source."""

    topic: str
    at: int
    journal: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source. `versions`: the newest last; `unreadable` messages wait, the newest since `unreadable_at`.

    `local` devices send local time and it says no zone; live ones fit `zones`.
    """

    key: str
    topic: str
    format: str
    versions: Sequence[Version]
    newest: Newest | None
    unreadable: int
    unreadable_at: int | None
    local: int
    zones: str | None


@dataclass(frozen=True, slots=True)
class Listening:
    """All sources, and unreadable messages on topics of none. `looked_back_to`: no older message was looked at."""

    sources: Sequence[SourceRow]
    elsewhere: int
    looked_back_to: int | None


def read_sources(connection: Connection, now: int) -> Listening:
    """Return what is listened to."""
    entries = state.load_entries(connection, "source")
    newest, looked_back_to = _newest_of(connection, {entry.key for entry in entries})
    topics = [entry.doc["topic"] for entry in entries]
    waiting = _unreadable(connection, topics)
    local = _local(connection, now)
    rows = [
        SourceRow(
            entry.key,
            entry.doc["topic"],
            entry.doc["format"],
            _versions(entry.doc),
            newest.get(entry.key),
            *waiting.get(entry.doc["topic"], (0, None)),
            *local.get(entry.doc["topic"], (0, None)),
        )
        for entry in entries
    ]
    return Listening(sorted(rows, key=lambda row: row.topic), waiting.get("", (0, None))[0], looked_back_to)


def _versions(doc: Mapping[str, Any]) -> list[Version]:
    """Return how it was read, from each instant on at which the mapping, the time zone or the clock changed."""
    histories = doc["mapping"], doc["timezone"], doc.get("clock") or ()
    steps = [step for history in histories for step in history]
    instants = sorted({_since(step) for step in steps}, key=lambda since: -1 if since is None else since)
    return [Version(since, *(_at(history, since) for history in histories)) for since in instants]


def _local(connection: Connection, now: int) -> dict[str, tuple[int, str | None]]:
    """Return how many devices of each source send local time without a zone, and which zones those fit."""
    found: dict[str, tuple[int, str | None]] = {}
    site = site_zone(connection)
    for each in local_times(connection):
        count, zones = found.get(each.topic, (0, None))
        found[each.topic] = count + 1, zones or describe_zone(each.run.fitting, now, site)
    return found


def _since(step: Mapping[str, Any]) -> int | None:
    return None if step["from"] is None else parse_instant(step["from"])


def _at(steps: Iterable[Mapping[str, Any]], instant: int | None) -> Any:
    found = None
    for step in sorted(steps, key=lambda step: _since(step) or -1):
        since = _since(step)
        if since is None or (instant is not None and since <= instant):
            found = step["value"]
    return found


def _newest_of(connection: Connection, keys: set[str]) -> tuple[dict[str, Newest], int | None]:
    """Return the newest message of each source; and the time of the oldest row looked at, if one was not found."""
    columns = (journal.c.id, journal.c.at, journal.c.payload)
    rows = select(*columns).where(journal.c.kind == "messages").order_by(journal.c.id.desc()).limit(ROWS_LOOKED_AT)
    found: dict[str, Newest] = {}
    oldest: int | None = None
    for row in connection.execute(rows):
        if found.keys() >= keys:
            return found, None
        oldest = row.at
        for record in reversed(_messages(row.payload)):
            if record.source in keys and record.source not in found:
                found[record.source] = Newest(record.topic, record.received_at, row.id)
    return found, None if found.keys() >= keys else oldest


def _messages(payload: bytes) -> list[Record]:
    return records("messages", payload)


def _unreadable(connection: Connection, filters: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Return how many unreadable messages wait and when the newest came, by topic filter; by "" those of none."""
    exact_first = sorted(filters, key=lambda each: (generality(each), each))
    columns = (dead_letters.c.topic, func.count(), func.max(dead_letters.c.received_at))
    waiting = select(*columns).where(dead_letters.c.state == "waiting").group_by(dead_letters.c.topic)
    found: dict[str, tuple[int, int | None]] = {}
    for topic, count, at in connection.execute(waiting):
        one = next((each for each in exact_first if matches(each, topic)), "")
        before, before_at = found.get(one, (0, None))
        found[one] = before + count, max(at, before_at or at)
    return found
