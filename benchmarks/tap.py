"""Stands between a broker and one client and counts acknowledgements, so that every client is timed alike.

It costs them next to nothing: what it hands on it hands on in large pieces.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Self

_PUBACK = 0x40
_PIECE = 1 << 20
# Between two looks at what the client sends: acknowledgements one at a time must not keep this process busy.
_REST_S = 0.001


class Tap:
    """Listens on a port of its own until `count` messages are acknowledged, and on until it is closed."""

    def __init__(self, broker_port: int, count: int) -> None:
        self._broker_port = broker_port
        self._count = count
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.acknowledged = 0
        self.started = threading.Event()  # the client has connected
        self._finished = threading.Event()
        self._started_at = self._finished_at = 0.0

    @property
    def url(self) -> str:
        """Where the client finds the broker."""
        return f"mqtt://127.0.0.1:{self.port}"

    def wait(self, timeout_s: float) -> float:
        """Return the seconds from the connection to the last acknowledgement. Raises TimeoutError."""
        if not self._finished.wait(timeout_s):
            raise TimeoutError(f"{self.acknowledged} of {self._count} messages acknowledged in {timeout_s:g} s")
        return self._finished_at - self._started_at

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            client = self._server.accept()[0]
            self._started_at = time.perf_counter()
            self.started.set()
            broker = socket.create_connection(("127.0.0.1", self._broker_port))
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._hand_on, args=(broker, client), daemon=True).start()
            self._count_on(client, broker)

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source, target:
            while data := source.recv(_PIECE):
                target.sendall(data)

    def _count_on(self, source: socket.socket, target: socket.socket) -> None:
        """Hand on what the client sends, counting."""
        rest = b""
        with suppress(OSError), source, target:
            while data := source.recv(_PIECE):
                target.sendall(data)
                found, rest = acknowledgements(rest + data)
                self.acknowledged += found
                if self.acknowledged >= self._count and not self._finished.is_set():
                    self._finished_at = time.perf_counter()
                    self._finished.set()
                time.sleep(_REST_S)


def acknowledgements(data: bytes) -> tuple[int, bytes]:
    """Return how many PUBACK packets there are, and what is left of a packet that is not complete."""
    found = at = 0
    while at + 2 <= len(data):
        size, body = 0, at + 1
        for shift in range(0, 28, 7):
            if body == len(data):
                return found, data[at:]
            byte = data[body]
            size, body = size | (byte & 127) << shift, body + 1
            if byte < 128:
                break
        if body + size > len(data):
            break
        found += data[at] & 0xF0 == _PUBACK
        at = body + size
    return found, data[at:]
