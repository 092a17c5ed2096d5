"""A problem that goes on because its sensor fell silent says since when, and of which stock nothing is known."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("alerts", sa.Column("no_data", sa.JSON(), nullable=True))
    op.add_column("alerts", sa.Column("unknown", sa.JSON(), nullable=True))
