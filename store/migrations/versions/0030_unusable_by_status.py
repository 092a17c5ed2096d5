"""Units and lots that may not be used are found by their status and product, and the last state of a unit at once."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_LAST = sa.text("superseded_at IS NULL AND until_at IS NULL")
_UNUSABLE = sa.text("superseded_at IS NULL AND status IN ('rejected', 'recalled', 'quarantined')")


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    for table in ("unit_states", "lot_statuses"):
        op.drop_index(f"ix_{table}_blocking", table)
        name, columns = f"ix_{table}_unusable", ["status", "product"]
        op.create_index(name, table, columns, sqlite_where=_UNUSABLE, postgresql_where=_UNUSABLE)
    op.drop_index("ix_unit_states_last", "unit_states")
    columns = ["unit", "until_at"]
    op.create_index("ix_unit_states_last", "unit_states", columns, sqlite_where=_LAST, postgresql_where=_LAST)
