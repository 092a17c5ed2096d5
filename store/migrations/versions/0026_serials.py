"""Serials inside lots."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "serials",
        sa.Column("row", _ID, autoincrement=True, nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("alike_prefix", sa.String(), nullable=False),
        sa.Column("alike_width", sa.Integer(), nullable=False),
        sa.Column("alike_first", sa.BigInteger(), nullable=False),
        sa.Column("alike_last", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("row", name="pk_serials"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_serials_alike", "serials", ["product", "alike_prefix", "alike_width", "alike_last"])
    op.create_index("ix_serials_lot", "serials", ["product", "lot", "row"])
