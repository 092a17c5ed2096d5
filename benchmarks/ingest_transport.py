"""The way from the broker alone: messages a second drained from a queue, decoded and acknowledged, nothing written.

    python -m benchmarks.ingest_transport [MESSAGES]

Each line drains the same queue of QoS 1 messages of two quantities in a mosquitto with the shipped configuration: our
subscriber and pipeline with a writer that does nothing, and the client library as it comes (on_message, one ack a
message, no decoding). Ratios are to the library with MQTT 3.1.1 in the same run.
"""

import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from prometheus_client import CollectorRegistry

from ingest.decoding import Decoder
from ingest.metrics import Metrics
from ingest.pipeline import Pipeline
from ingest.sources import Sources
from ingest.subscriber import Subscriber
from ledger.inputs import Batch
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import MissingError

TOPIC = "site/+/readings"
MAPPING = {"device": "device", "temperature": "temp", "humidity": "rh", "measured_at": "ts"}
SOURCE = {
    "topic": TOPIC,
    "format": "json",
    "mapping": [{"value": MAPPING, "from": None}],
    "timezone": [{"value": None, "from": None}],
}
CLIENT = "drain"


class Done(NamedTuple):
    """What the writer that does nothing says."""

    sources_changed: bool = False


class Writer:
    """Counts."""

    def __init__(self) -> None:
        self.messages = self.readings = 0

    def step(self, batch: Batch, now: int) -> Done:
        """Count what would be committed."""
        self.messages += len(batch.messages)
        self.readings += sum(len(message.readings) for message in batch.messages)
        return Done()


def packet(topic: str, payload: bytes, number: int) -> bytes:
    """Return a PUBLISH with QoS 1."""
    body = len(topic).to_bytes(2, "big") + topic.encode() + number.to_bytes(2, "big") + payload
    length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 127 | 128, len(body) >> 7])
    return b"\x32" + length + body


def fill(port: int, count: int) -> None:
    """Publish to the queue of the client that is away."""
    with socket.create_connection(("127.0.0.1", port)) as publisher:
        publisher.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04fill")
        publisher.recv(4)
        for first in range(0, count, 1000):
            numbers = range(first, min(first + 1000, count))
            publisher.sendall(b"".join(packet(f"site/S{i % 200}/readings", payload(i), i % 65535 + 1) for i in numbers))
            missing = 4 * len(numbers)
            while missing:
                missing -= len(publisher.recv(missing))


def payload(i: int) -> bytes:
    """Return a message of two quantities."""
    row = {
        "device": f"A4:C1:38:8D:18:{i % 200:02X}",
        "temp": round(4 + i % 100 / 37, 2),
        "rh": 45.2,
        "ts": 1767225600 + i,
    }
    return json.dumps(row, separators=(",", ":")).encode()


def ours(url: str, version: str, count: int) -> float:
    """Return the seconds that our subscriber and pipeline take."""
    decoder, writer = Decoder(Sources([('["t"]', SOURCE)])), Writer()
    subscriber = Subscriber(url, CLIENT, decoder.sources.topics, version=version)
    metrics = Metrics(CollectorRegistry())
    pipeline = Pipeline(subscriber, writer, decoder, lambda: time.time_ns() // 1000, metrics=metrics)
    started = time.perf_counter()
    subscriber.start()
    while writer.messages < count:
        pipeline.turn()
    subscriber.stop()
    taken = time.perf_counter() - started
    assert writer.readings == 2 * count, writer.readings
    return taken


def library(url: str, version: str, count: int) -> float:
    """Return the seconds that the client library takes."""
    host, port = url.removeprefix("mqtt://").split(":")
    client, options = _library_client(version)
    heard, all_heard = 0, threading.Event()

    def on_message(client: Client, userdata: Any, message: Any) -> None:
        nonlocal heard
        heard += 1
        client.ack(message.mid, message.qos)
        if heard == count:
            all_heard.set()

    client.on_message = on_message
    started = time.perf_counter()
    client.connect(host, int(port), 60, **options)
    client.loop_start()
    all_heard.wait()
    while client.want_write():
        time.sleep(0.001)
    client.disconnect()
    client.loop_stop()
    return time.perf_counter() - started


def _library_client(version: str) -> tuple[Client, dict[str, Any]]:
    api = CallbackAPIVersion.VERSION2
    if version != "5":
        return Client(api, CLIENT, clean_session=False, protocol=MQTTv311, manual_ack=True), {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    return Client(api, CLIENT, protocol=MQTTv5, manual_ack=True), {"clean_start": False, "properties": properties}


def subscribed(url: str, version: str) -> None:
    """Make the session and leave."""
    subscriber = Subscriber(url, CLIENT, [TOPIC], version=version)
    subscriber.start()
    deadline = time.monotonic() + 10
    while not subscriber.subscribed and time.monotonic() < deadline:
        time.sleep(0.01)
    subscriber.stop()


def measure(count: int) -> Iterator[tuple[str, float]]:
    """Yield what was measured and messages a second."""
    ways: list[tuple[str, Callable[[str, str, int], float], str]] = [
        ("library, MQTT 3.1.1", library, "3.1.1"),
        ("library, MQTT 5", library, "5"),
        ("ours, MQTT 3.1.1", ours, "3.1.1"),
        ("ours, MQTT 5", ours, "5"),
    ]
    for name, drain, version in ways:
        with tempfile.TemporaryDirectory() as directory, Mosquitto(Path(directory)) as broker:
            subscribed(broker.url, version)
            fill(broker.port, count)
            yield name, count / drain(broker.url, version, count)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    first: float | None = None
    print(f"{'':>20} {'messages/s':>11} {'ratio':>6}")
    for name, rate in measure(count):
        first = first or rate
        print(f"{name:>20} {rate:>11,.0f} {rate / first:>6.2f}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
