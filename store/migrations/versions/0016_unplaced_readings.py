"""Readings that are kept because nobody knows when they were measured are found when their source says more."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    unplaced = sa.text("(flags & 1792) <> 0")
    op.create_index("ix_readings_unplaced", "readings", ["journal"], sqlite_where=unplaced, postgresql_where=unplaced)
