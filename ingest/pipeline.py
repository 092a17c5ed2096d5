"""The loop from what has arrived to the commit: take, decode, step, and only then acknowledge."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from domain.errors import UnavailableError
from domain.readings import Reading
from domain.times import SECOND
from ingest.backlog import Repeats, settled
from ingest.buffer import Buffer, Chunk
from ingest.clock_steps import ClockSteps
from ingest.decoding import NO_SOURCE, Decoder, Decoding
from ingest.metrics import Metrics
from ingest.pace import Pace
from ingest.sources import Sources
from ledger.inputs import Arrived, Batch

log = logging.getLogger(__name__)

# A step should take so long: with SQLite others that write wait for it.
STEP_S = 0.05
POLL_S = 0.02
# A few messages wait so long for more: a step costs the same for one as for many, and an alarm may take 0.2 s.
LINGER_S = 0.02
# After a start the broker is waited for so long before nothing heard means that there was nothing.
FIRST_CONNECTION_S = 30.0
# So often a batch is tried again whole before it is taken apart.
TRIES = 3
_NOT_COMMITTED = "could not be committed"
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


class Link(Protocol):
    """The connection to the broker, as the pipeline uses it (ingest.subscriber.Subscriber)."""

    buffer: Buffer
    connected: bool

    def acknowledge(self, chunks: Iterable[Chunk]) -> None:
        """Tell the broker that they are committed."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish what a codec wants published."""

    def listen_to(self, topics: Iterable[str]) -> None:
        """Subscribe to these instead."""


class Done(Protocol):
    """What the writer says of a step."""

    @property
    def sources_changed(self) -> bool:
        """Tell whether messages are to be read differently from now on."""


class Writer(Protocol):
    """The one writer (ledger.writer.Writer)."""

    def step(self, batch: Batch, now: int) -> Done:
        """Commit the batch and whatever else is due, or raise, and nothing has happened."""


@dataclass(slots=True)
class _Work:
    """Chunks that are taken and not acknowledged yet, and what of them is still to be committed."""

    chunks: Sequence[Chunk]
    decoding: Decoding
    parts: deque[Batch]
    repeats: int
    blamed: Sequence[Reading] = ()  # what the message said that is taken for the cause of the failure
    failures: int = 0
    pause_s: float = _SHORTEST_PAUSE_S
    is_late: bool = False  # some of it may have waited at the broker
    taken_at: float = field(default_factory=time.monotonic)


class Pipeline:
    """Feeds the one writer. `recent` are topics and payloads of the last committed messages, for the time before."""

    def __init__(
        self,
        link: Link,
        writer: Writer,
        decoder: Decoder,
        clock: Callable[[], int],
        *,
        reload: Callable[[], Sources] | None = None,
        recent: Iterable[tuple[str, bytes]] = (),
        broker_marks_repeats: bool = True,
        step_s: float = STEP_S,
        metrics: Metrics | None = None,
    ) -> None:
        self._link = link
        self._writer = writer
        self._decoder = decoder
        self._clock = clock
        self._steps = ClockSteps()
        self._reload = reload
        self._repeats = Repeats(recent, broker_marks=broker_marks_repeats)
        self._pace = Pace(step_s)
        self._metrics = metrics or Metrics()
        self._sources_changed = False
        self._connection = 0
        self._work: _Work | None = None
        self._waits_until: float | None = time.monotonic() + FIRST_CONNECTION_S

    def run(self, stopping: threading.Event) -> None:
        """Go on until told to stop. What is taken and cannot be committed is kept and tried again."""
        while not stopping.is_set():
            pause_s = self.turn()
            if pause_s:
                stopping.wait(pause_s)

    def turn(self) -> float:
        """Do what there is to do; return for how many seconds to rest."""
        if self._sources_changed and (pause_s := self._load_sources()):
            return pause_s
        if self._work is None:
            self._work = self._take()
        if self._work is None:
            return self._tick()
        try:
            self._commit(self._work)
        except Exception as error:
            return self._failed(self._work, error)
        self._finish(self._work)
        self._work = None
        return 0.0

    def _take(self) -> _Work | None:
        """Take whatever has arrived."""
        buffer = self._link.buffer
        chunks = buffer.take(self._pace.messages, POLL_S, LINGER_S)
        self._metrics.waiting.set(len(buffer))
        if not chunks:
            return None
        decoding = self._decoder.decode(message for chunk in chunks for message in chunk.messages)
        heard = len(decoding.arrived)
        self._settle(chunks, decoding)
        self._decoder.place(decoding)
        repeats = heard - len(decoding.arrived)
        parts = deque(self._pace.parts(decoding.batch()))
        return _Work(chunks, decoding, parts, repeats, is_late=any(chunk.catching_up for chunk in chunks))

    def _settle(self, chunks: Sequence[Chunk], decoding: Decoding) -> None:
        """Drop repeats and mark the backlog."""
        arrived, late = iter(decoding.arrived), []
        decoding.arrived = []
        for chunk in chunks:
            if chunk.connection != self._connection:
                self._connection = chunk.connection
                self._repeats.reconnected()
            messages = list(islice(arrived, len(chunk.messages)))
            if not chunk.catching_up:
                self._repeats.caught_up()
            kept = self._repeats.take(messages, frozenset(chunk.repeats))
            decoding.arrived += kept
            late += [chunk.catching_up] * len(kept)
        if any(chunk.catching_up for chunk in chunks):
            ended = not chunks[-1].catching_up or not self._link.buffer.late_to_come
            settled(decoding.arrived, late, ended=ended)

    # --- commit ---

    def _commit(self, work: _Work) -> None:
        while work.parts:
            part = work.parts[0]
            part.catching_up = self._catching_up() or (len(work.parts) > 1 and work.is_late)
            began = time.monotonic()
            now = self._clock()
            part.clock_set = self._steps.seen(now, time.monotonic())
            done = self._writer.step(part, now)
            self._pace.took(part.messages, time.monotonic() - began)
            work.parts.popleft()
            self._sources_changed |= done.sources_changed

    def _finish(self, work: _Work) -> None:
        self._link.acknowledge(work.chunks)
        self._decoder.adopt(work.decoding)
        for action in work.decoding.actions:
            self._link.publish(action.topic, action.payload)
        self._count(work)

    def _tick(self) -> float:
        """Let the writer do what time and requests ask for; return for how many seconds to rest."""
        try:
            now = self._clock()
            batch = Batch(catching_up=self._catching_up(), clock_set=self._steps.seen(now, time.monotonic()))
            self._sources_changed |= self._writer.step(batch, now).sources_changed
            return 0.0
        except Exception as error:
            self._log(error)
            return _LONGEST_PAUSE_S / 5

    def _catching_up(self) -> bool:
        """Tell whether more may come that waited at the broker: until then silence says nothing."""
        if self._waits_until is not None and (self._link.connected or time.monotonic() > self._waits_until):
            self._waits_until = None
        return self._waits_until is not None or self._link.buffer.late_to_come

    def _load_sources(self) -> float:
        """Read nothing more before the sources are those that are committed; return for how many seconds to rest."""
        try:
            if self._reload is not None:
                self._decoder.sources = sources = self._reload()
                self._link.listen_to(sources.topics)
        except Exception as error:
            self._log(error)
            return _LONGEST_PAUSE_S / 5
        self._sources_changed = False
        return 0.0

    # --- failure ---

    def _failed(self, work: _Work, error: Exception) -> float:
        """Return how long to wait before the same messages are tried again; nothing is acknowledged."""
        self._log(error)
        work.pause_s = min(2 * work.pause_s, _LONGEST_PAUSE_S)
        if isinstance(error, UnavailableError):
            return work.pause_s  # no message's fault
        work.failures += 1
        if work.failures < TRIES:
            return work.pause_s
        part = work.parts.popleft()
        if len(part.messages) > 1:
            work.parts.extendleft(reversed(_halves(part)))
            return 0.0
        work.parts.appendleft(part)
        [message] = part.messages
        if message.error is None:
            work.blamed = message.readings
            message.error, message.readings = f"{_NOT_COMMITTED}: {type(error).__name__}: {error}"[:500], ()
            return 0.0
        if message.error.startswith(_NOT_COMMITTED):
            # Not even its bytes can be kept, so it was not to blame.
            message.error, message.readings = None, work.blamed
        return work.pause_s

    def _log(self, error: Exception) -> None:
        self._metrics.failures.inc()
        if isinstance(error, UnavailableError):
            log.warning("nothing committed: %s", error)
        else:
            log.error("a step failed and is rolled back", exc_info=error)

    def _count(self, work: _Work) -> None:
        metrics = self._metrics
        arrived = [message for message in work.decoding.arrived if not message.is_known_letter]
        metrics.messages.inc(len(arrived))
        metrics.repeats.inc(work.repeats + len(work.decoding.arrived) - len(arrived))
        metrics.faults.inc(sum(status.fault is not None for status in work.decoding.status))
        metrics.silent.inc(sum(not message.readings and message.error is None for message in arrived))
        metrics.readings.inc(sum(len(message.readings) for message in arrived))
        metrics.step.observe(time.monotonic() - work.taken_at)
        if arrived:
            metrics.lag.set((self._clock() - arrived[0].received_at) / SECOND)
        if letters := [message for message in arrived if message.error is not None]:
            for message in letters:
                metrics.dead_letters.labels(_reason(message)).inc()
            first = letters[0]
            log.warning("%d dead letters; the first on %s: %s", len(letters), first.topic, first.error)


def _halves(batch: Batch) -> list[Batch]:
    """Return two batches; what the codecs remember is committed with the second."""
    middle = len(batch.messages) // 2
    return [Batch(batch.messages[:middle]), Batch(batch.messages[middle:], batch.memory)]


def _reason(message: Arrived) -> str:
    """Return the kind of a dead letter: few words, for a counter."""
    assert message.error is not None
    for start, kind in (("larger", "too large"), (_NOT_COMMITTED, "not committed"), (NO_SOURCE, "no source")):
        if message.error.startswith(start):
            return kind
    return "not decoded"
