"""An attempt to deliver knows its channel; what waits is found by channel: nobody looks at all that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FILL = """
UPDATE delivery_attempts
SET channel = (SELECT outbox.channel FROM outbox WHERE outbox.id = delivery_attempts.outbox)
"""


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("delivery_attempts", sa.Column("channel", sa.String(), nullable=False, server_default=sa.text("''")))
    op.execute(_FILL)
    for name, which in (("good", "error IS NULL"), ("bad", "error IS NOT NULL")):
        op.create_index(
            f"ix_delivery_attempts_{name}",
            "delivery_attempts",
            ["channel", "id"],
            unique=False,
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
    op.drop_index("ix_outbox_waiting", "outbox")
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "next_at"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
