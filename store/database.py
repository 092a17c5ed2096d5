"""Opens the relational database, SQLite or PostgreSQL, with the same promises on both.

A write transaction on SQLite takes the write lock when it begins, so it never fails half-way; a read transaction sees
one snapshot, never takes that lock and cannot write. Every committed transaction is on the disk.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, TimeoutError

from domain.errors import InvalidError, UnavailableError
from store import evidence
from store.commits import Announced, Commits, OfFile

# Long enough for the worst wait behind a busy writer, short enough that a stuck one is noticed.
BUSY_TIMEOUT_MS = 30_000
# Up to 40 threads of the API read at once.
POOL = {"pool_size": 5, "max_overflow": 40, "pool_timeout": 30}
KEEPALIVE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_USED_AT = "used at"  # when a connection to PostgreSQL was given back, by the monotonic clock
_WORKS_FOR_S = 0.5
_TURN = "turn"  # what a connection that writes keeps open to queue with

# SQLite tells passing trouble from a programming error only by number.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_UNREADABLE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


class Database:
    """An open database; safe to share among threads, not across a fork. `close()` when done."""

    def __init__(self, url: URL, writer: Engine, reader: Engine) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._alone = writer.execution_options(isolation_level="AUTOCOMMIT")
        self._on_rollback: list[Callable[[], None]] = []
        self._looking = Lock()
        self._commits: dict[str, Commits] = {}

    @property
    def is_sqlite(self) -> bool:
        """Tell SQLite from PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """Return the file of an SQLite database."""
        return Path(self.url.database or "")

    @property
    def shown_url(self) -> str:
        """Return the address without its password, for messages."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Run a write transaction: committed at the end, rolled back whole on any exception.

        Raises UnavailableError if the database does not answer or stays locked.
        """
        try:
            with self._translated(), self._writer.begin() as connection:
                evidence.forget(connection)
                yield connection
                evidence.seal(connection)
        except BaseException:
            for forget in self._on_rollback:
                forget()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a read transaction over one snapshot; it waits for no writer and cannot write.

        Raises UnavailableError if the database does not answer.
        """
        with self._translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def read_once(self) -> Iterator[Connection]:
        """Read with a single query: on PostgreSQL that asks the server once, not also for a transaction around it.

        Raises UnavailableError if the database does not answer.
        """
        with self.read() if self.is_sqlite else self._each_alone() as connection:
            yield connection

    @contextmanager
    def write_once(self) -> Iterator[Connection]:
        """Write with a single statement; as `read_once`."""
        with self.begin() if self.is_sqlite else self._each_alone() as connection:
            yield connection

    @contextmanager
    def _each_alone(self) -> Iterator[Connection]:
        with self._translated(), self._alone.connect() as connection:
            yield connection

    def on_rollback(self, forget: Callable[[], None]) -> None:
        """Call `forget` after every rolled back write transaction: what a cache learnt in it may not exist."""
        self._on_rollback.append(forget)

    def connect_alone(self) -> Connection:
        """Return a connection for what lasts longer than a transaction; every statement stands for itself.

        Raises UnavailableError if the database does not answer.
        """
        with self._translated():
            return self._alone.connect()

    def commits(self, topic: str) -> Commits:
        """Return what counts the commits of others that concern a topic; on SQLite all of them do."""
        with self._looking:
            if topic not in self._commits:
                self._commits[topic] = OfFile(self.path) if self.is_sqlite else Announced(self.connect_alone, topic)
            return self._commits[topic]

    def close(self) -> None:
        """Close all connections."""
        self._stop_counting()
        self._writer.dispose()
        self._reader.dispose()

    def _stop_counting(self) -> None:
        with self._looking:
            counting, self._commits = list(self._commits.values()), {}
        for each in counting:
            each.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise UnavailableError(f"database {self.shown_url} has no free connection") from error
        except DBAPIError as error:
            if not _is_passing(error):
                raise
            raise UnavailableError(f"database {self.shown_url} does not answer: {error.orig}") from error
        except psycopg.OperationalError as error:  # of what is asked past SQLAlchemy: COPY
            raise UnavailableError(f"database {self.shown_url} does not answer: {error}") from error


def open_database(url: str) -> Database:
    """Open `sqlite:///path/to.db` or `postgresql://user@host/name`; connects at the first use.

    Raises InvalidError for any other address.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidError(f"not a database address: {url!r}") from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed.set(drivername="sqlite+pysqlite"))
    if parsed.get_backend_name() == "postgresql":
        return _open_postgres(parsed.set(drivername="postgresql+psycopg"))
    raise InvalidError(f"neither an SQLite nor a PostgreSQL address: {parsed.render_as_string(hide_password=True)}")


def upsert_into(connection: Connection, table: Table) -> Any:
    """Return an INSERT that knows ON CONFLICT, of the connection's dialect; both spell it the same."""
    return upsert_of(connection.dialect.name, table)


def upsert_of(dialect: str, table: Table) -> Any:
    """Return the same by the dialect's name, for a statement that is put together once."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def is_unreadable(error: DBAPIError) -> bool:
    """Tell whether the file of the database is damaged, or is none."""
    return isinstance(error.orig, sqlite3.Error) and error.orig.sqlite_errorcode & 0xFF in _UNREADABLE


def _open_sqlite(url: URL) -> Database:
    if url.database in (None, "", ":memory:"):
        raise InvalidError("an SQLite database needs a file: sqlite:///path/to.db")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    writer, reader = (create_engine(url, **POOL) for _ in range(2))
    for engine in (writer, reader):
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(writer, "connect", _write_ahead)
    event.listen(writer, "close", _leave_the_queue)
    event.listen(reader, "connect", _query_only)
    event.listen(writer, "begin", partial(_begin_in_turn, Path(f"{url.database}.turn")))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(url, writer, reader)


class _Turnstile:
    """The file at which writers queue, open for one connection: closed with it, or when nobody has it any more."""

    _descriptor = -1

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def _begin_in_turn(turnstile: Path, connection: Connection) -> None:
    """Begin to write as soon as it is our turn.

    SQLite's own waiting is a poll: whoever writes back to back would keep everybody else out for as long as he does.
    So only one waits for SQLite at a time, and who has just written queues behind him.
    """
    turn = connection.info.get(_TURN)
    if turn is None:
        try:
            turn = connection.info[_TURN] = _Turnstile(turnstile)
        except OSError as error:
            raise UnavailableError(f"{turnstile} cannot be written: {error.strerror}") from error
    fcntl.flock(turn, fcntl.LOCK_EX)
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        fcntl.flock(turn, fcntl.LOCK_UN)


def _leave_the_queue(_connection: sqlite3.Connection, record: Any) -> None:
    if turn := record.info.pop(_TURN, None):
        turn.close()


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")  # KiB


def _write_ahead(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages, 16 MB
    connection.execute("PRAGMA journal_size_limit = 67108864")  # what a burst made long is cut again


def _query_only(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _open_postgres(url: URL) -> Database:
    def engine(**options: Any) -> Engine:
        made = create_engine(url, connect_args=KEEPALIVE, **POOL, **options)
        event.listen(made, "checkin", _used)
        event.listen(made, "checkout", partial(_ask_whether_it_works, made))
        return made

    snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return Database(url, engine(), engine(execution_options=snapshot))


def _used(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _ask_whether_it_works(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """Find a connection that broke, unless it worked a moment ago: asking each time is a quarter of a short read."""
    if time.monotonic() - record.info.get(_USED_AT, -inf) < _WORKS_FOR_S:
        return
    try:
        engine.dialect.do_ping(connection)
    except psycopg.Error as error:
        raise InvalidatePoolError from error  # the others are as old: all are made anew


def _is_passing(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF in _PASSING
    return isinstance(error.orig, psycopg.OperationalError)
