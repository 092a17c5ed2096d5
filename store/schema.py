"""Whether a database has the schema of this version.

Asked at every start, so without Alembic, which takes longer to load than most commands take.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from domain.errors import UnavailableError
from store.database import Database

VERSIONS = Path(__file__).parent / "migrations/versions"


def make_current(database: Database) -> None:
    """Create the schema or bring it up to date if it is not; see `store.migrate.migrate`, also for its errors."""
    if not _is_readable_and_current(database):
        from store.migrate import migrate

        migrate(database)


def is_current(connection: Connection) -> bool:
    """Tell whether the schema is that of this version."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(found == newest_revision())


@cache
def newest_revision() -> str:
    """Return the number of the last migration, with which its file's name begins."""
    return max(path.name for path in VERSIONS.glob("[0-9]*_*.py")).partition("_")[0]


def _is_readable_and_current(database: Database) -> bool:
    try:
        with database.read() as connection:
            return is_current(connection)
    except (UnavailableError, DBAPIError):
        return False  # what is wrong is said by who then writes it
