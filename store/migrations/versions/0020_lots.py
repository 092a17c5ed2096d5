"""Lots and placements have tables of their own; see store/lots.py."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from domain.times import parse_instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "lot_parents",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "product", "lot", name=op.f("pk_lot_parents")),
    )
    op.create_index("ix_lot_parents_parent", "lot_parents", ["product", "lot"], unique=False)
    op.create_table(
        "lots",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("doc", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column("expires_on", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lots")),
    )
    op.create_index("ix_lots_client", "lots", ["client"], unique=False)
    op.create_index("ix_lots_expires_on", "lots", ["expires_on"], unique=False)
    op.create_index("ix_lots_lot", "lots", ["product", "lot"], unique=True)
    op.create_table(
        "placements",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("doc", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_placements")),
    )
    op.create_index("ix_placements_location", "placements", ["location", "since"], unique=False)
    op.create_index("ix_placements_lot", "placements", ["product", "lot", "unit"], unique=False)
    _move()


def _move() -> None:
    """Take the documents over from the entries."""
    connection = op.get_bind()
    metadata = sa.MetaData()
    entries, lots, lot_parents, placements = (
        sa.Table(name, metadata, autoload_with=connection) for name in ("entries", "lots", "lot_parents", "placements")
    )
    entries.c.doc.type = lots.c.doc.type = placements.c.doc.type = sa.JSON()
    for kind, table, columns in (("batch", lots, _lot), ("placement", placements, _placement)):
        found = connection.execute(sa.select(entries).where(entries.c.kind == kind)).all()
        kept = [column.name for column in entries.c if column.name != "kind"]
        _insert(connection, table, [{name: row._mapping[name] for name in kept} | columns(row.doc) for row in found])
        if kind == "batch":
            pairs = {(row.key, it["product"], it["lot"]) for row in found for it in row.doc.get("parents") or ()}
            rows = [{"key": key, "product": product, "lot": lot} for key, product, lot in sorted(pairs)]
            _insert(connection, lot_parents, rows)
    connection.execute(entries.delete().where(entries.c.kind.in_(("batch", "placement"))))


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(table.insert(), rows[first : first + _AT_ONCE])


def _lot(doc: Mapping[str, Any]) -> dict[str, Any]:
    return {name: doc.get(name) for name in ("product", "lot", "client", "expires_on")}


def _placement(doc: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: doc.get(name) for name in ("product", "lot", "unit", "location")}
    until = None if doc["to"] is None else parse_instant(doc["to"])
    return {**named, "since": parse_instant(doc["from"]), "until": until}
