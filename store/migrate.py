"""Brings a database to the schema of this version of the program.

`python -m store.migrate "what changes"` writes the next revision from the difference between migrations and tables.
"""

import secrets
import sys
import tempfile
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from domain.errors import UnavailableError
from store.database import Database, open_database
from store.lock import Lock
from store.tables import installation

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Create the schema or bring it up to date, all or nothing; several processes may do it at once.

    The installation gets its id here. Raises UnavailableError for a database that a newer version has written.
    """
    with Lock(database, "migrate"), database.begin() as connection:
        _refuse_newer(connection, database)
        command.upgrade(configuration(connection), "head")
        if connection.scalar(select(installation.c.id)) is None:
            fresh = {"id": secrets.token_hex(8), "created_at": time.time_ns() // 1000}
            connection.execute(insert(installation).values(fresh))


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for commands over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _refuse_newer(connection: Connection, database: Database) -> None:
    known = {script.revision for script in _script().walk_revisions()}
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise UnavailableError(f"database {database.shown_url} is of a newer version: revision {found!r}")


def _write_revision(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/empty.db")
        with database.begin() as connection:
            config = configuration(connection)
            command.upgrade(config, "head")
            number = f"{len(list(_script().walk_revisions())) + 1:04d}"
            command.revision(config, message, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    _write_revision(" ".join(sys.argv[1:]))
