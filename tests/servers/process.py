"""A server as a child process that can be stopped, killed and started again on the same port and data."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Self

# Whatever comes within it is in time; more than any slow moment of a busy machine, less than anybody's patience.
PATIENCE_S = 120.0
# Debian keeps servers where a user's PATH does not look.
SERVER_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
# Not the usual one: property tests set its seed, and with it all processes would try the same ports.
_CHANCE = random.SystemRandom()


class MissingError(Exception):
    """A program or a folder that a test needs is not on this machine; the text says which and how to get it."""


class ServerError(Exception):
    """A server did not do what it was told; the text has the end of its log."""


class Server(ABC):
    """Start, stop, kill and restart one process. A subclass says how it is called and when it is ready."""

    stop_signal = signal.SIGTERM
    user: str | None = None

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.log = directory / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments."""

    @abstractmethod
    def ready(self) -> bool:
        """Tell whether it answers."""

    @property
    def pid(self) -> int:
        assert self.process is not None, "not started"
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Returns when the server answers. Starts again when it ends early: after a kill -9 the port or the
        shared memory may still be in use for a moment."""
        if self.running:
            return
        self.spawn()
        wait_until(self.ready_or_respawned, PATIENCE_S, lambda: f"{self.command()[0]} to start:\n{self.log_end()}")

    def spawn(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.directory, user=self.user
            )

    def ready_or_respawned(self) -> bool:
        if not self.running:
            time.sleep(0.2)
            self.spawn()
        return self.ready() and self.running

    def stop(self) -> None:
        self._end(self.stop_signal)

    def kill9(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerError(f"{self.command()[0]} did not stop:\n{self.log_end()}") from None

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "(no log)"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def free_port() -> int:
    """A free port that this process alone gives out, as long as it lives.

    It is below those that the system gives to outgoing connections: a client that keeps trying to reach a stopped
    server there could otherwise be connected to itself.
    """
    for _ in range(100):
        port = _CHANCE.randint(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if _reserved(port):
            return port
    raise ServerError("no free port found")


def _reserved(port: int) -> bool:
    """Keep the others that run tests on this machine from a port that nobody listens on yet, or not at the moment.

    Who holds the UDP port of the same number, which no server here uses, has it.
    """
    token = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        token.bind(("127.0.0.1", port))
    except OSError:
        token.close()
        return False
    token.detach()  # open until this process ends
    return True


def accepts_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], object], seconds: float, what: str | Callable[[], str]) -> None:
    """Poll `condition`, the less often the longer a look takes; raises ServerError that names `what` was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        looked_at = time.monotonic()
        if condition():
            return
        if time.monotonic() > deadline:
            raise ServerError(f"waited {seconds:g} s for {what if isinstance(what, str) else what()}")
        time.sleep(max(0.02, time.monotonic() - looked_at))


def find_program(name: str, how_to_get: str, *directories: str | Path) -> str:
    path = os.pathsep.join([*map(str, directories), os.environ.get("PATH", ""), *SERVER_DIRECTORIES])
    if found := shutil.which(name, path=path):
        return found
    raise MissingError(f"{name} is not installed ({how_to_get})")
