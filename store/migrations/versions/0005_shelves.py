"""What people have shelved, and why nobody is told of an alert."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("alerts", sa.Column("suppressed", sa.JSON(), nullable=True))
    op.create_table(
        "shelves",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("alert", _ID, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_shelves_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelves")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shelves_until", "shelves", ["until"], unique=False)
