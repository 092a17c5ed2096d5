"""What people and the engine put on record is chained; what stands is put on record as it stands."""

import hashlib
import json
import struct
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Table, columns of its key, columns that are not covered: as store/evidence.py had them in this version.
_COVERED: tuple[tuple[str, tuple[str, ...], frozenset[str]], ...] = (
    ("entries", ("kind", "key"), frozenset()),
    ("lots", ("key",), frozenset({"left_at"})),
    ("placements", ("key",), frozenset()),
    ("movements", ("number",), frozenset({"forced", "voided_by", "voided_at"})),
    ("decisions", ("id",), frozenset()),
    ("audit", ("id",), frozenset()),
    ("comments", ("id",), frozenset()),
    ("unit_dates", ("product", "lot", "unit"), frozenset()),
    ("people", ("name",), frozenset({"failures", "locked_until"})),
    ("tokens", ("id",), frozenset()),
)
_AT_ONCE = 1000


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    chain = op.create_table(
        "evidence",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("journal_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_evidence")),
    )
    connection = op.get_bind()
    heard = connection.execute(sa.text("SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")).first()
    journal, journal_hash = (heard[0], bytes(heard[1])) if heard else (0, bytes(32))
    previous, links = bytes(32), []
    for number, (about, key, content) in enumerate(_stored(connection), 1):
        parts = about.encode(), key.encode(), content
        sizes = struct.pack(">qqqqq", number, *(len(part) for part in parts), journal)
        previous = hashlib.sha256(previous + sizes + b"".join(parts) + journal_hash).digest()
        link = {"number": number, "about": about, "key": key, "content": content, "journal": journal}
        links.append({**link, "journal_hash": journal_hash, "hash": previous})
        if len(links) == _AT_ONCE:
            connection.execute(sa.insert(chain), links)
            links = []
    if links:
        connection.execute(sa.insert(chain), links)


def _stored(connection: sa.Connection) -> Iterator[tuple[str, str, bytes]]:
    """Yield table, key and hash of every row, as store/evidence.py has them."""
    for name, key, left_out in _COVERED:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        rows = connection.execute(sa.select(table).order_by(*(table.c[each] for each in key))).mappings()
        for row in rows:
            said = {each: _plain(row[each]) for each in row if row[each] is not None and each not in left_out}
            yield name, _json([row[each] for each in key]), hashlib.sha256(_json(said).encode()).digest()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
