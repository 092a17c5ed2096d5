"""Small reads and writes of the tables that are neither journal nor readings, inside the caller's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from domain.errors import NotFoundError
from store import lots
from store.database import upsert_into, upsert_of
from store.evidence import ENTRIES, TOKENS, note, note_removed
from store.lots import StoredEntry as StoredEntry
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


def load_entries(connection: Connection, kind: str | None = None) -> list[StoredEntry]:
    """Return all entries, or those of one kind, sorted by kind and key."""
    if kind is not None:
        query = entries_of_kind(kind)
        return [StoredEntry(*row) for row in connection.execute(query.order_by(query.selected_columns.key))]
    configured = load_configuration(connection)
    stock = [each for kind in lots.TABLES for each in load_entries(connection, kind)]
    return sorted((*configured, *stock), key=lambda entry: (entry.kind, entry.key))


def load_configuration(connection: Connection) -> list[StoredEntry]:
    """Return all entries but lots and placements."""
    return [StoredEntry(*row) for row in connection.execute(select(entries).order_by(entries.c.kind, entries.c.key))]


def entries_of_kind(kind: str) -> Select[Any]:
    """Return what selects the entries of a kind, column by column as a `StoredEntry`."""
    table = table_of(kind)
    if table is entries:
        return select(entries).where(entries.c.kind == kind)
    return select(literal(kind).label("kind"), *(table.c[name] for name in StoredEntry._fields[1:]))


def table_of(kind: str) -> Table:
    """Return the table in which entries of a kind are."""
    return lots.TABLES.get(kind, entries)


def find_entry(connection: Connection, kind: str, key: str) -> StoredEntry | None:
    """Return the entry, if there is one."""
    row = connection.execute(entries_of_kind(kind).where(table_of(kind).c.key == key)).first()
    return StoredEntry(*row) if row else None


def put_entries(connection: Connection, put: Sequence[StoredEntry]) -> None:
    """Write entries, each in place of the one with the same kind and key."""
    by_kind: dict[str, list[StoredEntry]] = {}
    for entry in put:
        by_kind.setdefault(entry.kind, []).append(entry)
    for kind, of_kind in by_kind.items():
        if kind in lots.TABLES:
            lots.put(connection, kind, of_kind)
        else:
            _put_configured(connection, of_kind)


def _put_configured(connection: Connection, put: Sequence[StoredEntry]) -> None:
    statement = upsert_into(connection, entries)
    changed = {name: statement.excluded[name] for name in ("doc", "origin", "changed_by", "changed_at")}
    upsert = statement.on_conflict_do_update(index_elements=["kind", "key"], set_=changed)
    rows = [entry._asdict() for entry in put]
    connection.execute(upsert, rows)
    note(connection, ENTRIES, rows)


def remove_entry(connection: Connection, kind: str, key: str) -> bool:
    """Remove an entry; return whether there was one."""
    if kind in lots.TABLES:
        return lots.remove(connection, kind, key)
    if not connection.execute(entries.delete().where(entries.c.kind == kind, entries.c.key == key)).rowcount:
        return False
    note_removed(connection, ENTRIES, [{"kind": kind, "key": key}])
    return True


# --- inbox: requests to the one writer ----------------------------------------------------------------------------


class Request(NamedTuple):
    """What somebody asks the one writer to do. `state` is waiting, done or refused; only then there is an answer."""

    id: int
    submitted_at: int
    who: str
    request: Json
    state: str
    answer: Json


INBOX, ANSWERS = "inbox", "answers"  # topics: there is something to do, something was answered

# What each step asks is put together once: that costs more than the asking.
_REQUEST = select(inbox.c.id, inbox.c.submitted_at, inbox.c.who, inbox.c.request, inbox.c.state, inbox.c.answer)
# A literal, not a parameter: only so does SQLite see that the partial index serves.
_IS_WAITING = inbox.c.state == literal_column("'waiting'")
_WAITING = _REQUEST.where(_IS_WAITING).order_by(inbox.c.id).limit(bindparam("at_most"))
_TAKE_WAITING = _WAITING.with_for_update()
_IS_ANY_WAITING = select(exists().where(_IS_WAITING))
_SUBMIT = insert(inbox)
_SUBMIT_ON_POSTGRES = _SUBMIT.returning(inbox.c.id, func.pg_notify(INBOX, ""))
# A request that a crash of the server takes along was not answered: nobody need wait for the disk. What is committed
# after it comes there after it, too.
_SUBMIT_ALONE = _SUBMIT.returning(
    inbox.c.id, func.pg_notify(INBOX, ""), func.set_config("synchronous_commit", "off", True)
)
_FIND = _REQUEST.where(inbox.c.id == bindparam("of"))


def submit_request(connection: Connection, who: str, request: Json, now: int) -> int:
    """Put a request into the inbox and return its id."""
    return _submit(connection, _SUBMIT_ON_POSTGRES, who, request, now)


def submit_alone(connection: Connection, who: str, request: Json, now: int) -> int:
    """Do the same where nothing else is written (`Database.write_once`)."""
    return _submit(connection, _SUBMIT_ALONE, who, request, now)


def _submit(connection: Connection, on_postgres: Any, who: str, request: Json, now: int) -> int:
    row = {"submitted_at": now, "who": who, "request": request}
    if connection.dialect.name == "sqlite":
        return _new_id(connection.execute(_SUBMIT, row))
    return int(connection.execute(on_postgres, row).scalar_one())


def waiting_requests(connection: Connection, limit: int) -> list[Request]:
    """Return requests not yet answered, oldest first."""
    return [Request(*row) for row in connection.execute(_WAITING, {"at_most": limit})]


def take_waiting(connection: Connection, limit: int) -> list[Request]:
    """Return the same, and keep them from being withdrawn until the transaction ends."""
    return [Request(*row) for row in connection.execute(_TAKE_WAITING, {"at_most": limit})]


def is_any_waiting(connection: Connection) -> bool:
    """Tell whether a request is not yet answered."""
    return bool(connection.scalar(_IS_ANY_WAITING))


_ANSWER = (
    update(inbox)
    .where(inbox.c.id == bindparam("of"))
    .values(state=bindparam("said"), answer=bindparam("answer"), done_at=bindparam("done_at"))
)
# All of them in one statement, which wakes those who wait.
_ANSWER_ON_POSTGRES = f"""
UPDATE inbox SET state = done.state, answer = done.answer::json, done_at = %b
FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS done (id, state, answer)
WHERE inbox.id = done.id RETURNING pg_notify('{ANSWERS}', '')"""


def answer_request(connection: Connection, request: int, state: str, answer: Json, now: int) -> None:
    """Answer a request: `state` done or refused."""
    answer_requests(connection, [(request, state, answer)], now)


def answer_requests(connection: Connection, answers: Iterable[tuple[int, str, Json]], now: int) -> None:
    """Answer requests, each given as its id, done or refused, and the answer."""
    if connection.dialect.name == "sqlite":
        rows = [{"of": request, "said": state, "answer": answer, "done_at": now} for request, state, answer in answers]
        connection.execute(_ANSWER, rows)
        return
    done = [(request, state, json.dumps(answer)) for request, state, answer in answers]
    connection.exec_driver_sql(_ANSWER_ON_POSTGRES, (now, *(list(column) for column in zip(*done, strict=True))))


def forget_answers(connection: Connection, before: int) -> None:
    """Forget requests that were answered before an instant."""
    connection.execute(delete(inbox).where(inbox.c.done_at < before))


def forget_request(connection: Connection, request: int, instead: Json) -> None:
    """Keep something shorter instead of what was asked for; the answer stays."""
    connection.execute(update(inbox).where(inbox.c.id == request).values(request=instead))


def find_request(connection: Connection, request: int) -> Request:
    """Return a request with its answer, if any. Raises NotFoundError."""
    row = connection.execute(_FIND, {"of": request}).first()
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


_ADD_EVENTS = insert(events)
_LAST_EVENT = select(func.max(events.c.number))


def append_events(connection: Connection, happened: Iterable[tuple[int, str, Json]]) -> list[Event]:
    """Number events `(at, kind, subject)` on from the last one. Only the one writer may do this."""
    first = last_event(connection) + 1
    numbered = [Event(first + i, *event) for i, event in enumerate(happened)]
    if numbered:
        connection.execute(_ADD_EVENTS, [event._asdict() for event in numbered])
    return numbered


def last_event(connection: Connection) -> int:
    """Return the number of the last event, 0 if there is none."""
    return connection.scalar(_LAST_EVENT) or 0


def events_after(connection: Connection, number: int, limit: int) -> list[Event]:
    """Return the events that follow the one with this number, in order."""
    rows = connection.execute(select(events).where(events.c.number > number).order_by(events.c.number).limit(limit))
    return [Event(*row) for row in rows]


# --- what could not be used ---------------------------------------------------------------------------------------


def add_dead_letters(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep payloads that could not be decoded: topic, payload, retained, reason, received_at, journal."""
    if rows:
        connection.execute(insert(dead_letters), list(rows))


def is_waiting_letter(connection: Connection, topic: str, payload: bytes) -> bool:
    """Tell whether such a message waits to be driven again already."""
    same = (dead_letters.c.topic == topic, dead_letters.c.state == "waiting", dead_letters.c.payload == payload)
    return connection.scalar(select(dead_letters.c.id).where(*same).limit(1)) is not None


def count_dead_letters(connection: Connection) -> int:
    """Return how many wait to be driven again."""
    return connection.scalar(select(func.count()).where(dead_letters.c.state == "waiting")) or 0


def add_conflicts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep refused values: series, measured_at, refused, kept, received_at, journal; one already kept is left alone."""
    if rows:
        connection.execute(upsert_into(connection, conflicts).on_conflict_do_nothing(), list(rows))


def conflicting_series(connection: Connection) -> set[int]:
    """Return the numbers of the series that have refused values."""
    return set(connection.scalars(select(conflicts.c.series).distinct()))


def refused_inside(connection: Connection, series: int, since: int, until: int) -> Sequence[Row[Any]]:
    """Return the refused values of these hours that nobody was told to be outside a limit."""
    hours = (conflicts.c.measured_at >= since, conflicts.c.measured_at < until)
    query = select(conflicts).where(conflicts.c.series == series, *hours, ~conflicts.c.outside)
    return connection.execute(query.order_by(conflicts.c.measured_at)).all()


def mark_outside(connection: Connection, refused: Sequence[tuple[int, int, int]]) -> None:
    """Note that refused values, by series, instant and value, are told to be outside a limit."""
    for series, at, value in refused:
        which = (conflicts.c.series == series, conflicts.c.measured_at == at, conflicts.c.refused == value)
        connection.execute(update(conflicts).where(*which).values(outside=True))


def count_parked_points(connection: Connection) -> int:
    """Return how many points InfluxDB refused."""
    return connection.scalar(select(func.count()).select_from(parked_points)) or 0


# --- cursors and codec memory -------------------------------------------------------------------------------------


_POSITION = select(cursors.c.position).where(cursors.c.name == bindparam("cursor"))


def position(connection: Connection, name: str) -> int:
    """Return where a cursor stands, 0 if it was never moved."""
    return connection.scalar(_POSITION, {"cursor": name}) or 0


def move_cursor(connection: Connection, name: str, to: int, expected: int | None = None) -> bool:
    """Move a cursor, forward or back; with `expected` only if it still stands there. Return whether it moved."""
    if expected is None:
        connection.execute(_moving(connection.dialect.name), {"name": name, "position": to})
        return True
    connection.execute(upsert_into(connection, cursors).values(name=name, position=0).on_conflict_do_nothing())
    change = update(cursors).where(cursors.c.name == name, cursors.c.position == expected).values(position=to)
    return connection.execute(change).rowcount > 0


@cache
def _moving(dialect: str) -> Any:
    statement = upsert_of(dialect, cursors)
    return statement.on_conflict_do_update(index_elements=["name"], set_={"position": statement.excluded.position})


def load_codec_memory(connection: Connection) -> dict[tuple[str, str], bytes]:
    """Return what codecs remember, by source and key."""
    rows = connection.execute(select(codec_memory).order_by(codec_memory.c.source, codec_memory.c.key))
    return {(row.source, row.key): row.memory for row in rows}


def save_codec_memory(connection: Connection, memory: Mapping[tuple[str, str], bytes | None]) -> None:
    """Write what codecs remember of these sources and keys; None: nothing any more."""
    kept = [{"source": key[0], "key": key[1], "memory": value} for key, value in memory.items() if value is not None]
    gone = [{"of": source, "named": key} for (source, key), value in memory.items() if value is None]
    if kept:
        connection.execute(_remembering(connection.dialect.name), kept)
    if gone:
        which = (codec_memory.c.source == bindparam("of"), codec_memory.c.key == bindparam("named"))
        connection.execute(delete(codec_memory).where(*which), gone)


@cache
def _remembering(dialect: str) -> Any:
    statement = upsert_of(dialect, codec_memory)
    changed = {"memory": statement.excluded.memory}
    return statement.on_conflict_do_update(index_elements=["source", "key"], set_=changed)


# --- tokens -------------------------------------------------------------------------------------------------------


def add_token(connection: Connection, token: Mapping[str, Any]) -> None:
    """Keep a token: id, name, role, client, hash (SHA-256, hex), created_at."""
    connection.execute(insert(tokens).values(**token))
    note(connection, TOKENS, [token])


def find_token(connection: Connection, hash_: str) -> Row[Any] | None:
    """Return the token with this hash unless it was revoked."""
    return connection.execute(select(tokens).where(tokens.c.hash == hash_, tokens.c.revoked_at.is_(None))).first()


def list_tokens(connection: Connection) -> list[Row[Any]]:
    """Return all tokens, revoked ones too, oldest first."""
    return list(connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)))


def revoke_token(connection: Connection, token: str, now: int) -> bool:
    """Revoke a token for good; return whether there was one in force."""
    change = update(tokens).where(tokens.c.id == token, tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    if not connection.execute(change).rowcount:
        return False
    note(connection, TOKENS, connection.execute(select(tokens).where(tokens.c.id == token)).mappings().all())
    return True


def _new_id(result: Any) -> int:
    return int(result.inserted_primary_key[0])
