"""The tables of stock that movements make (docs/adr/0016). Instants are microseconds, quantities 10⁻⁶ of the product's
unit of measure.

`movements` is what was recorded, and never changes but for being voided. All else follows from it and is kept because
questions need it: the state of each unit after each movement that touched it, what it came from, what of it came or
went, and the statuses of lots. Those rows come in revisions: a late movement or a void supersedes what it changes, so
what was known at an instant can be asked for ever after. A row is in force from `known_at` to `superseded_at`.

A position in the order of happening is `(at, number)`: the instant, and the movement's number in the order of
recording.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.metadata import Id, instant, metadata

_IN_FORCE = text("superseded_at IS NULL")
_LAST = text("superseded_at IS NULL AND until_at IS NULL")
_THERE = text("superseded_at IS NULL AND location IS NOT NULL")
_IN_STOCK = text("superseded_at IS NULL AND state = 'in_stock'")
_UNUSABLE = text("superseded_at IS NULL AND status IN ('rejected', 'recalled', 'quarantined')")

movements = Table(
    "movements",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),  # gap-free, in the order of recording
    Column("id", String, nullable=False, unique=True),
    instant("at"),
    Column("do", String, nullable=False),
    # JSON as text, for numbers stay as they were written (`batches.fields.read_json`): as it was given, and with the
    # quantities that were left out, as they were at that moment.
    Column("given", Text, nullable=False),
    Column("recorded", Text, nullable=False),
    Column("who", String, nullable=False),  # who recorded it here
    instant("recorded_at"),
    Column("forced", JSON(none_as_null=True)),  # what was overridden, by whom, why: {reason, signature, rules}
    Column("voided_by", BigInteger),  # the number of the void
    instant("voided_at", nullable=True),  # when that was recorded
    Index("ix_movements_happened", "at", "number"),
)

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String, nullable=False),  # "": the unit without a name
    instant("left_at", nullable=True),  # when it had left, once the engine has it in memory no more; null: it has
    UniqueConstraint("product", "lot", "unit"),
    Index("ix_units_left_at", "left_at", "product"),
    sqlite_autoincrement=True,  # a number is never given twice
)

# Which units a movement names, makes or changes; also what never happened, for those who look it up.
movement_units = Table(
    "movement_units",
    metadata,
    Column("unit", Id, ForeignKey("units.id"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Id, ForeignKey("movements.number"), primary_key=True, autoincrement=False),
    Index("ix_movement_units_number", "number"),
    sqlite_with_rowid=False,
)

# Which movements are about a shipment: a delivery of all that is on its way names no unit.
movement_shipments = Table(
    "movement_shipments",
    metadata,
    Column("shipment", String, primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Id, ForeignKey("movements.number"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


def _revision_columns() -> list[Column[Any]]:
    return [
        instant("at"),  # the position from which on it is so
        Column("number", BigInteger, nullable=False),
        instant("known_at"),
        instant("superseded_at", nullable=True),  # null: in force
    ]


unit_states = Table(
    "unit_states",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("unit", Id, ForeignKey("units.id"), nullable=False),
    *_revision_columns(),
    instant("until_at", nullable=True),  # the next position of those in force; null: none
    Column("until_number", BigInteger),
    Column("product", String, nullable=False),  # of the unit, for the index
    Column("quantity", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # in_stock | on_its_way | delivered | ended
    Column("location", String),  # in stock there; on its way: via
    Column("shipment", String),
    Column("party", String),  # to whom the shipment goes
    # Its own status, and the positions at which it was set, last blocked and last released; see batches.stock.Block.
    Column("status", String),
    instant("set_at", nullable=True),
    Column("set_number", BigInteger),
    instant("blocked_at", nullable=True),
    Column("blocked_number", BigInteger),
    instant("released_at", nullable=True),
    Column("released_number", BigInteger),
    Index("ix_unit_states_unit", "unit", "at", "number"),
    # `until_at` is always null there: with it SQLite takes this one rather than the one of all states of a unit.
    Index("ix_unit_states_last", "unit", "until_at", sqlite_where=_LAST, postgresql_where=_LAST),
    Index("ix_unit_states_location", "location", "at", sqlite_where=_IN_STOCK, postgresql_where=_IN_STOCK),
    Index(
        "ix_unit_states_current",
        "product",
        "location",
        sqlite_where=text("superseded_at IS NULL AND until_at IS NULL AND state = 'in_stock'"),
        postgresql_where=text("superseded_at IS NULL AND until_at IS NULL AND state = 'in_stock'"),
    ),
    Index("ix_unit_states_there", "location", "until_at", sqlite_where=_THERE, postgresql_where=_THERE),
    Index("ix_unit_states_shipment", "shipment", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    Index(
        "ix_unit_states_unusable",
        "status",
        "product",
        sqlite_where=_UNUSABLE,
        postgresql_where=_UNUSABLE,
    ),
)

# A unit began at this position, from another.
unit_sources = Table(
    "unit_sources",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("unit", Id, ForeignKey("units.id"), nullable=False),
    Column("source", Id, ForeignKey("units.id"), nullable=False),
    *_revision_columns(),
    Index("ix_unit_sources_unit", "unit"),
    Index("ix_unit_sources_source", "source", "at"),
)

# What of a unit came into the stock or left it; see batches.stock.Flow.
flows = Table(
    "flows",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("unit", Id, ForeignKey("units.id"), nullable=False),
    *_revision_columns(),
    Column("kind", String, nullable=False),  # received | made | returned | adjusted | used | shipped | destroyed | lost
    Column("quantity", BigInteger, nullable=False),
    Column("party", String),
    Column("shipment", String),
    Column("reason", Text),  # as the movement says: waste by reason
    Index("ix_flows_unit", "unit"),
    Index("ix_flows_kind", "kind", "at"),
)

lot_statuses = Table(
    "lot_statuses",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    *_revision_columns(),
    Column("status", String, nullable=False),  # unreleased | released | quarantined | rejected | recalled
    Index("ix_lot_statuses_lot", "product", "lot", "at", "number"),
    Index(
        "ix_lot_statuses_unusable",
        "status",
        "product",
        sqlite_where=_UNUSABLE,
        postgresql_where=_UNUSABLE,
    ),
)

# An answer that was given to a request with a key: the same key gets the same answer.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("who", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("asked", String, nullable=False),  # SHA-256 of what was asked
    Column("answer", JSON, nullable=False),
    Column("is_error", Boolean, nullable=False),
    instant("at"),
    Index("ix_idempotency_keys_at", "at"),
)
