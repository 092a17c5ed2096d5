"""The record: every batch of raw messages and every correction, compressed, numbered without gaps, chained by SHA-256.

What the chain proves. Each row's hash covers its number, kind, time, count, payload and the hash before it. So a
changed, missing, inserted or reordered row inside the journal is found, and so is an end that was cut off while
readings, conflicts or dead letters made from it are left. The chain carries no secret: whoever may write the whole
database can compute it anew from a changed row on (a row computed anew alone is found at the one after it, the last
row not at all). Against that, and against cutting off the end together with all that came of it, helps only a head
(number and hash) noted elsewhere: `head` gives it, `verify` takes it.
"""

import hashlib
import struct
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import zstandard
from sqlalchemy import Connection, func, insert, select

from domain.errors import InvalidError
from store.tables import chunks, conflicts, dead_letters, journal, readings

Kind = Literal["messages", "correction", "readings"]

GENESIS = bytes(32)
COMPRESSION_LEVEL = 3


class Record(msgspec.Struct, array_like=True, frozen=True):
    """One message as it came. New fields go to the end, with a default."""

    topic: str
    payload: bytes
    retained: bool
    received_at: int
    source: str = ""  # key of the source entry that decoded it
    backlog: bool = False  # brought by a backlog after an outage, without a time of its own
    user_properties: tuple[tuple[str, str], ...] = ()  # of MQTT 5


class Head(NamedTuple):
    """The last row: what to note elsewhere as a proof of everything before it."""

    id: int
    hash: bytes


class _Row(NamedTuple):
    """What a hash covers."""

    id: int
    kind: str
    at: int
    length: int
    payload: bytes


class Entry(NamedTuple):
    """A row read back; `records` are Record for kind messages, whatever was given for other kinds."""

    id: int
    kind: str
    at: int
    records: list[Any]


class Found(NamedTuple):
    """One row with its place in the chain; `is_whole`: its hash is that of what it holds."""

    entry: Entry
    previous_hash: bytes
    hash: bytes
    is_whole: bool


_APPEND = insert(journal)
_HEAD = select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)


def append(connection: Connection, kind: Kind, at: int, records: Sequence[Any]) -> int:
    """Write a row and return its number. Only the one writer may do this.

    Records are `Record` for kind messages, anything of JSON's types (and bytes) for other kinds.
    """
    return append_each(connection, kind, at, [records])


def append_each(connection: Connection, kind: Kind, at: int, each: Sequence[Sequence[Any]]) -> int:
    """Write a row for each of some sequences of records, and return the number of the last; as `append`."""
    last, previous = head(connection)
    compressor = _compressor()
    rows = []
    for records in each:
        last += 1
        row = _Row(last, kind, at, len(records), compressor.compress(_encoder.encode(records)))
        columns = (*row, previous, previous := _hash(previous, row))
        rows.append(dict(zip(journal.c.keys(), columns, strict=True)))
    if rows:
        connection.execute(_APPEND, rows)
    return last


def _compressor() -> zstandard.ZstdCompressor:
    """Return this thread's: making one takes longer than packing a message."""
    made: zstandard.ZstdCompressor | None = getattr(_of_thread, "compressor", None)
    if made is None:
        made = _of_thread.compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL)
    return made


def head(connection: Connection) -> Head:
    """Return the last row's number and hash; 0 and zeros for an empty journal."""
    row = connection.execute(_HEAD).first()
    return Head(row.id, row.hash) if row else Head(0, GENESIS)


def records(kind: str, payload: bytes) -> list[Any]:
    """Unpack a row's payload. Raises InvalidError for one that was damaged."""
    try:
        packed = zstandard.ZstdDecompressor().decompress(payload)
        return (_messages if kind == "messages" else _anything).decode(packed)
    except (zstandard.ZstdError, msgspec.DecodeError, MemoryError) as error:
        raise InvalidError(f"a journal payload of kind {kind!r} cannot be read: {error}") from error


def iterate(connection: Connection, after: int = 0) -> Iterator[Entry]:
    """Yield the rows that follow number `after`, in order, a few in memory at a time."""
    query = select(journal.c.id, journal.c.kind, journal.c.at, journal.c.payload).where(journal.c.id > after)
    with _streamed(connection, query.order_by(journal.c.id)) as rows:
        for row in rows:
            yield Entry(row.id, row.kind, row.at, records(row.kind, row.payload))


def read(connection: Connection, number: int) -> Found | None:
    """Return one row. Raises InvalidError for one that was damaged."""
    row = connection.execute(select(journal).where(journal.c.id == number)).first()
    if row is None:
        return None
    entry = Entry(row.id, row.kind, row.at, records(row.kind, row.payload))
    return Found(entry, row.previous_hash, row.hash, row.hash == _hash(row.previous_hash, _Row(*row[:5])))


def verify(connection: Connection, noted: Head | None = None) -> int | None:
    """Return the number of the first row that is wrong or missing, None if all are right; the module tells its limits.

    `noted` is a head from an earlier time that must be in the chain.
    """
    previous = Head(0, GENESIS)
    with _streamed(connection, select(journal).order_by(journal.c.id)) as rows:
        for row in rows:
            follows = row.id == previous.id + 1 and row.previous_hash == previous.hash
            if not follows or row.hash != _hash(previous.hash, _Row(*row[:5])):
                return previous.id + 1
            if noted is not None and noted.id == row.id and noted.hash != row.hash:
                return noted.id
            previous = Head(row.id, row.hash)
    needed = max(_last_mentioned(connection), noted.id if noted else 0)
    return previous.id + 1 if needed > previous.id else None


def _hash(previous: bytes, row: _Row) -> bytes:
    name = row.kind.encode()
    hashed = hashlib.sha256(previous)
    hashed.update(struct.pack(">qqqq", row.id, row.at, row.length, len(name)) + name)
    hashed.update(row.payload)
    return hashed.digest()


def _last_mentioned(connection: Connection) -> int:
    columns = (readings.c.journal, chunks.c.last_journal, conflicts.c.journal, dead_letters.c.journal)
    return max(connection.scalar(select(func.max(column))) or 0 for column in columns)


def _streamed(connection: Connection, query: Any) -> Any:
    return connection.execute(query, execution_options={"yield_per": 20})


_of_thread = threading.local()
_encoder = msgspec.msgpack.Encoder()
_messages = msgspec.msgpack.Decoder(list[Record])
_anything = msgspec.msgpack.Decoder(list[Any])
