"""Profile versions that say nothing of the coverage they ask for ask for 95 %: their documents hold the preset."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ENTRIES = sa.table("entries", sa.column("kind"), sa.column("key"), sa.column("doc", sa.JSON()))


def upgrade() -> None:
    """Change the documents; the old preset was 0, and what was written as 0 cannot be told from it."""
    connection = op.get_bind()
    profiles = sa.select(_ENTRIES.c.key, _ENTRIES.c.doc).where(_ENTRIES.c.kind == "profile")
    for key, doc in connection.execute(profiles).all():
        if doc.get("min_coverage", "0") == "0":
            found = (_ENTRIES.c.kind == "profile") & (_ENTRIES.c.key == key)
            connection.execute(sa.update(_ENTRIES).where(found).values(doc={**doc, "min_coverage": "0.95"}))
