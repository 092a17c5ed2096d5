"""Every filter of the audit trail has an index in the order in which the trail is read: newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_audit_time": ["at", "id"],
    "ix_audit_person": ["who", "at", "id"],
    "ix_audit_action": ["what", "at", "id"],
    "ix_audit_kind": ["kind", "at", "id"],
    "ix_audit_subject": ["key", "kind", "at", "id"],
}
_MANUAL = {"ix_audit_manual": ["at", "id"], "ix_audit_manual_kind": ["kind", "at", "id"]}


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.drop_index("ix_audit_subject", "audit")
    for name, columns in _INDEXES.items():
        op.create_index(name, "audit", columns, unique=False)
    manual = sa.text("who <> 'engine'")
    for name, columns in _MANUAL.items():
        op.create_index(name, "audit", columns, unique=False, sqlite_where=manual, postgresql_where=manual)
