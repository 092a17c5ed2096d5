"""Alerts of stock that was out of reach when something became known of it; judging in the background."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    for name in ("product", "lot"):
        op.add_column("alerts", sa.Column(name, sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("alerts", sa.Column("because", sa.JSON(), nullable=True))
    op.create_table(
        "judgings",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgings")),
        sqlite_autoincrement=True,
    )
