"""Mutual exclusion among processes. The operating system or the server frees the lock of a process that dies, however.

A lock alone cannot stop a holder that does not know it lost it (a PostgreSQL restart frees advisory locks): a leader
also has a term, counted in the database, and confirms it inside each of its transactions.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from domain.errors import UnavailableError
from store.database import Database
from store.state import move_cursor, position
from store.tables import cursors
from store.turns import key_of

POLL_S = 0.1

_TERM = select(cursors.c.position).where(cursors.c.name == bindparam("leader")).with_for_update(read=True)


class _Holder(Protocol):
    def take(self) -> bool: ...

    def free(self) -> None: ...


class Lock:
    """A named lock of one installation. As a context manager it waits for as long as it takes. Not for two threads."""

    def __init__(self, database: Database, name: str) -> None:
        self.name = name
        self._holder: _Holder = _File(database.path, name) if database.is_sqlite else _Advisory(database, name)

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it. Raises UnavailableError if the database does not answer."""
        return self._holder.take()

    def acquire(self, timeout: float | None = None) -> bool:
        """Wait for the lock, at most `timeout` seconds; return whether it was got."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.try_acquire():
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def release(self) -> None:
        """Give the lock back; harmless without it."""
        self._holder.free()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Leader:
    """Leadership under a name: the lock, and a term that a later leader's start ends."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._lock = Lock(database, name)
        self._cursor = f"leader {name}"
        self.term = 0

    def try_lead(self) -> bool:
        """Become the leader if there is none; return whether it came to that."""
        if not self._lock.try_acquire():
            return False
        try:
            with self._database.begin() as connection:
                self.term = position(connection, self._cursor) + 1
                move_cursor(connection, self._cursor, self.term)
        except BaseException:
            self._lock.release()
            raise
        return True

    def lead(self, timeout: float | None = None) -> bool:
        """Wait until leader, at most `timeout` seconds; return whether it came to that."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.try_lead():
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def keep(self) -> bool:
        """Take the lock again if the server freed it; tell whether this process holds it.

        To be called now and then while leading: others ask the lock whether anybody leads. Raises UnavailableError if
        the database does not answer.
        """
        return self._lock.try_acquire()

    def confirm(self, connection: Connection) -> None:
        """Hold the term until the transaction ends, so that no other leads meanwhile.

        Raises UnavailableError if another led since: what this process remembers may be out of date.
        """
        term = connection.scalar(_TERM, {"leader": self._cursor})
        if term != self.term:
            raise UnavailableError(f"another process leads: term {term}, this one had {self.term}")

    def resign(self) -> None:
        """Let another lead; harmless if not leading."""
        self._lock.release()


class _File:
    """`flock` on a file beside the database; descriptors are not inherited by child programs."""

    def __init__(self, database: Path, name: str) -> None:
        self._path = database.with_name(f"{database.name}.{name}.lock")
        self._descriptor: int | None = None

    def take(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Advisory:
    """A session-level advisory lock, held by a connection of its own."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._key = key_of(name)
        self._connection: Connection | None = None

    def take(self) -> bool:
        if self._connection is not None and self._is_alive(self._connection):
            return True
        self.free()
        connection = self._database.connect_alone()
        try:
            taken = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (self._key,)).scalar()
        except DBAPIError as error:
            connection.close()
            raise UnavailableError(f"database {self._database.shown_url} does not answer: {error.orig}") from error
        if not taken:
            connection.close()
            return False
        self._connection = connection
        return True

    def free(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (self._key,))
        except SQLAlchemyError:  # also that of a connection known to be broken
            self._connection.invalidate()  # the server frees the lock of a session that is gone
        self._connection.close()
        self._connection = None

    def _is_alive(self, connection: Connection) -> bool:
        try:
            connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True
