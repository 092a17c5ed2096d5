"""The chain of evidence: what people and the engine put on record, each row by its content, chained by SHA-256.

The journal (`store.journal`) chains what gateways said. Verdicts and decisions rest on more: entries of the site, lots
and storage records, movements, decisions with their signatures, people and their rights, and the audit trail of it all.
Whoever writes such a row notes it here; at the end of the transaction each note becomes a link: the row's table and
key, the hash of what it says (none: it was removed), and a hash over this and the link before. The last link of a row
is what it must say now, so `store.proof` finds a row that was changed, removed or added past the product.

Each link covers the head of the journal too, as of its transaction: neither end can be cut off alone. As of the
journal, whoever may write the whole database can compute the chain anew; against that helps a head noted elsewhere.

The content of a row is the SHA-256 of its columns as JSON with sorted names, without those that are null: a column
that a later version adds changes nothing while it is null.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, Table, event, func, insert, select, true

from store.tables import audit, comments, decisions, entries, evidence, journal, people, tokens, unit_dates
from store.turns import hold_in_transaction

GENESIS = bytes(32)


class Link(NamedTuple):
    """A row of the chain but for its hash."""

    number: int
    about: str
    key: str
    content: bytes | None
    journal: int
    journal_hash: bytes


class Heads(NamedTuple):
    """The last row of the audit trail, of the chain and of the journal; the latter two with their hashes."""

    audit: int
    link: tuple[int, bytes]
    journal: tuple[int, bytes]


class Covered(NamedTuple):
    """A table whose rows are noted: by which columns a row is known, and which say nothing that must stay."""

    table: Table
    key: tuple[str, ...]
    left_out: frozenset[str] = frozenset()

    def key_of(self, row: Mapping[str, Any] | RowMapping) -> str:
        """Return the key of a row, as links name it."""
        return _json([row[name] for name in self.key])

    def content_of(self, row: Mapping[str, Any] | RowMapping) -> bytes:
        """Return the hash of what a row says."""
        said = {name: _plain(row[name]) for name in row if row[name] is not None and name not in self.left_out}
        return hashlib.sha256(_json(said).encode()).digest()


AUDIT = Covered(audit, ("id",))
DECISIONS = Covered(decisions, ("id",))
COMMENTS = Covered(comments, ("id",))
ENTRIES = Covered(entries, ("kind", "key"))
UNIT_DATES = Covered(unit_dates, ("product", "lot", "unit"))
PEOPLE = Covered(people, ("name",), frozenset({"failures", "locked_until"}))
TOKENS = Covered(tokens, ("id",))

# The turn of who writes the record.
RECORD = "audit"

_PENDING, _MARKS, _HEADS = "evidence to be linked", "evidence to be linked at savepoints", "heads of the record"
_ADD = insert(evidence)
_LAST = select(evidence.c.number, evidence.c.hash).order_by(evidence.c.number.desc()).limit(1).subquery()
_JOURNAL = select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1).subquery()
_NEWEST = select(func.coalesce(func.max(audit.c.id), 0).label("id")).subquery()
_LOOK = select(_NEWEST.c.id, *_LAST.c, *_JOURNAL.c).select_from(
    _NEWEST.outerjoin(_LAST, true()).outerjoin(_JOURNAL, true())
)

Noted = tuple[str, str, bytes | None]  # table, key, content


def note(connection: Connection, covered: Covered, rows: Iterable[Mapping[str, Any] | RowMapping]) -> None:
    """Note rows, whole, that this transaction has written."""
    _note(connection, ((covered.table.name, covered.key_of(row), covered.content_of(row)) for row in rows))


def note_removed(connection: Connection, covered: Covered, rows: Iterable[Mapping[str, Any]]) -> None:
    """Note rows, by their key's columns, that this transaction has removed."""
    _note(connection, ((covered.table.name, covered.key_of(row), None) for row in rows))


def seal(connection: Connection) -> None:
    """Link what was noted in this write transaction: the last that it does."""
    noted: list[Noted] = connection.info.pop(_PENDING, None) or []
    connection.info.pop(_MARKS, None)
    heads: Heads | None = connection.info.pop(_HEADS, None)
    if noted:
        if heads is None:
            hold_in_transaction(connection, RECORD)
            heads = _look(connection)
        connection.execute(_ADD, chained(noted, heads.link, heads.journal))


def forget(connection: Connection) -> None:
    """Forget what a transaction noted that was rolled back."""
    for name in (_PENDING, _MARKS, _HEADS):
        connection.info.pop(name, None)


def audit_numbers(connection: Connection, count: int) -> range:
    """Return the numbers of the next lines of the audit trail. Others are kept out of the record by now (`RECORD`).

    For what a transaction does last: what it writes of the journal is written, and where both chains go on is kept.
    """
    heads: Heads | None = connection.info.get(_HEADS)
    if heads is None:
        heads = _look(connection)
    connection.info[_HEADS] = heads._replace(audit=heads.audit + count)
    return range(heads.audit + 1, heads.audit + 1 + count)


def _look(connection: Connection) -> Heads:
    row = connection.execute(_LOOK).one()
    newest, number, link_hash, heard, journal_hash = row
    return Heads(newest, (number or 0, link_hash or GENESIS), (heard or 0, journal_hash or GENESIS))


def chained(noted: Iterable[Noted], last: tuple[int, bytes], heard: tuple[int, bytes]) -> list[dict[str, Any]]:
    """Return the rows of the chain that follow its last one, after the journal's row `heard`."""
    number, previous = last
    rows = []
    for about, key, content in noted:
        number += 1
        link = Link(number, about, key, content, *heard)
        previous = hash_of(previous, link)
        rows.append({**link._asdict(), "hash": previous})
    return rows


def hash_of(previous: bytes, link: Link) -> bytes:
    """Return the hash of a link that follows the one with the hash `previous`."""
    about, key, content = link.about.encode(), link.key.encode(), link.content or b""
    hashed = hashlib.sha256(previous)
    hashed.update(struct.pack(">qqqqq", link.number, len(about), len(key), len(content), link.journal))
    hashed.update(about + key + content + link.journal_hash)
    return hashed.digest()


def _note(connection: Connection, noted: Iterable[Noted]) -> None:
    connection.info.setdefault(_PENDING, []).extend(noted)


def _plain(value: Any) -> Any:
    """Return a number as it is, whether a column gives it back as a whole one or not."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@event.listens_for(Engine, "savepoint")
def _mark(connection: Connection, _name: str) -> None:
    """Savepoints lie within each other: how much was noted before the last one is taken back or kept first."""
    connection.info.setdefault(_MARKS, []).append(len(connection.info.get(_PENDING, ())))


@event.listens_for(Engine, "release_savepoint")
def _keep(connection: Connection, _name: str, _context: object) -> None:
    connection.info[_MARKS].pop()


@event.listens_for(Engine, "rollback_savepoint")
def _take_back(connection: Connection, _name: str, _context: object) -> None:
    del connection.info.get(_PENDING, [])[connection.info[_MARKS].pop() :]
