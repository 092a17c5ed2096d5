"""An alert says when nothing of its problem was outside: without data, or within limits in between."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("alerts", sa.Column("pauses", sa.JSON(), nullable=True))
    op.add_column("alert_revisions", sa.Column("pauses", sa.JSON(), nullable=True))
