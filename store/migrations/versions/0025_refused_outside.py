"""Which refused values are told to be outside a limit."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.add_column("conflicts", sa.Column("outside", sa.Boolean(), nullable=False, server_default=sa.false()))
