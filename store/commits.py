"""Whether others have committed anything of a topic, for all who wait for it in this process.

On SQLite a look at the file's version costs microseconds, whatever was committed. On PostgreSQL whoever has news says
so (NOTIFY): one connection and one thread hear it for everybody.
"""

import select
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from domain.errors import UnavailableError

LOOK_EVERY_S = 0.005  # at an SQLite file
_AGAIN_AFTER_S = 1.0  # a connection that broke is made anew
_TROUBLE = (OSError, UnavailableError, psycopg.Error, DBAPIError)


class Commits(Protocol):
    """Counts what others commit."""

    def count(self) -> int | None:
        """Return a number that is another one after others have committed; None: it is not known."""

    def wait(self, seen: int, timeout_s: float) -> None:
        """Return when it is another one than was seen, or may be, or after the timeout."""

    def close(self) -> None:
        """Count no more."""


class OfFile:
    """What is committed to an SQLite database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looking = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def count(self) -> int | None:
        """Return the version of the file."""
        try:
            with self._looking:
                if self._connection is None:
                    uri = f"{self._path.absolute().as_uri()}?mode=ro"
                    self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
                return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None

    def wait(self, seen: int, timeout_s: float) -> None:
        """Wait until the next look."""
        time.sleep(min(LOOK_EVERY_S, timeout_s))

    def close(self) -> None:
        """Close the file."""
        with self._looking:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


class Announced:
    """What is announced of a topic on PostgreSQL. Its thread begins with the first question."""

    def __init__(self, connect: Callable[[], Connection], topic: str) -> None:
        self._connect = connect
        self._topic = topic
        self._changed = threading.Condition()
        self._count = 0
        self._hears = self._closed = False
        self._thread: threading.Thread | None = None
        self._waker, self._wakened = socket.socketpair()

    def count(self) -> int | None:
        """Return how often something was announced, or may have been; None while nothing would be heard."""
        with self._changed:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=f"hears of {self._topic}", daemon=True)
                self._thread.start()
            return self._count if self._hears else None

    def wait(self, seen: int, timeout_s: float) -> None:
        """Wait for the next announcement."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or not self._hears, timeout_s)

    def close(self) -> None:
        """Hear no more."""
        with self._changed:
            self._closed = True
            thread = self._thread
        with suppress(OSError):  # closed before
            self._waker.send(b"!")
        if thread is not None:
            thread.join()
        self._waker.close()
        self._wakened.close()

    def _run(self) -> None:
        while not self._closed:
            try:
                with closing(self._connect()) as connection:
                    try:
                        self._hear(connection)
                    finally:
                        connection.invalidate()  # it listens: nobody else is to have it
            except _TROUBLE:
                pass  # who waits looks for himself until it is heard again
            self._tell(hears=False)
            select.select([self._wakened], [], [], _AGAIN_AFTER_S)

    def _hear(self, connection: Connection) -> None:
        connection.execute(text(f"LISTEN {self._topic}"))
        raw: Any = connection.connection.dbapi_connection
        self._tell(hears=True)  # what was said before nobody heard
        while not self._closed:
            select.select([raw.fileno(), self._wakened], [], [])
            raw.pgconn.consume_input()
            if raw.pgconn.notifies() is not None:
                while raw.pgconn.notifies() is not None:
                    pass
                self._tell(hears=True)

    def _tell(self, *, hears: bool) -> None:
        with self._changed:
            self._count += 1
            self._hears = hears
            self._changed.notify_all()
