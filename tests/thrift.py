"""What costs time in every test and proves nothing there costs little in this process.

The programs that tests start run as shipped, and so does this process where a test asks for what is shipped:
`SHIPPED_HASHER`, `SHIPPED_WRITE_AHEAD`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from sqlalchemy import Dialect, Engine, event, text

from api.people import passwords
from store import database as store_database
from store.database import Database, open_database
from store.migrate import migrate
from store.tables import metadata

SORTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]
SHIPPED_HASHER = passwords._hasher
SHIPPED_WRITE_AHEAD = store_database._write_ahead

_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_dialects: dict[str, Dialect] = {}
_compiled: dict[Any, Any] = {}


def install() -> None:
    """Passwords are hashed at the lowest price, statements are compiled once, and SQLite leaves it to the system when
    what it wrote comes to the disk: no test takes the machine's power away."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    store_database.create_engine = create_engine
    store_database._write_ahead = _write_ahead


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


def migrated(path: Path) -> Database:
    """Open a new SQLite database with the schema, which is copied: migrating takes longer than most tests."""
    path.write_bytes(_schema())
    return open_database(f"sqlite:///{path}")


@contextmanager
def emptied_afterwards(url: str) -> Iterator[Database]:
    """Open a PostgreSQL database with the schema; afterwards nobody is connected to it and there is nothing in it."""
    opened = open_database(url)
    yield opened
    opened.close()
    names = ", ".join(table.name for table in metadata.sorted_tables if table.name != "installation")
    with opened.begin() as connection:
        connection.execute(text(_END_OTHERS))
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    opened.close()


@cache
def _schema() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        opened = open_database(f"sqlite:///{path}")
        migrate(opened)
        opened.close()
        return path.read_bytes()
