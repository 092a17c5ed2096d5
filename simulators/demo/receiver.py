"""Where the demonstration's alerts go: a webhook of its own, which shows each and keeps it in a file."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Receiver:
    """Listens on a free port of 127.0.0.1; `tell` hears of each alert as a line of text."""

    def __init__(self, log: Path, tell: Callable[[str], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            """Answers every message with 204."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock, log.open("ab") as file:
                    file.write(body.strip() + b"\n")
                tell(line_of(json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        lock = threading.Lock()
        log.write_bytes(b"")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def line_of(message: dict[str, Any]) -> str:
    """Return what is shown of a message."""
    return f"webhook received, {message.get('event', '?')}: {message.get('sentence', '')}"
