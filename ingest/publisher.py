"""Publishes to the broker with QoS 1, and waits until the broker has it."""

import contextlib
import logging
import secrets
import ssl
import threading
from pathlib import Path

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from domain.errors import UnavailableError
from ingest.address import Address

log = logging.getLogger(__name__)

WAIT_S = 5.0
# No more than so many wait for the broker at once: what comes beyond them is told to come again.
_WAITING_AT_MOST = 1000
_NO_SUBSCRIBER = 0x10  # MQTT 5: nobody listens to the topic, so nobody would keep it


class Publisher:
    """A connection of its own, made when it is first needed. Used by several threads."""

    def __init__(
        self, url: str, *, version: str = "3.1.1", ca_file: Path | None = None, wait_s: float = WAIT_S
    ) -> None:
        self._address, self._ca_file, self._wait_s = Address.of(url), ca_file, wait_s
        self._version_5 = version == "5"
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._nobody: set[int] = set()

    def __call__(self, topic: str, payload: bytes) -> None:
        """Publish. Raises UnavailableError if the broker does not say in time that it has it."""
        client = self._connected()
        try:
            sent = client.publish(topic, payload, qos=1)
            sent.wait_for_publish(self._wait_s)
            has_it = sent.is_published()
        except (ValueError, RuntimeError) as error:  # the queue is full, or the connection was lost
            raise UnavailableError(f"the broker does not take messages now: {error}") from error
        if not has_it:
            raise UnavailableError(f"the broker did not acknowledge within {self._wait_s:g} s")
        if sent.mid in self._nobody:
            self._nobody.discard(sent.mid)
            raise UnavailableError(f"no engine listens to {topic} yet")

    def stop(self) -> None:
        """Disconnect."""
        with self._lock:
            if self._client is not None:
                self._client.disconnect()
                self._client.loop_stop()
                self._client = None

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._start()
        if not self._client.is_connected():
            raise UnavailableError("there is no connection to the broker")
        return self._client

    def _start(self) -> Client:
        """Connect, and keep the connection from then on: a broker that is away is tried again by itself."""
        name, address = f"coldchain-http-{secrets.token_hex(6)}", self._address
        client = Client(
            CallbackAPIVersion.VERSION2,
            name,
            clean_session=None if self._version_5 else True,
            protocol=MQTTv5 if self._version_5 else MQTTv311,
        )
        client.max_queued_messages_set(_WAITING_AT_MOST)
        client.max_inflight_messages_set(_WAITING_AT_MOST)
        client.reconnect_delay_set(1, 30)
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self._ca_file))
        up = threading.Event()
        client.on_connect = lambda *_: up.set()
        client.on_publish = self._on_publish
        with contextlib.suppress(OSError):  # it is tried again in the background
            client.connect(address.host, address.port)
        client.loop_start()
        up.wait(self._wait_s)
        return client

    def _on_publish(self, client: Client, userdata: object, mid: int, reason: object, properties: object) -> None:
        if getattr(reason, "value", 0) == _NO_SUBSCRIBER:
            self._nobody.add(mid)
