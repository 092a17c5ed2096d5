"""A real HTTP receiver on a free port that answers as it is told and remembers what came."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Longer than any deadline that a test sets, so that it is the deadline that ends an attempt.
PATIENCE_S = 120


@dataclass
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = 0.0  # seconds since the epoch


@dataclass
class Receiver:
    """`answers`: status codes in turn, the last one for ever; "hang": no answer; "drip": bytes without an end."""

    answers: list[int | str] = field(default_factory=lambda: [200])
    heard: list[Heard] = field(default_factory=list)
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> list[str]:
        return [heard.headers["idempotency-key"] for heard in self.heard]

    def answer(self) -> int | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving(*answers: int | str) -> Iterator[Receiver]:
    receiver = Receiver(list(answers) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append(Heard(self.path, headers, body, time.time()))
            answer = receiver.answer()
            if answer == "hang":
                receiver.released.wait(PATIENCE_S)
            elif answer == "drip":
                self.drip()
            else:
                self.send_response(int(answer))
                self.send_header("Location", receiver.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            hangs_up = time.monotonic() + PATIENCE_S
            while time.monotonic() < hangs_up and not receiver.released.wait(0.05):
                self.wfile.write(b"x")

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass  # the notifier hangs up on those that are slow

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()


def until(claim: Any, seconds: float = 60) -> None:
    """Wait until the claim is true; for tests of threads and processes only."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
