"""Publishing with QoS 1: many messages under way at once, and a count of those the broker has taken."""

import ssl
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from simulators.errors import BrokerError, InputError

PORTS = {"mqtt": 1883, "mqtts": 8883}
# Messages under way at once: enough that neither side waits for the other, few enough to hold in memory.
WINDOW = 2_000
PATIENCE_S = 60.0
CONNECT_S = 30.0
KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None

    def __str__(self) -> str:
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"


def parse_address(url: str) -> Address:
    """Read `mqtt://user:password@host:1883` or `mqtts://…`. Raises InputError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise InputError("the broker's address is not like mqtt://user:password@host:1883 or mqtts://host")
    username, password = (unquote(text) if text else None for text in (parts.username, parts.password))
    return Address(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts", username, password)


class Publisher:
    """A connection to a broker. It outlives the broker's restarts: what was not acknowledged is sent again."""

    def __init__(
        self, address: Address, ca_file: str | None = None, window: int = WINDOW, patience_s: float = PATIENCE_S
    ) -> None:
        self.sent = 0
        self.acknowledged = 0
        self._address = address
        self._window = window
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._answer: Any = None
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(address.username, address.password)
        self._client.max_inflight_messages_set(0)  # the window here is the limit
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 5)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        if address.tls:
            self._client.tls_set_context(ssl.create_default_context(cafile=ca_file))

    def __enter__(self) -> Self:
        """Connect. Raises BrokerError."""
        try:
            self._client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except OSError as error:
            raise BrokerError(f"no broker answers at {self._address}: {error}") from None
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._answer is not None, CONNECT_S)
        if self._answer is None or self._answer.is_failure:
            self._stop()
            raise BrokerError(f"the broker at {self._address} lets nobody in: {self._answer or 'it says nothing'}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave without waiting; `drain` waits."""
        self._stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message; waits while a whole window is unacknowledged. Raises BrokerError if that takes too long."""
        if self.sent - self.acknowledged >= self._window:
            self._wait_until(self._window // 2)
        self._client.publish(topic, payload, qos=1)
        self.sent += 1

    def drain(self) -> None:
        """Wait until all is acknowledged. Raises BrokerError if nothing more comes."""
        self._wait_until(0)

    def _wait_until(self, unacknowledged: int) -> None:
        """Patience starts anew with every acknowledgement."""
        with self._changed:
            while (waiting := self.sent - self.acknowledged) > unacknowledged:
                if not self._changed.wait(self._patience_s):
                    raise BrokerError(
                        f"the broker at {self._address} acknowledged nothing for {self._patience_s:g} s; "
                        f"{waiting} of {self.sent} messages are not acknowledged"
                    )

    def _on_connect(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        with self._changed:
            self._answer = reason
            self._changed.notify_all()

    def _on_publish(self, client: Client, data: Any, mid: int, reason: Any, properties: Any) -> None:
        with self._changed:
            self.acknowledged += 1
            self._changed.notify_all()

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
