"""Who follows along: one watcher looks at the database for all open pages of this process.

Every event is told to staff in order and by its number, so that a page that was cut off goes on where it was. Readings
are events too, but only the newest is told, at most every two seconds. A client is told only that something of its
own batches changed: no number, which would tell how much happens, and no name.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from api.access import policy_of
from api.deps import Services
from api.people.roles import ROLES, Permission, Person
from api.people.sessions import in_force
from api.snapshot import Snapshot
from api.web.frame.event_stream import batches_about, count_problems, happened, line, newest_readings
from api.web.frame.shared import TICK
from domain.errors import UnavailableError
from domain.model import BatchKey
from domain.times import SECOND
from store.state import Event, last_event

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
BEAT_EVERY_S = 15.0
SESSIONS_EVERY = 5 * SECOND
# So many events are sent after a cut; who missed more is told to load anew.
KEPT = 2000

TO_BEGIN = "retry: 2000\n\n"
CHANGED = "data: {}\n\n"
BEAT = "event: beat\ndata:\n\n"


class Scan(NamedTuple):
    """What the watcher found; `events` without readings, of which only the newest is kept."""

    last: int
    events: Sequence[Event]
    readings: Event | None
    missed: bool  # there was more than is remembered
    problems: int
    batches: Mapping[int, frozenset[BatchKey]]  # that an event is about, by its number
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows: a person in a session, known by its hash."""

    person: Person
    session: str

    @property
    def is_staff(self) -> bool:
        """Tell whether the whole site may be seen."""
        return Permission.SEE_SITE in ROLES.get(self.person.role, ())


class Live:
    """The events of late and everybody who waits for the next. To be used on one event loop."""

    def __init__(self, services: Services, look_every_s: float = LOOK_EVERY_S, beat_every_s: float = BEAT_EVERY_S):
        self._services = services
        self._look_every_s = look_every_s
        self._beat_every_s = beat_every_s
        self._events: deque[Event] = deque()
        self._from = 0  # every event after this one that is told is among those
        self._last = 0
        self._batches: dict[int, frozenset[BatchKey]] = {}
        self._readings: Event | None = None  # waits for its tick
        self._readings_sent_at = 0
        self._problems = 0
        self._snapshot: Snapshot | None = None
        self._listeners: dict[object, Listener] = {}
        self._ended: set[str] = set()  # sessions
        self._sessions_seen_at = 0
        self._bell = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    # --- telling ---

    async def follow(self, listener: Listener, after: int | None = None) -> AsyncIterator[str]:
        """Yield what is sent to a page until its session ends.

        `after`: the number of the last event it knows; without one it hears what happens from now on.
        """
        me = object()
        self._listeners[me] = listener
        try:
            await self._watch()
            at = self._last if after is None or not listener.is_staff else min(after, self._last)
            yield TO_BEGIN
            async for words in self._send(listener, at):
                yield words
        finally:
            del self._listeners[me]

    async def stop(self) -> None:
        """End every stream, and return after the last look: the process stops."""
        self._closed = True
        self._bell.set()
        if self._watcher is not None:
            await self._watcher

    async def _send(self, listener: Listener, at: int) -> AsyncIterator[str]:
        problems: int | None = None
        while not self._closed and listener.session not in self._ended:
            bell = self._bell
            if at >= self._from:
                at, lines = self._unsent(listener, at)
            elif listener.is_staff:
                at, lines = await run_in_threadpool(self._missed, at, self._last)
            else:
                at, lines = self._last, [CHANGED]
            for words in lines:
                yield words
            if listener.is_staff and problems != self._problems:
                problems = self._problems
                yield f"event: problems\ndata: {problems}\n\n"
            if not await self._rings(bell):
                yield BEAT

    async def _rings(self, bell: asyncio.Event) -> bool:
        try:
            await asyncio.wait_for(bell.wait(), self._beat_every_s)
        except TimeoutError:
            return False
        return True

    def _unsent(self, listener: Listener, at: int) -> tuple[int, list[str]]:
        unsent = [event for event in self._events if event.number > at]
        end = unsent[-1].number if unsent else at
        if listener.is_staff:
            return end, [line(event) for event in unsent]
        return end, [CHANGED] if self._concerns(listener.person, unsent) else []

    def _concerns(self, person: Person, unsent: Iterable[Event]) -> bool:
        about = frozenset().union(*(self._batches.get(event.number, frozenset()) for event in unsent))
        if not about or self._snapshot is None:
            return False
        policy = policy_of(person, self._snapshot)
        return any(policy.may_see(batch) for batch in about)

    def _missed(self, at: int, until: int) -> tuple[int, list[str]]:
        """Return what happened in between, from the database; too much of it is one word."""
        with self._services.database.read() as connection:
            found = happened(connection, at, until, KEPT + 1)
        if len(found) > KEPT:
            return until, [f"id: {until}\nevent: reset\ndata:\n\n"]
        return until, [line(event) for event in found]

    # --- watching ---

    async def _watch(self) -> None:
        """Begin to watch with the first listener."""
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch_while_followed())
            self._events.clear()
            self._batches.clear()
            self._last = self._from = -1
        while self._last < 0 and not self._closed:
            await self._bell.wait()

    async def _watch_while_followed(self) -> None:
        while self._listeners and not self._closed:
            try:
                self._take(await run_in_threadpool(self._scan, self._last))
                await self._check_sessions()
            except UnavailableError as error:
                log.warning("pages are not told of events: %s", error)
            except Exception:  # of one look; the next may do
                log.exception("pages are not told of events")
            await asyncio.sleep(self._look_every_s)

    def _scan(self, after: int) -> Scan:
        with self._services.database.read() as connection:
            last = last_event(connection)
            begins = after < 0
            found = [] if begins else happened(connection, after, last, KEPT + 1)
            newest = None if begins or last == after else newest_readings(connection, after, last)
            changed = begins or bool(found)
            return Scan(
                last,
                found[-KEPT:],
                newest,
                len(found) > KEPT,
                count_problems(connection) if changed else self._problems,
                batches_about(connection, found),
                self._services.snapshots.get(connection),
            )

    def _take(self, scan: Scan) -> None:
        begins = self._last < 0
        self._snapshot, self._last = scan.snapshot, scan.last
        changed = begins or bool(scan.events) or self._problems != scan.problems
        self._problems = scan.problems
        if begins or scan.missed:
            self._events.clear()
            self._from = scan.last if begins else scan.events[0].number - 1
        self._events.extend(scan.events)
        self._batches.update(scan.batches)
        self._readings = scan.readings or self._readings
        if changed | self._send_readings():
            self._forget()
            self._ring()

    def _send_readings(self) -> bool:
        """Let the newest readings be told if it is time; what was told after them has shown them already."""
        now, newest = self._services.options.now(), self._readings
        if newest is None or now - self._readings_sent_at < TICK:
            return False
        self._readings = None
        if self._events and self._events[-1].number > newest.number:
            return False
        self._readings_sent_at = now
        self._events.append(newest)
        return True

    def _forget(self) -> None:
        while len(self._events) > KEPT:
            self._from = self._events.popleft().number
            self._batches.pop(self._from, None)

    def _ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    async def _check_sessions(self) -> None:
        now = self._services.options.now()
        if now - self._sessions_seen_at < SESSIONS_EVERY:
            return
        self._sessions_seen_at = now
        sessions = {listener.session for listener in self._listeners.values()}
        ended = await run_in_threadpool(self._ended_of, sessions, now)
        self._ended = ended
        if ended:
            self._ring()

    def _ended_of(self, sessions: Iterable[str], now: int) -> set[str]:
        with self._services.database.read() as connection:
            return {session for session in sessions if in_force(connection, session, now) is None}
