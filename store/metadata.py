"""What all tables share: one set of them, how their constraints are named, and columns that most have."""

from sqlalchemy import BigInteger, Column, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only a plain INTEGER key; PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")


def instant(name: str, *, nullable: bool = False) -> Column[int]:
    """Return a column of microseconds since the epoch."""
    return Column(name, BigInteger, nullable=nullable)
