"""What devices sent and no verdict rests on is counted by device; conflicts on record begin the count."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_CONFLICTS = """
INSERT INTO device_notices (device, source, kind, count, fresh, first_at, last_at, journal, samples)
SELECT series.device, '', 'conflict', count(*), count(*), min(received_at), max(received_at), max(journal), '[]'
FROM conflicts JOIN series ON series.id = conflicts.series GROUP BY series.device
"""


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "device_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("fresh", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_notices"),
        sa.UniqueConstraint("device", "source", "kind", name="uq_device_notices_device_source_kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dead_letters_topic", "dead_letters", ["topic", "id"], unique=False)
    op.add_column("outbox", sa.Column("notice", sa.BigInteger(), nullable=True))
    op.execute(_CONFLICTS)
