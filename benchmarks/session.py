"""A persistent session made for somebody who is away, and the queue of QoS 1 messages that waits for them."""

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Self

_AT_ONCE = 1000
_KEEP_ALIVE_S = 600  # the embedded broker refuses who names none


def leave(port: int, client_id: str, topic: str) -> None:
    """Make the session and disconnect."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(_connect(client_id, clean=False))
        _answer(client, 4)
        client.sendall(_packet(0x82, b"\0\1" + _text(topic) + b"\1"))
        _answer(client, 5)
        client.sendall(b"\xe0\0")


def fill(port: int, messages: Iterable[tuple[str, bytes]]) -> None:
    """Publish; returns when the broker has acknowledged all."""
    waiting = iter(messages)
    with socket.create_connection(("127.0.0.1", port)) as publisher:
        publisher.sendall(_connect("gateways", clean=True))
        _answer(publisher, 4)
        while some := list(islice(waiting, _AT_ONCE)):
            publisher.sendall(b"".join(publish(i + 1, *message) for i, message in enumerate(some)))
            _answer(publisher, 4 * len(some))


class Publisher:
    """A connection that sends QoS 1 messages and does not wait for their acknowledgements."""

    def __init__(self, port: int, client_id: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(_connect(client_id, clean=True, keep_alive=_KEEP_ALIVE_S))
        _answer(self._socket, 4)
        self._sent = 0
        threading.Thread(target=self._drop_answers, daemon=True).start()

    def send(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send them at once."""
        packets = []
        for topic, payload in messages:
            self._sent = self._sent % 65_535 + 1
            packets.append(publish(self._sent, topic, payload))
        self._socket.sendall(b"".join(packets))

    def _drop_answers(self) -> None:
        with suppress(OSError):
            while self._socket.recv(1 << 16):
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _connect(client_id: str, clean: bool, keep_alive: int = 0) -> bytes:
    alive = keep_alive.to_bytes(2, "big")
    return _packet(0x10, b"\0\4MQTT\4" + bytes([2 * clean]) + alive + _text(client_id))


def publish(number: int, topic: str, payload: bytes) -> bytes:
    """Return a PUBLISH packet with QoS 1."""
    return _packet(0x32, _text(topic) + number.to_bytes(2, "big") + payload)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(header: int, body: bytes) -> bytes:
    """Return a packet of less than 16 KB."""
    size = len(body)
    return bytes([header, size] if size < 128 else [header, size & 127 | 128, size >> 7]) + body


def _answer(connection: socket.socket, size: int) -> None:
    while size:
        data = connection.recv(size)
        if not data:
            raise ConnectionError("the broker hung up")
        size -= len(data)
