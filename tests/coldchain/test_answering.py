"""The address of API and pages is told when they answer, and not before."""

import http.server
import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from coldchain.answering import answers, tell_address, wait_until


class Health(http.server.BaseHTTPRequestHandler):
    """Answers as `/healthz` does, or with the status that its server names."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/healthz" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Health)
    server.status = 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_alive_answers_also_where_it_listens_everywhere(server: http.server.HTTPServer) -> None:
    assert answers("127.0.0.1", server.server_port)
    assert answers("0.0.0.0", server.server_port)
    server.status = 503  # type: ignore[attr-defined]
    assert not answers("127.0.0.1", server.server_port)


def test_what_is_not_there_or_speaks_something_else_does_not() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert not answers("127.0.0.1", nobody.getsockname()[1])


def test_it_is_asked_until_it_answers() -> None:
    said = iter([False, False, True])
    assert wait_until(lambda: next(said), threading.Event())
    stopped = threading.Event()
    stopped.set()
    assert not wait_until(lambda: False, stopped)


def test_the_address_is_told_then(server: http.server.HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tell_address("cold.example.org:80", "127.0.0.1", server.server_port, threading.Event()).join()
    assert "API and pages at http://cold.example.org:80" in caplog.text


def test_it_is_not_told_of_what_never_answered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stopped = threading.Event()
    stopped.set()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        tell_address("a:1", "127.0.0.1", nobody.getsockname()[1], stopped).join()
    assert "API and pages at" not in caplog.text
