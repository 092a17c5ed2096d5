"""The page of a journal row, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from api.deps import View
from api.web.frame.texts import text
from api.web.journal.outcome import DeadLetter, Reading, Refused, letters_of, readings_of, refused_of
from api.web.journal.payload import Payload, shown_of
from domain.errors import NotFoundError
from domain.times import parse_instant
from sites.secrecy import without_secrets
from store import journal, state

PAGE = 50


class Line(NamedTuple):
    """A message in the list of a row."""

    topic: str
    received_at: int
    size: int
    is_letter: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came, `place` in its row; `format` None: no source listened, or it is no more."""

    place: int
    topic: str
    received_at: int
    retained: bool
    backlog: bool
    source: str | None
    format: str | None
    mapping: str | None
    properties: Sequence[tuple[str, str]]
    payload: Payload
    letters: Sequence[DeadLetter]


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Everything that its template shows; `said`: what a row holds that is no message, as JSON."""

    found: journal.Found
    count: int
    messages: Sequence[Message]  # those asked for; none: the row as a whole
    lines: Sequence[Line]
    next: int | None
    said: str | None
    readings: Sequence[Reading]
    refused: Sequence[Refused]

    @property
    def hashes(self) -> tuple[str, str]:
        """The row's hash and the one before it."""
        return self.found.hash.hex(), self.found.previous_hash.hex()


def read_row(view: View, number: int) -> journal.Found:
    """Return a row of the journal. Raises NotFoundError."""
    found = journal.read(view.connection, number)
    if found is None:
        raise NotFoundError(text("journal.none", number=number))
    return found


def messages_at(found: journal.Found, received_at: int) -> list[tuple[int, journal.Record]]:
    """Return the messages of a row that arrived at an instant, with their places. Raises NotFoundError.

    The subscriber gives every message an instant of its own; other sources may not.
    """
    messages = found.entry.records if found.entry.kind == "messages" else ()
    there = [(place, each) for place, each in enumerate(messages) if each.received_at == received_at]
    if not there:
        raise NotFoundError(text("journal.no_message", number=found.entry.id))
    return there


def payload_at(found: journal.Found, place: int) -> bytes:
    """Return the bytes of a row's message. Raises NotFoundError."""
    if found.entry.kind != "messages" or place >= len(found.entry.records):
        raise NotFoundError(text("journal.no_message", number=found.entry.id))
    payload: bytes = found.entry.records[place].payload
    return payload


def journal_page(view: View, number: int, received_at: int | None, measured_at: int | None, start: int) -> JournalPage:
    """Read a row; of one message alone where its arrival is named, or where the row has no other."""
    found = read_row(view, number)
    records, holds_messages = found.entry.records, found.entry.kind == "messages"
    if holds_messages and received_at is None and len(records) == 1:
        received_at = records[0].received_at
    asked = messages_at(found, received_at) if received_at is not None else []
    some = [] if asked else records[start : start + PAGE]
    arrived = found.entry.at if received_at is None else received_at
    return JournalPage(
        found=found,
        count=len(records),
        messages=[_message(view, found, place, record) for place, record in asked],
        lines=_lines(view, found, some) if holds_messages else [],
        next=start + PAGE if not asked and start + PAGE < len(records) else None,
        said=None if holds_messages else _json(some),
        readings=readings_of(view, number, received_at, measured_at, arrived),
        refused=refused_of(view, number, received_at),
    )


def _lines(view: View, found: journal.Found, some: Sequence[journal.Record]) -> list[Line]:
    return [
        Line(each.topic, each.received_at, len(each.payload), bool(_letters(view, found, each.received_at)))
        for each in some
    ]


def _letters(view: View, found: journal.Found, received_at: int) -> list[DeadLetter]:
    return letters_of(view.connection, found.entry.id, received_at)


def _message(view: View, found: journal.Found, place: int, record: journal.Record) -> Message:
    source = state.find_entry(view.connection, "source", record.source) if record.source else None
    doc: Mapping[str, Any] = source.doc if source else {}
    mapping = _at(doc.get("mapping"), record.received_at)
    return Message(
        place=place,
        topic=record.topic,
        received_at=record.received_at,
        retained=record.retained,
        backlog=record.backlog,
        source=doc.get("topic") or (text("journal.source_gone") if record.source else None),
        format=doc.get("format"),
        mapping=None if mapping is None else msgspec.json.encode(mapping).decode(),
        properties=record.user_properties,
        payload=shown_of(record.payload),
        letters=_letters(view, found, record.received_at),
    )


def _at(dated: Any, instant: int) -> Any:
    """Return what a source's field was at an instant: one value for always, or steps."""
    if not isinstance(dated, list):
        return dated
    begun = [step["value"] for step in dated if step.get("from") is None or parse_instant(step["from"]) <= instant]
    return begun[-1] if begun else None


def _json(records: Sequence[Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(without_secrets(records)), indent=2).decode()
