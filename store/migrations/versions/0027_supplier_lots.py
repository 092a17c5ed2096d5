"""Lots are found by their supplier's number."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("lots", sa.Column("supplier_lot", sa.String(), nullable=True))
    op.create_index("ix_lots_supplier_lot", "lots", ["supplier_lot"])
