"""Runs Alembic over the connection it is handed; transactions are the caller's."""

from alembic import context

from store.tables import metadata

connection = context.config.attributes["connection"]
# SQLite changes a table by copying it.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
