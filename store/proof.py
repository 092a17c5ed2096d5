"""Holding what is stored against the chain of evidence: which rows are not what was noted of them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from store import journal as journals
from store.evidence import (
    AUDIT,
    COMMENTS,
    DECISIONS,
    ENTRIES,
    GENESIS,
    PEOPLE,
    TOKENS,
    UNIT_DATES,
    Covered,
    Link,
    hash_of,
)
from store.lots import COVERED as LOTS
from store.stock.movements import MOVEMENTS
from store.tables import evidence, journal

ALL = (ENTRIES, *LOTS.values(), MOVEMENTS, DECISIONS, AUDIT, COMMENTS, UNIT_DATES, PEOPLE, TOKENS)
_AT_ONCE = 2000


class Wrong(NamedTuple):
    """A row that is not what the record says: of which table, by which key, and what is the matter."""

    table: str
    key: str
    what: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.table} {self.key}: {self.what}"


def head(connection: Connection) -> journals.Head:
    """Return the last link's number and hash; 0 and zeros for an empty chain."""
    row = connection.execute(select(evidence.c.number, evidence.c.hash).order_by(evidence.c.number.desc())).first()
    return journals.Head(row.number, row.hash) if row else journals.Head(0, GENESIS)


def wrong_links(connection: Connection, noted: journals.Head | None = None) -> Iterator[Wrong]:
    """Yield the first link that does not follow from the one before, and links whose journal row is not there.

    `noted` is a head from an earlier time, which must be in the chain.
    """
    previous = journals.Head(0, GENESIS)
    heard = journals.Head(0, GENESIS)
    for row in _rows(connection, select(evidence).order_by(evidence.c.number)):
        link = Link(*row[:6])
        if link.number != previous.id + 1 or row.hash != hash_of(previous.hash, link):
            yield Wrong("evidence", str(previous.id + 1), "does not follow from the link before it, or is missing")
            return
        if noted is not None and noted.id == link.number and noted.hash != row.hash:
            yield Wrong("evidence", str(link.number), "is not the one that was noted")
        previous, heard = journals.Head(link.number, row.hash), journals.Head(link.journal, link.journal_hash)
    if noted is not None and noted.id > previous.id:
        yield Wrong("evidence", str(previous.id + 1), f"is missing: the chain was noted up to {noted.id}")
    if heard.id and connection.scalar(select(journal.c.hash).where(journal.c.id == heard.id)) != heard.hash:
        yield Wrong("journal", str(heard.id), "is missing or another than when the last link was made")


def wrong_rows(connection: Connection) -> Iterator[Wrong]:
    """Yield rows that differ from their last link, by table and key: changed, removed or added past the product."""
    for covered in ALL:
        yield from _wrong_rows(connection, covered)


def _wrong_rows(connection: Connection, covered: Covered) -> Iterator[Wrong]:
    name = covered.table.name
    noted = _last_noted(connection, name)
    for row in _rows(connection, select(covered.table)):
        key = covered.key_of(row._mapping)
        if key not in noted:
            yield Wrong(name, key, "was never put on record")
            continue
        content = noted.pop(key)
        if content is None:
            yield Wrong(name, key, "was removed, and is there")
        elif content != covered.content_of(row._mapping):
            yield Wrong(name, key, "is not what was put on record")
    for key, content in sorted(noted.items()):
        if content is not None:
            yield Wrong(name, key, "is missing")


def _last_noted(connection: Connection, name: str) -> dict[str, bytes | None]:
    """Return the content of each row of a table by its key, as it was noted last."""
    query = select(evidence.c.key, evidence.c.content).where(evidence.c.about == name).order_by(evidence.c.number)
    return {key: content for key, content in _rows(connection, query)}


def _rows(connection: Connection, query: Any) -> Iterator[Any]:
    return iter(connection.execute(query, execution_options={"yield_per": _AT_ONCE}))
