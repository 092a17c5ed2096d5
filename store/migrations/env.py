"""Runs Alembic over the connection it is handed; transactions are the caller's."""

from alembic import context

import store.lots
import store.stock.count_tables
import store.stock.order_tables
import store.stock.serial_tables
import store.stock.tables
import store.tables  # noqa: F401  all register their tables
from store.metadata import metadata

connection = context.config.attributes["connection"]
# SQLite changes a table by copying it.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
