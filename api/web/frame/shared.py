"""Parts of pages that look the same for everybody of equal rights: made once for each state of the site.

Nothing of a person may stand in such a part: no name of who looks, no CSRF token. A form's button in it belongs, by
its attribute `form`, to a form that stands outside.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from sqlalchemy import Connection, exists, select
from starlette.responses import HTMLResponse, Response

from api.deps import View
from api.people.roles import Person
from api.web.frame.session import Visitor
from domain.times import SECOND
from store.state import last_event
from store.tables import events

# Readings show, and time goes on, at most so often.
TICK = 2 * SECOND
# A reading is an event too, and not worth more than a tick.
READINGS = "messages"
_KEPT_AT_MOST = 64
_EFFORT = 5  # of gzip

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Part(Generic[Model]):
    """A part of a page. The tag changes with what is said, not with the time that goes by."""

    model: Model
    html: tuple[str, ...]  # one or more live elements
    packed: bytes  # all of them, compressed once for all; no secret is in it that its length could tell of
    tag: str


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock
    part: Part[Any] | None = None
    event: int = -1
    tick: int = -1


class Shared:
    """The parts made last, by what was asked for and by rights. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def get(
        self, view: View, key: Hashable, read: Callable[[], Model], write: Callable[[Model], tuple[str, ...]]
    ) -> Part[Model]:
        """Return the part, made anew if something may have changed since; only who comes first makes it.

        `read` gathers what it says; it is written only where that has changed.
        """
        kept = self._of(key)
        with kept.lock:
            event, tick = last_event(view.connection), view.now // TICK
            if kept.part is None or not _is_fresh(view.connection, kept, event, tick):
                model = read()
                if kept.part is None or kept.part.model != model:
                    html = write(model)
                    kept.part = Part(model, html, gzip.compress("".join(html).encode(), _EFFORT), _tag(model))
                kept.event, kept.tick = event, tick
            return kept.part

    def _of(self, key: Hashable) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(threading.Lock()))
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_AT_MOST:
                self._kept.popitem(last=False)
            return kept


def _is_fresh(connection: Connection, kept: _Kept, event: int, tick: int) -> bool:
    """Tell whether nothing happened since but readings, and those within the same tick."""
    if kept.tick < tick:
        return False
    if kept.event >= event:
        return True
    happened = exists().where(events.c.number > kept.event, events.c.kind != READINGS)
    return not connection.scalar(select(happened))


def is_live(request: Request) -> bool:
    """Tell whether an open page asks for its live parts alone."""
    return "x-live" in request.headers


def live_answer(request: Request, part: Part[Any]) -> Response:
    """Answer an open page: the part, or that nothing changed."""
    headers = {"ETag": part.tag}
    if request.headers.get("if-none-match") == part.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse("".join(part.html), headers=headers)
    return HTMLResponse(part.packed, headers={**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


def anybody(visitor: Visitor) -> Visitor:
    """Return a visitor with the same rights and nothing of a person, for writing a part that is shared."""
    return Visitor(Person("", visitor.person.role), visitor.services)


def _tag(model: object) -> str:
    return f'"{hashlib.sha256(repr(model).encode()).hexdigest()[:20]}"'
