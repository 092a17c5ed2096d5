"""Turns of writers: what only one transaction at a time may do."""

import hashlib

from sqlalchemy import Connection


def hold_in_transaction(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Keep others out of what is called `name` until the write transaction ends; `shared` ones keep out the rest.

    On SQLite a write transaction keeps everybody out anyway.
    """
    if connection.dialect.name != "sqlite":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.exec_driver_sql(f"SELECT {function}(%s)", (key_of(name),))


def key_of(name: str) -> int:
    """Return the number of an advisory lock of PostgreSQL."""
    return int.from_bytes(hashlib.sha256(f"coldchain {name}".encode()).digest()[:8], signed=True)
