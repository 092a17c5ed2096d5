"""An alert keeps the numbers of the worst that fired, and the units that were part of it until a correction."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("alerts", sa.Column("gone", sa.JSON(), nullable=True))
    op.add_column("alerts", sa.Column("worst", sa.JSON(), nullable=True))
