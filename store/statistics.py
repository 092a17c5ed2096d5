"""What a database knows of its tables: without it a plan is a guess, and of a large table sometimes a bad one.

PostgreSQL gathers this by itself, within minutes; what is asked right after much was written is asked better.
"""

from sqlalchemy import Connection

_ROWS_LOOKED_AT = 400  # of each index: milliseconds, however large the tables are
# Of smaller tables nothing is kept: they may grow, and a plan for a few rows is a bad one for many.
_LEAST_ROWS = 10_000
_LEAST_BYTES = 1 << 18

# Tables that are more than twice as large as when PostgreSQL last looked.
_GROWN = f"""
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
  AND pg_relation_size(oid) > greatest({_LEAST_BYTES}, 2 * relpages::bigint * current_setting('block_size')::bigint)
ORDER BY relname"""


def gather(connection: Connection) -> None:
    """Look at the tables, for the plans of this connection and of those that are opened later."""
    if connection.dialect.name == "sqlite":
        _gather_all(connection)
        return
    for table in connection.exec_driver_sql(_GROWN).scalars().all():
        connection.exec_driver_sql(f'ANALYZE "{table}"')


def _gather_all(connection: Connection) -> None:
    for statement in (
        f"PRAGMA analysis_limit = {_ROWS_LOOKED_AT}",
        "ANALYZE",
        f"DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < {_LEAST_ROWS}",
        "ANALYZE sqlite_schema",  # which reads what is left
    ):
        connection.exec_driver_sql(statement)
