"""The table of serials: ranges of AI (21), each in a lot and perhaps in a unit of it."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from store.metadata import Id, instant, metadata

# A row is a range as `batches.serials.SerialRange` says it; `alike_…`: what it is where look-alikes count as the same.
# What is in another unit since is superseded.
serials = Table(
    "serials",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String, nullable=False),  # "": of no unit, or of the lot's unit without a name
    Column("prefix", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("alike_prefix", String, nullable=False),
    Column("alike_width", Integer, nullable=False),
    Column("alike_first", BigInteger, nullable=False),
    Column("alike_last", BigInteger, nullable=False),
    Column("recorded_by", String, nullable=False),
    instant("recorded_at"),
    instant("superseded_at", nullable=True),
    Index("ix_serials_alike", "product", "alike_prefix", "alike_width", "alike_last"),
    Index("ix_serials_lot", "product", "lot", "row"),
    sqlite_autoincrement=True,
)
