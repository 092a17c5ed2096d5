"""A problem that is over waits for its off-delay; when nothing kept an alert from being told first."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# An alert is as old as its first message that was not kept back; one of which no channel wanted to hear, if nothing
# keeps it back, as it is itself.
_TOLD = """
UPDATE alerts SET told_at = (
    SELECT min(created_at) FROM outbox WHERE outbox.alert = alerts.id AND outbox.state <> 'skipped'
)
"""
_WANTED_BY_NOBODY = "UPDATE alerts SET told_at = raised_at WHERE told_at IS NULL AND suppressed IS NULL"


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("alerts", sa.Column("clearing", sa.JSON(), nullable=True))
    op.add_column("alerts", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.execute(_TOLD)
    op.execute(_WANTED_BY_NOBODY)
