"""The embedded MQTT broker, for trying out: it forgets its sessions and what waits in them when it stops."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import iotcore

# Refused messages become dead letters rather than broken connections: the broker lets larger ones through.
PAYLOAD_HEADROOM = 4
MAX_CONNECTIONS = 1000


class EmbeddedBroker:
    """A program for the supervisor; `iotcore` runs it in a process that ends with this one."""

    name = "broker"

    def __init__(self, host: str, port: int, max_payload_bytes: int) -> None:
        limit = max_payload_bytes * PAYLOAD_HEADROOM
        self._broker = iotcore.Broker(port, host, max_payload_size=limit, max_connections=MAX_CONNECTIONS)

    def start(self) -> None:
        """Start it. Raises OSError if its port is in use, RuntimeError if it does not come up."""
        with _interrupts_ignored():
            self._broker.start()

    def exit_code(self) -> int | None:
        """Return 1 when it has died."""
        return None if self._broker.is_running else 1

    def stop(self) -> None:
        """Stop it."""
        self._broker.stop()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Children inherit it: Ctrl-C at the terminal must not end the broker before those who use it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
