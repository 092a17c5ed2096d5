"""What all tables share: one set of them, how their constraints are named, and columns that most have."""

from sqlalchemy import BigInteger, Column, ColumnElement, Integer, MetaData, literal_column

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


def word(text: str) -> ColumnElement[str]:
    """Return a word as a literal, not a parameter: only so does SQLite see that a partial index of it serves."""
    if not text.isidentifier():
        raise ValueError(text)
    return literal_column(f"'{text}'")
