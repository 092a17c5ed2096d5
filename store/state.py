"""Small reads and writes of the tables that are neither journal nor readings, inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.errors import NotFoundError
from store.database import upsert_into
from store.tables import (
    codec_memory,
    conflicts,
    cursors,
    dead_letters,
    entries,
    events,
    inbox,
    installation,
    parked_points,
    tokens,
)

Json = Any


def installation_id(connection: Connection) -> str:
    """Return the id given when the database was made."""
    return str(connection.scalars(select(installation.c.id)).one())


# --- entries of the site ------------------------------------------------------------------------------------------


class StoredEntry(NamedTuple):
    """One entry of the site, whoever wrote it (`origin` file or person)."""

    kind: str
    key: str
    doc: Json
    origin: str
    changed_by: str
    changed_at: int


def load_entries(connection: Connection, kind: str | None = None) -> list[StoredEntry]:
    """Return all entries, or those of one kind, sorted by kind and key."""
    query = select(entries).order_by(entries.c.kind, entries.c.key)
    rows = connection.execute(query if kind is None else query.where(entries.c.kind == kind))
    return [StoredEntry(*row) for row in rows]


def find_entry(connection: Connection, kind: str, key: str) -> StoredEntry | None:
    """Return the entry, if there is one."""
    row = connection.execute(select(entries).where(entries.c.kind == kind, entries.c.key == key)).first()
    return StoredEntry(*row) if row else None


def put_entries(connection: Connection, put: Sequence[StoredEntry]) -> None:
    """Write entries, each in place of the one with the same kind and key."""
    statement = upsert_into(connection, entries)
    changed = {name: statement.excluded[name] for name in ("doc", "origin", "changed_by", "changed_at")}
    upsert = statement.on_conflict_do_update(index_elements=["kind", "key"], set_=changed)
    if put:
        connection.execute(upsert, [entry._asdict() for entry in put])


def remove_entry(connection: Connection, kind: str, key: str) -> bool:
    """Remove an entry; return whether there was one."""
    return connection.execute(entries.delete().where(entries.c.kind == kind, entries.c.key == key)).rowcount > 0


# --- inbox: requests to the one writer ----------------------------------------------------------------------------


class Request(NamedTuple):
    """What somebody asks the one writer to do. `state` is waiting, done or refused; only then there is an answer."""

    id: int
    submitted_at: int
    who: str
    request: Json
    state: str
    answer: Json


_REQUEST = select(inbox.c.id, inbox.c.submitted_at, inbox.c.who, inbox.c.request, inbox.c.state, inbox.c.answer)


def submit_request(connection: Connection, who: str, request: Json, now: int) -> int:
    """Put a request into the inbox and return its id."""
    return _new_id(connection.execute(insert(inbox).values(submitted_at=now, who=who, request=request)))


def waiting_requests(connection: Connection, limit: int) -> list[Request]:
    """Return requests not yet answered, oldest first."""
    rows = connection.execute(_REQUEST.where(inbox.c.state == "waiting").order_by(inbox.c.id).limit(limit))
    return [Request(*row) for row in rows]


def answer_request(connection: Connection, request: int, state: str, answer: Json, now: int) -> None:
    """Answer a request: `state` done or refused."""
    change = update(inbox).where(inbox.c.id == request).values(state=state, answer=answer, done_at=now)
    connection.execute(change)


def forget_request(connection: Connection, request: int, instead: Json) -> None:
    """Keep something shorter instead of what was asked for; the answer stays."""
    connection.execute(update(inbox).where(inbox.c.id == request).values(request=instead))


def find_request(connection: Connection, request: int) -> Request:
    """Return a request with its answer, if any. Raises NotFoundError."""
    row = connection.execute(_REQUEST.where(inbox.c.id == request)).first()
    if row is None:
        raise NotFoundError(f"no request {request}")
    return Request(*row)


# --- events -------------------------------------------------------------------------------------------------------


class Event(NamedTuple):
    """Something that happened, numbered without gaps."""

    number: int
    at: int
    kind: str
    subject: Json


def append_events(connection: Connection, happened: Iterable[tuple[int, str, Json]]) -> list[Event]:
    """Number events `(at, kind, subject)` on from the last one. Only the one writer may do this."""
    first = last_event(connection) + 1
    numbered = [Event(first + i, *event) for i, event in enumerate(happened)]
    if numbered:
        connection.execute(insert(events), [event._asdict() for event in numbered])
    return numbered


def last_event(connection: Connection) -> int:
    """Return the number of the last event, 0 if there is none."""
    return connection.scalar(select(func.max(events.c.number))) or 0


def events_after(connection: Connection, number: int, limit: int) -> list[Event]:
    """Return the events that follow the one with this number, in order."""
    rows = connection.execute(select(events).where(events.c.number > number).order_by(events.c.number).limit(limit))
    return [Event(*row) for row in rows]


# --- what could not be used ---------------------------------------------------------------------------------------


def add_dead_letters(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep payloads that could not be decoded: topic, payload, retained, reason, received_at, journal."""
    if rows:
        connection.execute(insert(dead_letters), list(rows))


def count_dead_letters(connection: Connection) -> int:
    """Return how many wait to be driven again."""
    return connection.scalar(select(func.count()).where(dead_letters.c.state == "waiting")) or 0


def add_conflicts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep refused values: series, measured_at, refused, kept, received_at, journal; one already kept is left alone."""
    if rows:
        connection.execute(upsert_into(connection, conflicts).on_conflict_do_nothing(), list(rows))


def count_parked_points(connection: Connection) -> int:
    """Return how many points InfluxDB refused."""
    return connection.scalar(select(func.count()).select_from(parked_points)) or 0


# --- cursors and codec memory -------------------------------------------------------------------------------------


def position(connection: Connection, name: str) -> int:
    """Return where a cursor stands, 0 if it was never moved."""
    return connection.scalar(select(cursors.c.position).where(cursors.c.name == name)) or 0


def move_cursor(connection: Connection, name: str, to: int, expected: int | None = None) -> bool:
    """Move a cursor, forward or back; with `expected` only if it still stands there. Return whether it moved."""
    connection.execute(upsert_into(connection, cursors).values(name=name, position=0).on_conflict_do_nothing())
    change = update(cursors).where(cursors.c.name == name).values(position=to)
    return connection.execute(change if expected is None else change.where(cursors.c.position == expected)).rowcount > 0


def load_codec_memory(connection: Connection) -> dict[str, bytes]:
    """Return what codecs remember, by source."""
    return {row.source: row.memory for row in connection.execute(select(codec_memory))}


def save_codec_memory(connection: Connection, memory: Mapping[str, bytes]) -> None:
    """Write what codecs remember of these sources."""
    if memory:
        statement = upsert_into(connection, codec_memory)
        change = statement.on_conflict_do_update(index_elements=["source"], set_={"memory": statement.excluded.memory})
        connection.execute(change, [{"source": source, "memory": kept} for source, kept in memory.items()])


# --- tokens -------------------------------------------------------------------------------------------------------


def add_token(connection: Connection, token: Mapping[str, Any]) -> None:
    """Keep a token: id, name, role, client, hash (SHA-256, hex), created_at."""
    connection.execute(insert(tokens).values(**token))


def find_token(connection: Connection, hash_: str) -> Row[Any] | None:
    """Return the token with this hash unless it was revoked."""
    return connection.execute(select(tokens).where(tokens.c.hash == hash_, tokens.c.revoked_at.is_(None))).first()


def list_tokens(connection: Connection) -> list[Row[Any]]:
    """Return all tokens, revoked ones too, oldest first."""
    return list(connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)))


def revoke_token(connection: Connection, token: str, now: int) -> bool:
    """Revoke a token for good; return whether there was one in force."""
    change = update(tokens).where(tokens.c.id == token, tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    return connection.execute(change).rowcount > 0


def _new_id(result: Any) -> int:
    return int(result.inserted_primary_key[0])
