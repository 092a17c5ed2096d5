"""Open pages: each follows the stream of events and fetches its page again as the script in the pages does."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Event, Process, Queue
from queue import Empty
from typing import Any

NOT_MORE_OFTEN_S = 1.0


@dataclass
class _Page:
    """One open page. `readings_every`: for readings alone it is fetched no more often than so many seconds."""

    port: int
    cookie: str
    path: str
    readings_every: float
    counts: Counter[str] = field(default_factory=Counter)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    _tag: str | None = None
    _fetched_at: float = 0.0
    _dirty: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        await asyncio.gather(self._follow(), self._fetch_when_dirty())

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        writer.write(self._request("/live"))
        async for raw in reader:
            line = raw.decode().strip()
            if line.startswith("HTTP/1.1") and not line.startswith("HTTP/1.1 200"):
                raise RuntimeError(f"/live: {line}")
            if line.startswith("retry:"):
                self.opened.set()
            if line.startswith("data: {"):
                self.counts["events"] += 1
                if self._is_worth_it(json.loads(line[6:])):
                    self._dirty.set()

    def _is_worth_it(self, event: Any) -> bool:
        return event.get("kind") != "messages" or time.monotonic() - self._fetched_at >= self.readings_every

    async def _fetch_when_dirty(self) -> None:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
            # One that has been idle for long is closed by the server.
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._fetch_by(reader, writer)

    async def _fetch_by(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(max(self._fetched_at + NOT_MORE_OFTEN_S - time.monotonic(), 0))
            self._dirty.clear()
            self._fetched_at = time.monotonic()
            more = {"X-Live": "1"} | ({"If-None-Match": self._tag} if self._tag else {})
            try:
                writer.write(self._request(self.path, more))
                await self._answer(reader)
            except BaseException:
                self._dirty.set()
                writer.close()
                raise

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        code = status.split()[1]
        self.counts[code] += 1
        if code == "200":
            self._tag = headers.get("etag")
        if code != "304":
            await reader.readexactly(int(headers["content-length"]))

    def _request(self, path: str, more: dict[str, str] | None = None) -> bytes:
        headers = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie, "Accept-Encoding": "gzip", **(more or {})}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode()


class Visitors:
    """So many pages open at once, in a process of their own."""

    def __init__(self, port: int, cookie: str, pages: Sequence[tuple[str, float]]) -> None:
        self._over, self._found = Event(), Queue()  # type: ignore[var-annotated]
        self._process = Process(target=_visit, args=(port, cookie, pages, self._over, self._found), daemon=True)
        self.counts: Counter[str] = Counter()

    @property
    def pid(self) -> int:
        """The process that looks at the pages."""
        assert self._process.pid is not None
        return self._process.pid

    def __enter__(self) -> "Visitors":
        """Open them; returns when all streams are open."""
        self._process.start()
        if self._found.get(timeout=300) != "open":
            raise RuntimeError("the pages cannot be opened")
        return self

    def __exit__(self, *_: object) -> None:
        """Close them and count what they fetched."""
        self._over.set()
        try:
            self.counts = self._found.get(timeout=120)
        except Empty:
            raise RuntimeError("the pages did not live to the end") from None
        finally:
            self._process.join(120)


def _visit(port: int, cookie: str, wanted: Sequence[tuple[str, float]], over: Any, found: Any) -> None:
    asyncio.run(_open(port, cookie, wanted, over, found))


async def _open(port: int, cookie: str, wanted: Sequence[tuple[str, float]], over: Any, found: Any) -> None:
    pages = [_Page(port, cookie, path, every) for path, every in wanted]
    tasks = [asyncio.create_task(page.live()) for page in pages]
    await asyncio.wait_for(asyncio.gather(*(page.opened.wait() for page in pages)), 250)
    found.put("open")
    while not over.is_set():
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
    for task in tasks:
        task.cancel()
    found.put(sum((page.counts for page in pages), Counter[str]()))
