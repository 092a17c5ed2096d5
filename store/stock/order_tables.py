"""The tables of orders: what parties want, and what of the stock is kept for them.

Instants are microseconds, quantities 10⁻⁶ of the product's unit of measure.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text

from store.metadata import Id, instant, metadata

_KEPT = text("ended_at IS NULL")

orders = Table(
    "orders",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=True),  # in the order in which they were placed
    Column("id", String, nullable=False, unique=True),
    Column("party", String, nullable=False),
    Column("document", String),
    Column("placed_by", String, nullable=False),
    instant("placed_at"),
    Column("picker", String),  # who picks it
    instant("picking_since", nullable=True),
    Column("ended", String),  # shipped | cancelled; null: neither
    Column("ended_by", String),
    instant("ended_at", nullable=True),
    Column("movement", String),  # by which it was shipped
    Index("ix_orders_open", "number", sqlite_where=text("ended IS NULL"), postgresql_where=text("ended IS NULL")),
    sqlite_autoincrement=True,
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("order", Id, ForeignKey("orders.number"), primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("product", String, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("strategy", String, nullable=False),  # fefo | fifo | lifo | stability
    Column("location", String),  # taken from there or below; null: from anywhere
    Index("ix_order_lines_product", "product"),
)

# So much of a unit is kept for a line, until it was shipped, or is kept no more.
reservations = Table(
    "reservations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("order", Id, ForeignKey("orders.number"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("unit", Id, ForeignKey("units.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("reserved_by", String, nullable=False),
    instant("reserved_at"),
    Column("picked_by", String),
    instant("picked_at", nullable=True),
    Column("stopped", String),  # why its unit may not be taken at present, see batches.orders.stopped; null: it may
    instant("stopped_at", nullable=True),
    Column("ended", String),  # shipped | released; null: it is kept
    Column("ended_by", String),
    instant("ended_at", nullable=True),
    Index("ix_reservations_order", "order"),
    Index("ix_reservations_unit", "unit", sqlite_where=_KEPT, postgresql_where=_KEPT),
    sqlite_autoincrement=True,
)
