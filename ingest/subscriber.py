"""Hears the broker: a persistent session, acknowledgements after the commit, no more in memory than the buffer holds.

The only importer of the client library. Its client does the handshake, subscriptions, pings and what it publishes; this
one reads messages through `ingest.packets`, because that is several times cheaper, and acknowledges many in one write.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from paho.mqtt import MQTTException
from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.address import Address
from ingest.buffer import Buffer, Chunk
from ingest.catching_up import CatchingUp
from ingest.decoded import Message
from ingest.decoding import MAX_PAYLOAD
from ingest.packets import Packet, ProtocolError, Reader, Run

log = logging.getLogger(__name__)

KEEPALIVE_S = 60
_CONNECT_S = 5.0
# How long the broker keeps the session for us (MQTT 5; in 3.1.1 it decides itself).
_FOREVER = 0xFFFFFFFF
_RECEIVE = 1 << 16
_PUBLISH, _PUBACK = 0x30, 0x40
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 60.0


class BatchClient(Client):
    """The client library's client, reading runs of messages and acknowledging many at once.

    To be driven with loop_read, loop_write and loop_misc, not with its own thread. Messages go to `on_run`, whose
    second argument counts the connections: an acknowledgement belongs to the connection that brought the message.
    """

    def __init__(
        self, client_id: str, version_5: bool, max_payload: int = MAX_PAYLOAD, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if version_5 else False,
            protocol=MQTTv5 if version_5 else MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.connection = 0
        self.on_run: Callable[[Run, int], None] = lambda run, connection: None
        self._tls = tls
        self._version_5 = version_5
        self._max_payload = max_payload
        self._connection_lock = threading.Lock()
        self._reader = Reader(max_payload, version_5)
        self._received_at = 0
        self.on_message = self._received_exactly_once
        # With this set the library never writes from the thread that acknowledges.
        self.on_socket_register_write = lambda *_: None

    def reconnect(self) -> MQTTErrorCode:
        """Connect; acknowledgements of earlier connections count no more: the broker may use their numbers again."""
        with self._connection_lock:
            self.connection += 1
        self._reader = Reader(self._max_payload, self._version_5)
        self.drop_out_messages()  # nothing of ours is worth being sent again later
        return super().reconnect()

    def _create_socket(self) -> socket.socket:
        """Connect; unlike the library's own way, this leaves nothing open where the handshake fails."""
        sock = socket.create_connection((self._host, self._port), timeout=_CONNECT_S)
        return self._tls.wrap_socket(sock, server_hostname=self._host) if self._tls else sock

    def acknowledge(self, ids: Sequence[bytes], connection: int) -> None:
        """Acknowledge QoS 1 messages, from any thread; nothing if their connection is gone."""
        with self._connection_lock:
            if ids and connection == self.connection:
                self._packet_queue(_PUBACK, b"@\x02" + b"@\x02".join(ids), 0, 1)

    def still_here(self) -> None:
        """Say that nothing is read on purpose: that the broker is silent means nothing."""
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        self._ping_t = 0.0

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read what is there, up to a buffer full, and hand on every complete packet."""
        try:
            data = self._sock_recv(_RECEIVE)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            log.info("connection lost: %s", error)
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        rc = self._feed(data)
        return self._loop_rc_handle(rc) if rc else rc

    def _feed(self, data: bytes) -> MQTTErrorCode:
        # Rises from message to message, also when the clock is set back.
        self._received_at = max(time.time_ns() // 1000, self._received_at)
        try:
            for part in self._reader.feed(bytes(data), self._received_at):
                if isinstance(part, Run):
                    self._received_at = part.messages[-1].received_at
                    self.on_run(part, self.connection)
                elif rc := self._handle(part):
                    return rc
        except ProtocolError as error:
            log.warning("the broker sent %s", error)
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _handle(self, packet: Packet) -> MQTTErrorCode:
        """Let the library handle any packet but PUBLISH with QoS 0 or 1."""
        size = len(packet.body)
        self._in_packet |= {"command": packet.header, "remaining_length": size, "packet": bytearray(packet.body)}
        try:
            return self._packet_handle()
        except MQTTException as error:
            raise ProtocolError(f"a packet that cannot be read: {error}") from error

    def _received_exactly_once(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        """Hand on a QoS 2 message. Ours bring none; one that somebody else made with our name is acknowledged early."""
        payload = bytes(message.payload[: self._max_payload + 1])
        self._received_at += 1
        received = Message(message.topic, payload, message.retain, self._received_at)
        self.on_run(Run([received], [], []), self.connection)
        self.ack(message.mid, 2)


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
        client.connect_async(address.host, address.port, KEEPALIVE_S, **_session(version))
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

    def _on_connect(self, client: Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
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

    def _on_disconnect(self, client: Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.connected = False
        if not self._stopping.is_set():
            log.warning("disconnected from the broker: %s", reason)

    def _on_subscribe(self, client: Client, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
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


def _session(version: str) -> dict[str, Any]:
    """What MQTT 5 is told about the session; 3.1.1 knows it from the client."""
    if version != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _FOREVER
    return {"clean_start": False, "properties": properties}
