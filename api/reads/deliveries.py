"""What became of messages: channel by channel, alert by alert, attempt by attempt. For staff only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Row, func, select

from domain.times import SECOND
from store.metadata import word
from store.state import load_entries
from store.tables import delivery_attempts, outbox


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when it began, how long it took (both microseconds), and why it failed."""

    at: int
    took: int
    error: str | None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.took / SECOND


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one channel; `alert` None: a test."""

    id: int
    alert: int | None
    event: str  # raised | updated | acknowledged | ended | unfounded | test
    channel: str
    state: str  # waiting | delivered | failed | skipped
    created_at: int
    next_at: int | None  # when it is tried next
    done_at: int | None
    error: str | None  # of the last attempt, or why there is none
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel of the site, and how it has done."""

    id: str
    kind: str
    to: str  # whom it reaches, without anything that is secret
    min_severity: str
    client: str | None
    waiting: int
    last_success: int | None
    last_failure: int | None
    last_error: str | None  # of the last failure


def deliveries(
    connection: Connection, *conditions: ColumnElement[bool], before: int | None = None, limit: int = 100
) -> list[Delivery]:
    """Return messages, newest first; `before` is the id to go on from."""
    query = select(outbox).where(*conditions).order_by(outbox.c.id.desc()).limit(limit)
    rows = connection.execute(query if before is None else query.where(outbox.c.id < before)).all()
    attempts = _attempts(connection, [row.id for row in rows])
    return [_delivery(row, attempts.get(row.id, ())) for row in rows]


def find_delivery(connection: Connection, number: int) -> Delivery | None:
    """Return one message."""
    return next(iter(deliveries(connection, outbox.c.id == number)), None)


def of_channel(channel: str) -> ColumnElement[bool]:
    """Return the condition that a message is of this channel."""
    return outbox.c.channel == channel


def of_alert(alert: int) -> ColumnElement[bool]:
    """Return the condition that a message is of this alert."""
    return outbox.c.alert == alert


def channel_states(connection: Connection) -> list[ChannelState]:
    """Return the site's channels by id."""
    docs = sorted((entry.doc for entry in load_entries(connection, "channel")), key=lambda doc: str(doc["id"]))
    return [_state(connection, doc) for doc in docs]


def find_channel(connection: Connection, channel: str) -> ChannelState | None:
    """Return one channel."""
    return next((state for state in channel_states(connection) if state.id == channel), None)


def reaches(doc: Mapping[str, Any]) -> str:
    """Return whom a channel reaches: addresses, or the machine; of a service's address no more than its name."""
    if doc.get("to"):
        return ", ".join(doc["to"])
    url = str(doc.get("url") or "")
    if doc["kind"] == "webhook":
        return urlsplit(url).hostname or ""
    return url.partition("://")[0] if "://" in url else str(doc.get("secret_file") or "")


def _state(connection: Connection, doc: Mapping[str, Any]) -> ChannelState:
    waiting = select(func.count()).select_from(outbox).where(outbox.c.state == word("waiting"), of_channel(doc["id"]))
    good = _last(connection, doc["id"], delivery_attempts.c.error.is_(None))
    bad = _last(connection, doc["id"], delivery_attempts.c.error.is_not(None))
    return ChannelState(
        id=doc["id"],
        kind=doc["kind"],
        to=reaches(doc),
        min_severity=doc["min_severity"],
        client=doc.get("client"),
        waiting=connection.scalar(waiting) or 0,
        last_success=good.at if good else None,
        last_failure=bad.at if bad else None,
        last_error=bad.error if bad else None,
    )


def _last(connection: Connection, channel: str, outcome: ColumnElement[bool]) -> Row[Any, Any] | None:
    attempts = select(delivery_attempts.c.at, delivery_attempts.c.error)
    attempts = attempts.where(delivery_attempts.c.channel == channel, outcome)
    return connection.execute(attempts.order_by(delivery_attempts.c.id.desc()).limit(1)).first()


def _attempts(connection: Connection, messages: Iterable[int]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = {}
    query = select(delivery_attempts).where(delivery_attempts.c.outbox.in_(list(messages)))
    for row in connection.execute(query.order_by(delivery_attempts.c.id)):
        found.setdefault(row.outbox, []).append(Attempt(row.at, row.took, row.error))
    return found


def _delivery(row: Row[Any], attempts: Sequence[Attempt]) -> Delivery:
    next_at = row.next_at if row.state == "waiting" else None
    return Delivery(
        row.id,
        row.alert,
        row.event,
        row.channel,
        row.state,
        row.created_at,
        next_at,
        row.done_at,
        row.last_error,
        attempts,
    )
