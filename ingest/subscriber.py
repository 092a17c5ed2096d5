"""Receives from the broker: a persistent session, acknowledgements after the commit, no more in memory than the buffer.

A thread of its own drives the client of `ingest.batch_client`.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.address import Address
from ingest.batch_client import BatchClient
from ingest.buffer import Buffer, Chunk
from ingest.catching_up import CatchingUp
from ingest.decoding import MAX_PAYLOAD
from ingest.packets import Run

log = logging.getLogger(__name__)

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 60.0


class Subscriber:
    """Keeps a connection and fills a buffer with what it brings, in a thread of its own."""

    def __init__(
        self,
        url: str,
        client_id: str,
        topics: Iterable[str] = (),
        *,
        version: str = "3.1.1",
        ca_file: Path | None = None,
        max_payload: int = MAX_PAYLOAD,
        buffer: Buffer | None = None,
    ) -> None:
        self._address = address = Address.of(url)
        self.buffer = Buffer() if buffer is None else buffer
        self.connected = self.subscribed = False
        self._topics = tuple(topics)
        self._gone: set[str] = set()  # topics to unsubscribe
        tls = ssl.create_default_context(cafile=ca_file) if address.tls else None
        self._client = client = BatchClient(client_id, version == "5", max_payload, tls)
        client.on_run = self._on_run
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        client.connect_to(address.host, address.port)
        self._catching_up = CatchingUp(self.buffer, f"coldchain/{client_id}/marker")
        self._asked: dict[int, Sequence[str]] = {}
        self._delay_s = _FIRST_DELAY_S
        self._stopping = threading.Event()
        self._waker, self._wakened = socket.socketpair()
        self._waker.setblocking(False)
        self._wakened.setblocking(False)
        self.buffer.on_room = self._wake
        self._thread = threading.Thread(target=self._run, name="subscriber", daemon=True)

    # --- for the pipeline's thread ---

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Send what is waiting to be sent and disconnect; the broker keeps the session."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._waker.close()
            self._wakened.close()

    def acknowledge(self, chunks: Iterable[Chunk]) -> None:
        """Acknowledge messages: they are committed."""
        by_connection: dict[int, list[bytes]] = {}
        for chunk in chunks:
            by_connection.setdefault(chunk.connection, []).extend(chunk.ids)
        for connection, ids in by_connection.items():
            self._client.acknowledge(ids, connection)
        self._catching_up.active(time.monotonic())
        self._wake()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1, once: what the connection takes with it is lost."""
        try:
            self._client.publish(topic, payload, qos=1)
        except ValueError as error:
            log.error("cannot publish on %r: %s", topic, error)
        self._wake()

    def listen_to(self, topics: Iterable[str]) -> None:
        """Subscribe to these topic filters instead of the ones before."""
        before, self._topics = set(self._topics), tuple(topics)
        self._gone = (self._gone | before) - set(self._topics)
        if self.connected:
            self._unsubscribe()
            if new := sorted(set(self._topics) - before):
                self._subscribe(new)
            self._wake()

    # --- the network thread ---

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._client.reconnect()
                self._serve()
            except OSError as error:
                log.warning("cannot reach the broker %s:%d: %s", self._address.host, self._address.port, error)
            except Exception:
                log.exception("the connection to the broker failed")
            self.connected = self.subscribed = False
            self._catching_up.ended()
            # Up to the full delay, so that many clients of a restarted broker do not come all at once.
            self._stopping.wait(self._delay_s * random.uniform(0.5, 1.0))
            self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S)
        self._client.disconnect()
        self._flush()

    def _serve(self) -> None:
        """Read and write until the connection is gone."""
        client = self._client
        while (sock := client.socket()) is not None and not self._stopping.is_set():
            full = self.buffer.full
            if full:
                client.still_here()
            reading: list[Any] = [self._wakened] if full else [self._wakened, sock]
            pending = isinstance(sock, ssl.SSLSocket) and not full and sock.pending() > 0
            timeout = 0.0 if pending else 0.1 if self.buffer.catching_up else 1.0
            readable, writable, _ = select.select(reading, [sock] if client.want_write() else [], [], timeout)
            if self._wakened in readable:
                self._wakened.recv(4096)
            if sock in readable or pending:
                client.loop_read()
            if sock in writable:
                client.loop_write()
            client.loop_misc()
            self._catching_up.look(time.monotonic())

    def _flush(self) -> None:
        deadline = time.monotonic() + 2
        while self._client.want_write() and (sock := self._client.socket()) and time.monotonic() < deadline:
            select.select([], [sock], [], 0.1)
            self._client.loop_write()

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake; closed: it has stopped
            self._waker.send(b"!")

    def _on_run(self, run: Run, connection: int) -> None:
        self._catching_up.received(run, connection, time.monotonic())

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            log.error("the broker refuses the connection: %s", reason)
            return
        log.info("connected to the broker, %s session", "resumed" if flags.session_present else "new")
        self._delay_s = _FIRST_DELAY_S
        self._unsubscribe()
        self._subscribe([*self._topics, self._catching_up.marker_topic])
        marker = self._catching_up.connected(flags.session_present, time.monotonic())
        self.connected = True  # whoever sees it sees too whether there is something to catch up with
        if marker is not None:
            client.publish(self._catching_up.marker_topic, marker, qos=1)

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.connected = False
        if not self._stopping.is_set():
            log.warning("disconnected from the broker: %s", reason)

    def _on_subscribe(self, client: Any, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        self.subscribed = True
        for topic, reason in zip(self._asked.pop(mid, ()), reasons, strict=False):
            if reason.is_failure:
                log.error("the broker refuses the subscription to %s: %s", topic, reason)

    def _unsubscribe(self) -> None:
        """Leave what is not listened to any more: the session would go on bringing it."""
        if self._gone:
            self._client.unsubscribe(sorted(self._gone))
            self._gone = set()

    def _subscribe(self, topics: Sequence[str]) -> None:
        _, mid = self._client.subscribe([(topic, 1) for topic in topics])
        if mid is not None:
            self._asked[mid] = topics
