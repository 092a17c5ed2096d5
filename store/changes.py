"""Waiting for what others commit, without asking the database for it again and again.

On PostgreSQL whoever has news says so (`announce`); on SQLite a look at the file's version costs microseconds, and only
when something was committed a query tells whether it concerns the topic.
"""

import re
import sqlite3
import time
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from domain.errors import UnavailableError
from store.database import Database

LOOK_EVERY_S = 0.01


def announce(connection: Connection, topic: str) -> None:
    """Wake those who wait for the topic once this transaction is committed; on SQLite every commit does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"NOTIFY {_checked(topic)}"))


class Changes:
    """What happens to a topic. To be used by one thread; `close()` when done.

    `probe` is a query for one value that is another one after every change that concerns the topic.
    """

    def __init__(self, database: Database, topic: str, probe: str) -> None:
        _checked(topic)
        self._watch: _Watch = _File(database, probe) if database.is_sqlite else _Listener(database, topic)

    def wait(self, timeout_s: float) -> None:
        """Return when something may have happened since the last call, or after the timeout.

        Where the database cannot be asked it is always the latter: waiting is no place to fail.
        """
        deadline = time.monotonic() + timeout_s
        try:
            self._watch.wait(timeout_s)
        except (OSError, UnavailableError, sqlite3.Error, psycopg.Error, DBAPIError):
            self._watch.close()
            time.sleep(max(deadline - time.monotonic(), 0))

    def close(self) -> None:
        """Wait no more."""
        self._watch.close()


class _Watch(Protocol):
    def wait(self, timeout_s: float) -> None:
        """Wait. Raises what the driver raises; then it can be asked again after a close."""

    def close(self) -> None:
        """Give back what is held."""


class _File:
    def __init__(self, database: Database, probe: str) -> None:
        self._path = database.path
        self._probe = probe
        self._connection: sqlite3.Connection | None = None
        self._version = self._found = None

    def wait(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._has_changed() and time.monotonic() < deadline:
            time.sleep(min(LOOK_EVERY_S, timeout_s))

    def _has_changed(self) -> bool:
        version = self._value("PRAGMA data_version")
        if version == self._version:
            return False
        self._version, before, self._found = version, self._found, self._value(self._probe)
        return bool(self._found != before)

    def _value(self, query: str) -> Any:
        if self._connection is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        (value,) = self._connection.execute(query).fetchone()
        return value

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._version = self._found = None


class _Listener:
    def __init__(self, database: Database, topic: str) -> None:
        self._database = database
        self._topic = topic
        self._connection: Connection | None = None

    def wait(self, timeout_s: float) -> None:
        if self._connection is None:
            self._connection = self._database.connect_alone()
            self._connection.execute(text(f"LISTEN {self._topic}"))
            return  # what was said before nobody heard
        raw: Any = self._connection.connection.dbapi_connection
        for _ in raw.notifies(timeout=timeout_s, stop_after=1):
            pass

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()  # it listens: nobody else is to have it
            connection.close()


def _checked(topic: str) -> str:
    """Return a topic that may stand in a statement."""
    if not re.fullmatch(r"[a-z_]+", topic):
        raise ValueError(f"no topic: {topic!r}")
    return topic
