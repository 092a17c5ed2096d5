"""Tables of stock that movements make; see store/stock/tables.py."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    op.create_table(
        "idempotency_keys",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"], unique=False)
    op.create_table(
        "lot_statuses",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_lot_statuses")),
    )
    op.create_index(
        "ix_lot_statuses_blocking",
        "lot_statuses",
        ["status"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL AND status IN ('rejected', 'recalled')"),
        postgresql_where=sa.text("superseded_at IS NULL AND status IN ('rejected', 'recalled')"),
    )
    op.create_index("ix_lot_statuses_lot", "lot_statuses", ["product", "lot", "at", "number"], unique=False)
    op.create_table(
        "movements",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("do", sa.String(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("recorded", sa.Text(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("forced", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("voided_by", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_movements")),
        sa.UniqueConstraint("id", name=op.f("uq_movements_id")),
    )
    op.create_index("ix_movements_happened", "movements", ["at", "number"], unique=False)
    op.create_table(
        "units",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("product", "lot", "unit", name=op.f("uq_units_product_lot_unit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "flows",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("shipment", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_flows_unit")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_flows")),
    )
    op.create_index("ix_flows_kind", "flows", ["kind", "at"], unique=False)
    op.create_index("ix_flows_unit", "flows", ["unit"], unique=False)
    op.create_table(
        "movement_shipments",
        sa.Column("shipment", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["number"], ["movements.number"], name=op.f("fk_movement_shipments_number")),
        sa.PrimaryKeyConstraint("shipment", "at", "number", name=op.f("pk_movement_shipments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "movement_units",
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_movement_units_unit")),
        sa.ForeignKeyConstraint(["number"], ["movements.number"], name=op.f("fk_movement_units_number")),
        sa.PrimaryKeyConstraint("unit", "at", "number", name=op.f("pk_movement_units")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_movement_units_number", "movement_units", ["number"], unique=False)
    op.create_table(
        "unit_sources",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_sources_unit")),
        sa.ForeignKeyConstraint(["source"], ["units.id"], name=op.f("fk_unit_sources_source")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_unit_sources")),
    )
    op.create_index("ix_unit_sources_source", "unit_sources", ["source", "at"], unique=False)
    op.create_index("ix_unit_sources_unit", "unit_sources", ["unit"], unique=False)
    op.create_table(
        "unit_states",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("until_number", sa.BigInteger(), nullable=True),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("shipment", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=True),
        sa.Column("set_number", sa.BigInteger(), nullable=True),
        sa.Column("blocked_at", sa.BigInteger(), nullable=True),
        sa.Column("blocked_number", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_states_unit")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_unit_states")),
    )
    op.create_index(
        "ix_unit_states_blocking",
        "unit_states",
        ["status"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL AND status IN ('rejected', 'recalled')"),
        postgresql_where=sa.text("superseded_at IS NULL AND status IN ('rejected', 'recalled')"),
    )
    op.create_index(
        "ix_unit_states_current",
        "unit_states",
        ["product", "location"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL AND until_at IS NULL AND state = 'in_stock'"),
        postgresql_where=sa.text("superseded_at IS NULL AND until_at IS NULL AND state = 'in_stock'"),
    )
    op.create_index(
        "ix_unit_states_last",
        "unit_states",
        ["unit"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL AND until_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL AND until_at IS NULL"),
    )
    op.create_index(
        "ix_unit_states_location",
        "unit_states",
        ["location", "at"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL AND state = 'in_stock'"),
        postgresql_where=sa.text("superseded_at IS NULL AND state = 'in_stock'"),
    )
    op.create_index(
        "ix_unit_states_shipment",
        "unit_states",
        ["shipment"],
        unique=False,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index("ix_unit_states_unit", "unit_states", ["unit", "at", "number"], unique=False)
