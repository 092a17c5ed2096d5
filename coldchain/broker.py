"""The embedded MQTT broker, for trying out: it forgets its sessions and what waits in them when it stops.

python -m coldchain.broker 127.0.0.1 1883 1048576
"""

import logging
import socket
import sys
import time

from iotcore import IotCoreBroker

from coldchain.child import end_with_supervisor
from coldchain.supervisor import Child

# Larger messages than are taken come through all the same, to become dead letters rather than broken connections.
PAYLOAD_HEADROOM = 4
MAX_CONNECTIONS = 1000
START_S = 60.0


class EmbeddedBroker(Child):
    """The broker as a program of the supervisor: in a process of its own, so that nothing of ours can stop it."""

    def __init__(self, host: str, port: int, max_payload_bytes: int) -> None:
        limit = max_payload_bytes * PAYLOAD_HEADROOM
        super().__init__("broker", "coldchain.broker", host, str(port), str(limit))
        self._address = (host, port)

    def start(self) -> None:
        """Start it and wait until it listens. Raises RuntimeError if it does not come up."""
        super().start()
        deadline = time.monotonic() + START_S
        while not self._listens():
            if self.exit_code() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the embedded broker does not come up on {self._address[0]}:{self._address[1]}")
            time.sleep(0.02)

    def _listens(self) -> bool:
        try:
            socket.create_connection(self._address, 1).close()
        except OSError:
            return False
        return True


def run(host: str, port: int, max_payload: int) -> None:
    """Be the broker until killed; there is nothing to clean up."""
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)  # it calls every packet an error
    IotCoreBroker(listen=host, port=port, max_connections=MAX_CONNECTIONS, max_payload_size=max_payload).run_forever()


if __name__ == "__main__":
    end_with_supervisor()
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
