"""What was known when is kept of holds too, with why each revision was written."""

from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_HOLD = (
    *("id", "product", "lot", "unit", "rule", "fired_at", "placed_at", "founded", "state", "why", "revision"),
    *("disposed_by", "disposed_at", "reason"),
)


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    for table in ("excursions", "exposures"):
        op.add_column(table, sa.Column("grown_at", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("cause", sa.JSON(), nullable=True))
    op.add_column("firings", sa.Column("cause", sa.JSON(), nullable=True))
    op.create_table(
        "hold_revisions",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("founded", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("disposed_by", sa.String(), nullable=True),
        sa.Column("disposed_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("grown_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_hold_revisions")),
    )
    op.create_index("ix_hold_revisions_batch", "hold_revisions", ["product", "lot"], unique=False)
    op.create_index("ix_hold_revisions_id", "hold_revisions", ["id"], unique=False)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Write the revisions of the holds that are there already, from the audit trail; the last one as it is now."""
    holds = _table("holds", *_HOLD)
    audit = _table("audit", "id", "at", "what", "kind", "key", "after")
    written = _table("hold_revisions", *_HOLD, "known_at", "superseded_at")
    for hold in connection.execute(sa.select(holds)).mappings().all():
        query = sa.select(audit).where(audit.c.kind == "hold", audit.c.key == str(hold["id"])).order_by(audit.c.id)
        rows = list(_revisions(dict(hold), connection.execute(query).mappings().all()))
        if rows:
            connection.execute(sa.insert(written), rows)


def _table(name: str, *columns: str) -> Any:
    return sa.table(name, *(sa.column(each, sa.JSON() if each in ("why", "after") else None) for each in columns))


def _revisions(hold: dict[str, Any], deeds: Any) -> list[dict[str, Any]]:
    """Return a hold's revisions in order."""
    undecided = {**hold, "disposed_by": None, "disposed_at": None, "reason": None, "state": "held"}
    rows: list[dict[str, Any]] = []
    for number, deed in enumerate(deeds, 1):
        decided = deed["what"] in ("released", "rejected")
        after = {name: hold[name] for name in ("state", "disposed_by", "disposed_at", "reason")} if decided else {}
        said = {name: value for name, value in (deed["after"] or {}).items() if name in _HOLD}
        before = rows[-1] if rows else undecided
        rows.append({**before, **said, **after, "revision": number, "known_at": deed["at"], "superseded_at": None})
    for row, following in pairwise(rows):
        row["superseded_at"] = following["known_at"]
    if rows:
        rows[-1].update(hold)
    return rows or [{**hold, "known_at": hold["placed_at"], "superseded_at": None}]
