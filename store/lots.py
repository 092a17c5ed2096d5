"""Lots and placements as site files and people enter them: tables of their own, with the indexes of their questions.

Their documents are kept whole, like those of configuration (`entries`); the columns beside them are read from the
document when it is written. Instants are microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import JSON, BigInteger, Column, Connection, Index, String, Table, bindparam, delete, insert, select

from domain.times import parse_instant
from store.database import upsert_into
from store.evidence import Covered, note, note_removed
from store.metadata import instant, metadata

Doc = Mapping[str, Any]


class StoredEntry(NamedTuple):
    """One entry of the site, whoever wrote it (`origin` file or person)."""

    kind: str
    key: str
    doc: Any
    origin: str
    changed_by: str
    changed_at: int


def _entry_columns() -> list[Column[Any]]:
    return [
        Column("key", String, primary_key=True),  # canonical JSON array of the entry's key, e.g. ["VAX","A1"]
        Column("doc", JSON, nullable=False),  # as in the site file, normalised
        Column("origin", String, nullable=False),  # file | person
        Column("changed_by", String, nullable=False),
        instant("changed_at"),
    ]


lots = Table(
    "lots",
    metadata,
    *_entry_columns(),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("client", String),
    Column("expires_on", String),  # a date
    Column("supplier_lot", String),
    # When the last of its units had left, once the engine has none of them in memory; null: it has (docs/adr/0019)
    Column("left_at", BigInteger),
    Index("ix_lots_lot", "product", "lot", unique=True),
    Index("ix_lots_client", "client"),
    Index("ix_lots_expires_on", "expires_on"),
    Index("ix_lots_product", "product", "expires_on"),
    Index("ix_lots_supplier_lot", "supplier_lot"),
    Index("ix_lots_left_at", "left_at", "product"),
)

# Until when units that left, and that the engine has not in memory, stood at locations: none of them stood there later.
last_left = Table(
    "last_left",
    metadata,
    Column("location", String, primary_key=True),
    instant("until"),
)

# What a lot was made from.
lot_parents = Table(
    "lot_parents",
    metadata,
    Column("key", String, primary_key=True),  # the lot's
    Column("product", String, primary_key=True),  # its parent
    Column("lot", String, primary_key=True),
    Index("ix_lot_parents_parent", "product", "lot"),
)

placements = Table(
    "placements",
    metadata,
    *_entry_columns(),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String),
    Column("location", String, nullable=False),
    instant("since"),
    Column("until", BigInteger),  # null: to date
    Index("ix_placements_lot", "product", "lot", "unit"),
    Index("ix_placements_location", "location", "since"),
    Index("ix_placements_until", "location", "until"),
)

TABLES: Mapping[str, Table] = {"batch": lots, "placement": placements}
COVERED = {"batch": Covered(lots, ("key",), frozenset({"left_at"})), "placement": Covered(placements, ("key",))}


def put(connection: Connection, kind: str, entries: Sequence[StoredEntry]) -> None:
    """Write lots or placements, each in place of the one with the same key."""
    table, columns = TABLES[kind], _lot_columns if kind == "batch" else _placement_columns
    statement = upsert_into(connection, table)
    changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    rows = [{name: getattr(each, name) for name in _WRITTEN} | columns(each.doc) for each in entries]
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed), rows)
    note(connection, COVERED[kind], rows)
    if kind == "batch":
        _put_parents(connection, entries)


def placements_of(connection: Connection, product: str, lot: str) -> list[StoredEntry]:
    """Return the placements of a lot's units, sorted by key."""
    columns = [placements.c[name] for name in _WRITTEN]
    of_it = placements.c.product == product, placements.c.lot == lot
    rows = connection.execute(select(*columns).where(*of_it).order_by(placements.c.key))
    return [StoredEntry("placement", *row) for row in rows]


def remove(connection: Connection, kind: str, key: str) -> bool:
    """Remove a lot or a placement; return whether there was one."""
    if kind == "batch":
        connection.execute(delete(lot_parents).where(lot_parents.c.key == key))
    table = TABLES[kind]
    if not connection.execute(delete(table).where(table.c.key == key)).rowcount:
        return False
    note_removed(connection, COVERED[kind], [{"key": key}])
    return True


_WRITTEN = ("key", "doc", "origin", "changed_by", "changed_at")


def _lot_columns(doc: Doc) -> dict[str, Any]:
    return {name: doc.get(name) for name in ("product", "lot", "client", "expires_on", "supplier_lot")}


def _placement_columns(doc: Doc) -> dict[str, Any]:
    named = {name: doc.get(name) for name in ("product", "lot", "unit", "location")}
    until = None if doc["to"] is None else parse_instant(doc["to"])
    return {**named, "since": parse_instant(doc["from"]), "until": until}


def _put_parents(connection: Connection, entries: Iterable[StoredEntry]) -> None:
    each = list(entries)
    gone = delete(lot_parents).where(lot_parents.c.key == bindparam("of"))
    connection.execute(gone, [{"of": entry.key} for entry in each])
    pairs = {(entry.key, it["product"], it["lot"]) for entry in each for it in entry.doc.get("parents") or ()}
    if pairs:
        rows = [dict(zip(("key", "product", "lot"), pair, strict=True)) for pair in sorted(pairs)]
        connection.execute(insert(lot_parents), rows)
