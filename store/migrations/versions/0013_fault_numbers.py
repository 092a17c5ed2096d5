"""The numbers that sensors sent and that are faults: kept, so that a corrected range or model counts for them, too."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "fault_numbers",
        sa.Column("series", identifier, autoincrement=False, nullable=False),
        sa.Column("measured_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "measured_at", name=op.f("pk_fault_numbers")),
    )
