"""Old answers are found by when they were given."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_index("ix_inbox_done_at", "inbox", ["done_at"])
