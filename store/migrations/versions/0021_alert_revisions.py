"""What was known when is kept of alerts too; of those that are there already it is known from now on only."""

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    columns = _alert_columns()
    op.create_table(
        "alert_revisions",
        sa.Column("row", _ID, autoincrement=True, nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        *columns,
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("grown_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_alert_revisions")),
    )
    op.create_index("ix_alert_revisions_id", "alert_revisions", ["id"], unique=False)
    op.add_column("firings", sa.Column("grown_at", sa.BigInteger(), nullable=True))
    _fill(["id", *(column.name for column in columns)], time.time_ns() // 1000)


def _alert_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("lots", sa.JSON(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("founded", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("gone", sa.JSON(), nullable=True),
        sa.Column("worst", sa.JSON(), nullable=True),
        sa.Column("suppressed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("clearing", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("product", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("lot", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("because", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("no_data", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("unknown", sa.JSON(none_as_null=True), nullable=True),
    ]


def _fill(copied: list[str], now: int) -> None:
    """Write a first revision of each alert; of firings in progress it is not known when their numbers grew last."""
    alerts = sa.table("alerts", *map(sa.column, copied))
    written = sa.insert(sa.table("alert_revisions", *map(sa.column, [*copied, "known_at"])))
    first = sa.select(*(alerts.c[name] for name in copied), sa.literal(now, sa.BigInteger())).order_by(alerts.c.id)
    op.execute(written.from_select([*copied, "known_at"], first))
    firings = sa.table("firings", *map(sa.column, ("because", "superseded_at", "grown_at")))
    going = sa.cast(firings.c.because, sa.Text()).like('%"until": null%')
    op.execute(sa.update(firings).where(going).values(grown_at=sa.func.coalesce(firings.c.superseded_at, now)))
