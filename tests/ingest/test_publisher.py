"""Publishing with QoS 1 to a real broker: what it has, what it does not take, and that it comes back."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from domain.errors import UnavailableError
from ingest.publisher import Publisher
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import wait_until

PATIENCE_S = 20


@contextmanager
def listener(broker: Mosquitto) -> "Iterator[queue.Queue[tuple[str, bytes]]]":
    """A persistent session that listens to `http/#`: what comes is in the queue."""
    found: queue.Queue[tuple[str, bytes]] = queue.Queue()
    subscribed: queue.Queue[bool] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, "listener", clean_session=False)
    client.on_message = lambda _, __, message: found.put((message.topic, message.payload))
    client.on_subscribe = lambda *_: subscribed.put(True)
    client.on_connect = lambda *_: client.subscribe("http/#", 1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    subscribed.get(timeout=PATIENCE_S)
    try:
        yield found
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture(params=["3.1.1", "5"])
def publish(mosquitto: Mosquitto, request: pytest.FixtureRequest) -> Iterator[Publisher]:
    publisher = Publisher(mosquitto.url, version=request.param, wait_s=5)
    yield publisher
    publisher.stop()


def test_what_is_published_reaches_a_session_that_is_away(mosquitto: Mosquitto, publish: Publisher) -> None:
    with listener(mosquitto):
        pass
    publish("http/efento", b'{"measurements":[]}')
    with listener(mosquitto) as found:
        assert found.get(timeout=PATIENCE_S) == ("http/efento", b'{"measurements":[]}')


@pytest.mark.parametrize("publish", ["5"], indirect=True)
def test_with_mqtt_5_a_topic_that_nobody_listens_to_is_told(mosquitto: Mosquitto, publish: Publisher) -> None:
    with pytest.raises(UnavailableError, match="no engine listens to http/new yet"):
        publish("http/new", b"{}")


def test_a_broker_that_is_away_is_told_and_used_again_when_it_is_back(mosquitto: Mosquitto, publish: Publisher) -> None:
    with listener(mosquitto):
        publish("http/a", b"1")
    mosquitto.stop()
    wait_until(lambda: not taken(publish, b"2"), PATIENCE_S, "the connection to be lost")
    mosquitto.start()
    wait_until(lambda: taken(publish, b"3"), PATIENCE_S, "the connection to be back")


def taken(publish: Publisher, payload: bytes) -> bool:
    try:
        publish("http/a", payload)
    except UnavailableError as error:
        assert str(error).startswith(("there is no connection", "the broker does not take", "the broker did not ack"))
        return False
    return True
