"""Numbers of lots are known for ever, and sequences that new ones are drawn from."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = "json_extract(key, '$[{}]')"
_ID_OF_POSTGRESQL = "(key::json ->> {})"
# Of numbers in use before nobody knows which are the house's own: none is called so.
_FILL = """
INSERT INTO lot_numbers (product, lot, likeness, own, entered_at, removed_at)
SELECT {product}, {lot}, '', {no}, min(at), max(removed_at) FROM (
  SELECT key, changed_at AS at, 0 AS removed_at FROM entries WHERE kind = 'batch'
  UNION ALL
  SELECT key, at, at AS removed_at FROM audit WHERE kind = 'batch' AND what = 'removed'
    AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.kind = 'batch' AND entries.key = audit.key)
) AS lots GROUP BY key
"""


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "lot_numbers",
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("likeness", sa.String(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("product", "lot", name="pk_lot_numbers"),
    )
    op.create_index("ix_lot_numbers_likeness", "lot_numbers", ["product", "likeness"], unique=False)
    op.create_table(
        "number_sequences",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "period", name="pk_number_sequences"),
    )
    _fill()


def _fill() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    path = _ID if is_sqlite else _ID_OF_POSTGRESQL
    op.execute(_FILL.format(product=path.format(0), lot=path.format(1), no="0" if is_sqlite else "false"))
    op.execute("UPDATE lot_numbers SET removed_at = NULL WHERE removed_at = 0")
