"""What SQLite knows of its tables: without it a plan is a guess, and of a large table sometimes a bad one.

PostgreSQL gathers this by itself.
"""

from sqlalchemy import Connection

_ROWS_LOOKED_AT = 400  # of each index: milliseconds, however large the tables are
# Of smaller tables nothing is kept: they may grow, and a plan for a few rows is a bad one for many.
_LEAST_ROWS = 10_000


def gather(connection: Connection) -> None:
    """Look at the tables, for the plans of this connection and of those that are opened later."""
    if connection.dialect.name != "sqlite":
        return
    for statement in (
        f"PRAGMA analysis_limit = {_ROWS_LOOKED_AT}",
        "ANALYZE",
        f"DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < {_LEAST_ROWS}",
        "ANALYZE sqlite_schema",  # which reads what is left
    ):
        connection.exec_driver_sql(statement)
