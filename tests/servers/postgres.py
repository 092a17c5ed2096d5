"""PostgreSQL in a directory of its own, run as an unprivileged user where the tests run as root."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tests.servers.process import Server, ServerError, find_program

OWNER = "coldchain"


class Postgres(Server):
    """`settings` are those of postgresql.conf, for example {"fsync": "off"}; without them it is as durable as it
    comes. `directory` must be reachable for an unprivileged user: not below pytest's own."""

    stop_signal = signal.SIGINT  # "fast": does not wait for clients to leave

    def __init__(self, directory: Path, port: int | None = None, settings: dict[str, str] | None = None) -> None:
        super().__init__(directory, port)
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        self.program = find_program("postgres", "Debian: apt-get install postgresql", *debian)
        self.settings = settings or {}
        self.data = directory / "data"
        self.user = unprivileged_user()
        self._names = count(1)

    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **self.settings}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [self.program, "-D", str(self.data), "-p", str(self.port), *options]

    def start(self) -> None:
        if not self.data.exists():
            self._initdb()
        super().start()

    def ready(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """As SQLAlchemy wants it."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The URL of a new, empty database that is dropped afterwards, whoever is still connected to it."""
        name = f"test_{next(self._names)}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.start()  # a test may have stopped it
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, dbname="postgres", autocommit=True, connect_timeout=30
        )

    def _execute(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _initdb(self) -> None:
        if self.user:
            shutil.chown(self.directory, self.user)
        command = [str(Path(self.program).with_name("initdb")), "-D", str(self.data), "-U", OWNER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(command, cwd=self.directory, user=self.user, capture_output=True, text=True)
        if done.returncode:
            raise ServerError(f"initdb failed: {done.stderr}")


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
