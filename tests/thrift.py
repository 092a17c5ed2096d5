"""What costs time in every test and proves nothing there costs little in this process.

The programs that tests start run as shipped, and so does this process where a test asks for what is shipped:
`SHIPPED_HASHER`, `SHIPPED_WRITE_AHEAD`, `SHIPPED_MIGRATE`.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
import sqlalchemy
from argon2 import PasswordHasher
from sqlalchemy import Dialect, Engine, event, update

from api.people import passwords
from store import database as store_database
from store import migrate as store_migrate
from store.database import Database, open_database
from store.tables import installation, metadata

SORTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]
SHIPPED_HASHER = passwords._hasher
SHIPPED_WRITE_AHEAD = store_database._write_ahead
SHIPPED_MIGRATE = store_migrate.migrate

# What a test wrote is deleted where there is any: TRUNCATE makes new files for every table, ten times the work.
_EMPTY = """
    CREATE OR REPLACE FUNCTION pg_temp.empty(kept integer[]) RETURNS void AS $$
    BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            AND (pid <> ALL (kept) OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'));
        SET LOCAL session_replication_role = replica;  -- whatever the order of the tables
        {deletions}
        PERFORM setval(seqrelid, 1, false) FROM pg_sequence;
    END $$ LANGUAGE plpgsql
"""
_DELETION = "IF EXISTS (SELECT FROM {table}) THEN DELETE FROM {table}; END IF;"

_dialects: dict[str, Dialect] = {}
_compiled: dict[Any, Any] = {}


def install() -> None:
    """Passwords are hashed at the lowest price, statements are compiled once, the schema of a new SQLite database is
    copied, and SQLite leaves it to the system when what it wrote comes to the disk: no test takes the machine's power
    away."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    store_database.create_engine = create_engine
    store_database._write_ahead = _write_ahead
    store_migrate.migrate = migrate


def examples(usual: int) -> int:
    """How many examples a test by random examples takes: COLDCHAIN_EXAMPLES for all of them, otherwise what is usual,
    of which `make test-fast` takes a part, at most COLDCHAIN_EXAMPLES_AT_MOST."""
    if asked := os.environ.get("COLDCHAIN_EXAMPLES"):
        return int(asked)
    return min(usual, int(os.environ.get("COLDCHAIN_EXAMPLES_AT_MOST", usual)))


def create_engine(url: Any, **options: Any) -> Engine:
    """An engine that shares with all of its sort what was compiled: a database of its own for each test would compile
    each of its statements anew."""
    engine = sqlalchemy.create_engine(url, **options)
    engine.update_execution_options(compiled_cache=_compiled)
    name = engine.dialect.name
    if name in _dialects:
        engine.dialect = _dialects[name]
    else:  # it knows its server after the first connection
        event.listen(engine, "first_connect", lambda *_: _dialects.setdefault(name, engine.dialect))
    return engine


def _write_ahead(connection: Any, record: object) -> None:
    SHIPPED_WRITE_AHEAD(connection, record)
    connection.execute("PRAGMA synchronous = OFF")
    if "COLDCHAIN_ANY_ORDER" in os.environ:
        connection.execute("PRAGMA reverse_unordered_selects = ON")


def migrate(database: Database) -> None:
    """Do what `store.migrate.migrate` does: a new SQLite database gets the schema as a copy, and an id of its own."""
    if not database.is_sqlite or (database.path.exists() and database.path.stat().st_size):
        SHIPPED_MIGRATE(database)
        return
    database.path.write_bytes(_schema())
    with database.begin() as connection:
        connection.execute(update(installation).values(id=secrets.token_hex(8), created_at=time.time_ns() // 1000))


def migrated(path: Path) -> Database:
    """Open a new SQLite database with the schema, which is copied: migrating takes longer than most tests."""
    path.write_bytes(_schema())
    return open_database(f"sqlite:///{path}")


class Copied:
    """What SQLite databases hold that were filled alike, each sort once; of the last few sorts."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._contents: dict[str, bytes] = {}

    def fill(self, database: Database, name: str, fill: Callable[[], object]) -> None:
        """Fill a database: as a copy, if it has nothing but the schema and another was filled under this name."""
        if _content(database) != _schema():
            fill()
        elif name in self._contents:
            database.path.write_bytes(self._contents[name])
        else:
            fill()
            self._contents[name] = _content(database)
            if len(self._contents) > self._most:
                del self._contents[next(iter(self._contents))]


class Emptied:
    """A PostgreSQL database with the schema and, whenever it is opened, nothing else. `close()` when done."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._kept = open_database(url)

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open it; afterwards nobody uses it and there is nothing in it.

        Its idle connections are kept for the next time: a new one has yet to learn each table and each statement.
        """
        engines = self._kept._writer, self._kept._reader
        database = Database(self._kept.url, *(engine.execution_options() for engine in engines))  # its own listeners
        yield database
        database._stop_counting()
        if any(engine.pool.checkedout() for engine in engines):
            self._kept.close()
        try:
            self._empty()
        except psycopg.OperationalError:  # a test ended all connections, this one too
            self._leave()
            self._empty()

    def _empty(self) -> None:
        if self._connection is None:
            tables = [table.name for table in metadata.sorted_tables if table.name != "installation"]
            deletions = "\n".join(_DELETION.format(table=table) for table in tables)
            self._connection = psycopg.connect(self._url.replace("+psycopg", ""), autocommit=True)
            self._connection.execute(_EMPTY.format(deletions=deletions))
        kept = [*_backends(self._kept._writer), *_backends(self._kept._reader)]
        self._connection.execute("SELECT pg_temp.empty(%s::integer[])", [kept])

    def close(self) -> None:
        """Leave the database."""
        self._kept.close()
        self._leave()

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _backends(engine: Engine) -> list[int]:
    """Return who serves the idle connections of an engine."""
    idle = [record.dbapi_connection for record in engine.pool._pool.queue]
    return [each.info.backend_pid for each in idle if each is not None and not each.closed]


def _content(database: Database) -> bytes:
    """The file of an SQLite database, which nobody has open then: all of it is in that one."""
    database.close()
    return database.path.read_bytes()


@cache
def _schema() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        opened = open_database(f"sqlite:///{path}")
        SHIPPED_MIGRATE(opened)
        opened.close()
        return path.read_bytes()
