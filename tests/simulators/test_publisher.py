"""Publishing with QoS 1: a window, all acknowledged, whatever happens to the broker meanwhile."""

import socket
import threading
from collections.abc import Iterator

import pytest

from simulators.errors import BrokerError, InputError
from simulators.mqtt import Address, Publisher, parse_address
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port
from tests.simulators.broker import Listener, embedded_broker


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with embedded_broker() as url:
        yield url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://localhost", Address("localhost", 1883, False, None, None)),
        ("mqtts://h", Address("h", 8883, True, None, None)),
        ("mqtt://u%40x:p%3A@[::1]:1884", Address("::1", 1884, False, "u@x", "p:")),
    ],
)
def test_an_address_is_read(url: str, address: Address) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize("url", ["localhost:1883", "http://h", "mqtt://", "mqtt://h:x", "mqtt://h/topic", "mqtt://[h"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="the broker's address is not like"):
        parse_address(url)


def test_a_password_is_never_printed() -> None:
    assert str(parse_address("mqtt://u:secret@h:1884")) == "mqtt://h:1884"


def test_drained_means_that_the_broker_has_all_in_order(broker: str) -> None:
    with Listener(broker) as listener, Publisher(parse_address(broker), window=10) as publisher:
        for number in range(500):
            publisher.publish("site/1/readings", str(number).encode())
        publisher.drain()
        assert (publisher.sent, publisher.acknowledged) == (500, 500)
        listener.wait(500)
    assert listener.payloads == [str(number) for number in range(500)]


def test_no_more_than_a_window_is_under_way(broker: str) -> None:
    with Publisher(parse_address(broker), window=10) as publisher:
        for number in range(200):
            publisher.publish("site/1/readings", str(number).encode())
            assert publisher.sent - publisher.acknowledged <= 10
        publisher.drain()


def test_a_broker_that_is_not_there_is_said_so() -> None:
    port = free_port()
    with pytest.raises(BrokerError, match=f"no broker answers at mqtt://127.0.0.1:{port}: "):
        Publisher(Address("127.0.0.1", port, False, None, None)).__enter__()


def test_a_broker_that_acknowledges_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_lets_in_and_falls_silent, args=(server,), daemon=True).start()
        address = Address("127.0.0.1", server.getsockname()[1], False, None, None)
        with Publisher(address, patience_s=0.1) as publisher:
            publisher.publish("t", b"x")
            with pytest.raises(BrokerError, match=r"acknowledged nothing for 0.1 s; 1 of 1 messages are not"):
                publisher.drain()


def _lets_in_and_falls_silent(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(bytes.fromhex("20020000"))
        while connection.recv(1024):
            pass


def test_a_broker_that_lets_nobody_in_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_refuses, args=(server,), daemon=True).start()
        address = Address("127.0.0.1", server.getsockname()[1], False, "u", "p")
        with pytest.raises(BrokerError, match=r"lets nobody in: Not authorized"):
            Publisher(address).__enter__()


def _refuses(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(bytes.fromhex("20020005"))
        connection.recv(1024)


def test_a_restarted_broker_loses_nothing(mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.url) as listener, Publisher(parse_address(mosquitto.url), window=100) as publisher:
        for number in range(3_000):
            if number == 1_000:
                mosquitto.restart()
            publisher.publish("site/1/readings", str(number).encode())
        publisher.drain()
        listener.wait(3_000)
