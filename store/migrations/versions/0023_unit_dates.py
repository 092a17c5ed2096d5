"""When units were opened and thawed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "unit_dates",
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("thawed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("product", "lot", "unit", name="pk_unit_dates"),
    )
