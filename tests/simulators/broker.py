"""A broker to publish to, and a listener that keeps what it was told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import iotcore
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.process import free_port


@contextmanager
def embedded_broker() -> Iterator[str]:
    """Yields the address of a broker that needs no server on the machine."""
    port = free_port()
    broker = iotcore.Broker(port, "127.0.0.1")
    broker.start(timeout=60)
    try:
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        broker.stop()


class Listener:
    """Keeps all payloads in a persistent session."""

    def __init__(self, url: str) -> None:
        self.payloads: list[str] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._keep
        self._client.connect("127.0.0.1", int(url.rpartition(":")[2]))

    def __enter__(self) -> "Listener":
        self._client.loop_start()
        assert self._subscribed.wait(60)
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait(self, count: int) -> None:
        """Returns when as many different payloads have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(set(self.payloads)) >= count, 120), len(set(self.payloads))

    def _keep(self, client: Client, data: Any, message: Any) -> None:
        with self._changed:
            self.payloads.append(message.payload.decode())
            self._changed.notify_all()
