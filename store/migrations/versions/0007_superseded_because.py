"""A revision keeps why it is not in force any more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    for table in ("excursions", "exposures", "firings", "hold_revisions"):
        op.add_column(table, sa.Column("superseded_because", sa.JSON(), nullable=True))
