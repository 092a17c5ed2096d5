"""Lots and units of which nothing is in memory, because they left; see docs/adr/0019."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("lots", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_lots_left_at", "lots", ["left_at", "product"], unique=False)
    op.create_index("ix_placements_until", "placements", ["location", "until"], unique=False)
    op.create_table(
        "last_left",
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location", name=op.f("pk_last_left")),
    )
    op.add_column("units", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_units_left_at", "units", ["left_at", "product"], unique=False)
    there = sa.text("superseded_at IS NULL AND location IS NOT NULL")
    op.create_index(
        "ix_unit_states_there",
        "unit_states",
        ["location", "until_at"],
        unique=False,
        sqlite_where=there,
        postgresql_where=there,
    )
