"""The tables of counting: counts that are going on, what people counted, and what is to be put right.

Instants are microseconds, quantities 10⁻⁶ of the product's unit of measure.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text, text

from store.metadata import Id, instant, metadata

_WAITS = text("state = 'proposed'")

count_sheets = Table(
    "count_sheets",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("location", String, nullable=False),
    Column("kind", String, nullable=False),  # cycle | full
    # The site's rules as they were when it was opened; see batches.counting.CountRules.
    Column("blind", Boolean, nullable=False),
    Column("two_persons", Boolean, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("asked", JSON, nullable=False),  # the units that a cycle count is about: [[product, lot, unit]]
    Column("opened_by", String, nullable=False),
    instant("opened_at"),
    Column("closed_by", String),
    instant("closed_at", nullable=True),
    Column("movement", String),  # the count that it was recorded as; null: it goes on, or was given up
    Index("ix_count_sheets_movement", "movement"),
    sqlite_autoincrement=True,
)

count_lines = Table(
    "count_lines",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("sheet", Id, ForeignKey("count_sheets.id"), nullable=False),
    Column("who", String, nullable=False),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String),
    Column("quantity", BigInteger, nullable=False),
    instant("at"),
    Index("ix_count_lines_sheet", "sheet"),
    sqlite_autoincrement=True,
)

# What would put a difference right: a movement that one person proposes, and perhaps another approves.
count_adjustments = Table(
    "count_adjustments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("of_count", String, nullable=False),  # the movement of the count
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String),
    Column("proposed", Text, nullable=False),  # the movement as JSON
    Column("reason", Text, nullable=False),
    Column("needs_second", Boolean, nullable=False),
    Column("proposed_by", String, nullable=False),
    instant("proposed_at"),
    Column("state", String, nullable=False),  # proposed | recorded | refused
    Column("decided_by", String),
    instant("decided_at", nullable=True),
    Column("decided_because", Text),
    Column("movement", String),  # the id it was recorded with
    Index("ix_count_adjustments_count", "of_count"),
    Index("ix_count_adjustments_waiting", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    sqlite_autoincrement=True,
)
