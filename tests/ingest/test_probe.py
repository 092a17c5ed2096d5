"""Asking a broker whether it lets us in."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from domain.errors import InvalidError, UnavailableError
from ingest.probe import probe
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.probe.TIMEOUT_S", 60.0)


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers whatever it is told with these bytes, and what it was told."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # who is not content hangs up
                heard.append(connection.recv(1000))
                if not answer:
                    return  # hangs up without a word
                connection.sendall(answer)
                connection.settimeout(60)
                heard.append(connection.recv(10))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", heard
        thread.join(60)


def refusal(answer: bytes) -> str:
    with answering(answer) as (address, _), pytest.raises(UnavailableError) as raised:
        probe(f"mqtt://{address}")
    return str(raised.value)


def test_a_broker_that_accepts_is_left_politely() -> None:
    with answering(b"\x20\x02\x00\x00") as (address, heard):
        probe(f"mqtt://me:p%40ss@{address}")
    assert heard[0][:2] == bytes([0x10, len(heard[0]) - 2])
    assert heard[0][2:10] == b"\x00\x04MQTT\x04\xc2"
    assert heard[0].endswith(b"\x00\x02me\x00\x04p@ss")
    assert heard[1] == b"\xe0\x00"


@pytest.mark.parametrize(
    ("code", "said"), [(4, "user name or password refused"), (5, "not authorised"), (99, "code 99")]
)
def test_a_refusal_says_why(code: int, said: str) -> None:
    assert refusal(bytes([0x20, 2, 0, code])) == f"does not let us in: {said}"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400", b"\x20\x02", b""])
def test_something_else_is_no_broker(answer: bytes) -> None:
    assert refusal(answer) == "speaks no MQTT"


def test_nobody_listening_is_said() -> None:
    with pytest.raises(UnavailableError, match=r"^does not answer: "):
        probe(f"mqtt://127.0.0.1:{free_port()}")


def test_a_server_without_tls_is_no_mqtts_broker() -> None:
    with (
        answering(b"HTTP/1.1 400 Bad Request\r\n") as (address, _),
        pytest.raises(UnavailableError, match=r"^does not answer: "),
    ):
        probe(f"mqtts://{address}")


def test_an_address_must_be_one() -> None:
    with pytest.raises(InvalidError):
        probe("tcp://x")


def test_mosquitto_lets_us_in(mosquitto: Mosquitto) -> None:
    mosquitto.start()
    probe(mosquitto.url)
