"""What happened to one alert or hold is found without reading the rest."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_index("ix_audit_subject", "audit", ["kind", "key", "id"], unique=False)
    op.create_index("ix_outbox_alert", "outbox", ["alert", "id"], unique=False)
