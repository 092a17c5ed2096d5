"""The MQTT client: the library's own, reading messages in runs and acknowledging many in one write.

The only importer of the library. Its client does the handshake, subscriptions, pings and what is published; this one
reads messages through `ingest.packets`, because that is several times cheaper. For that it uses private parts of the
library, named in tests/ingest/test_batch_client.py, so only versions with which these were tested are accepted.
"""

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt
from paho.mqtt import MQTTException
from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from domain.errors import InvalidError
from domain.times import MINUTE
from ingest.decoded import Message
from ingest.decoding import MAX_PAYLOAD
from ingest.packets import Packet, ProtocolError, Reader, Run

log = logging.getLogger(__name__)

# Versions of paho-mqtt that were tested: from, and up to but not including. The same range is in pyproject.toml.
TESTED = ("2.2", "2.3")

KEEPALIVE_S = 60
_CONNECT_S = 5.0
# How long the broker keeps the session for us (MQTT 5; in 3.1.1 it decides itself).
_FOREVER = 0xFFFFFFFF
_RECEIVE = 1 << 16
_SET_BACK = MINUTE  # what a clock goes back by more is no correction little by little
_PUBACK = 0x40


def refuse_untested(installed: str = paho.mqtt.__version__) -> str:
    """Return the version of paho-mqtt that is installed. Raises InvalidError if it was not tested."""
    oldest, end = (_numbers(version) for version in TESTED)
    if not oldest <= _numbers(installed) < end:
        raise InvalidError(
            f"paho-mqtt {installed} is installed, but coldchain uses private parts of it and is tested with "
            f"{TESTED[0]} up to (not including) {TESTED[1]} only; install a tested version: "
            f'pip install "paho-mqtt>={TESTED[0]},<{TESTED[1]}"'
        )
    return installed


def arrival(now: int, last: int) -> int:
    """Return the arrival of what comes after one that arrived at `last`: it rises, unless the clock was set back."""
    return now if last - now > _SET_BACK else max(now, last)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version; none for what is no version."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()


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
        refuse_untested()
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

    def connect_to(self, host: str, port: int) -> None:
        """Set the broker that `reconnect` connects to; it keeps the session."""
        self.connect_async(host, port, KEEPALIVE_S, **_session(self._version_5))

    def reconnect(self) -> MQTTErrorCode:
        """Connect; acknowledgements of earlier connections count no more: the broker may use their numbers again."""
        with self._connection_lock:
            self.connection += 1
        self._reader = Reader(self._max_payload, self._version_5)
        self.drop_out_messages()  # nothing of ours is worth being sent again later
        return super().reconnect()

    def _create_socket(self) -> socket.socket:
        """Connect; unlike the library's own way, this leaves nothing open where the handshake fails."""
        sock = socket.create_connection((self.host, self.port), timeout=_CONNECT_S)
        return self._tls.wrap_socket(sock, server_hostname=self.host) if self._tls else sock

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
        self._received_at = arrival(time.time_ns() // 1000, self._received_at)
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


def _session(version_5: bool) -> dict[str, Any]:
    """What MQTT 5 is told about the session; 3.1.1 knows it from the client."""
    if not version_5:
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _FOREVER
    return {"clean_start": False, "properties": properties}
