"""The lots of a product are found in the order in which they expire."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_index("ix_lots_product", "lots", ["product", "expires_on"])
