"""The one writer of the truth: a step is one transaction of messages and requests, what they mean, who must know."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, delete, exists, select

from domain.errors import ColdchainError, UnavailableError
from domain.readings import AHEAD_AT_MOST
from domain.times import DAY
from ledger.actions import Actions
from ledger.engine_state import EngineState, rebuild, start
from ledger.event_log import EventLog
from ledger.inbox import refusal
from ledger.inputs import Arrived, Batch, Decode
from ledger.readings import importing
from ledger.readings.intake import NOTHING_NEW, Counts
from ledger.requests import Import, Rebuild, read
from ledger.step import AT_ONCE, HOLD_OFF, SHELVE_AT_MOST, Step
from store import journal, state
from store.database import Database
from store.series import SeriesIds
from store.tables import inbox

log = logging.getLogger(__name__)


KEEP_ANSWERS = DAY  # in the inbox; the audit and the journal have what was done


class Leadership(Protocol):
    """That this process is the one writer."""

    def confirm(self, connection: Connection) -> None:
        """Raise UnavailableError if another leads by now."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the writer is set."""

    ahead_at_most: int = AHEAD_AT_MOST  # how far ahead of its arrival a reading may be stamped
    requests_at_most: int = 100  # in one step
    hold_off: int = HOLD_OFF  # how long a message about something late waits for more
    shelve_at_most: int = SHELVE_AT_MOST  # for how long a person may shelve a problem
    at_once: int = AT_ONCE  # units and locations that a correction reaches and that are judged in its own step


class Done(NamedTuple):
    """What a step has committed."""

    journal: int | None = None  # the row of its messages
    event: int = 0  # the last one, 0 if nothing happened
    counts: Counts = NOTHING_NEW
    dead_letters: int = 0
    requests: int = 0
    sources_changed: bool = False


NOTHING_DONE = Done()


class Writer:
    """Takes batches and requests; to be used by one thread of the process that leads."""

    def __init__(
        self,
        database: Database,
        leadership: Leadership | None = None,
        decode: Decode | None = None,
        options: Options | None = None,
    ) -> None:
        self._database = database
        self._leadership = leadership
        self._decode = decode
        self._options = options or Options()
        self._ids = SeriesIds(database)
        self._state: EngineState | None = None
        self._taken: Sequence[state.Request] = ()
        self.differed: list[str] = []  # what was stored otherwise than the histories say, at the last start
        self._careful = False  # the last step failed with requests in it: take them one by one

    @property
    def due_at(self) -> int | None:
        """The next instant at which a step is due although nothing is heard; None if there is none."""
        return self._state.due_at if self._state else None

    def start(self, now: int) -> None:
        """Build the engine from what is stored, as of the last step: time goes on with the next one."""
        self._run(Batch(catching_up=True), now, 0)

    def step(self, batch: Batch, now: int) -> Done:
        """Commit a batch, the requests that wait, and everything that follows from them, in one transaction.

        On any exception nothing has happened, and the engine state is built anew from what is stored in the next
        step. Raises UnavailableError if the database does not answer or another process leads.
        """
        if self._careful:
            self._take_one_by_one(Batch(catching_up=batch.catching_up), now)
        if self._state is not None and not batch.messages and not self._has_work(batch, now):
            return NOTHING_DONE
        return self._run(batch, now, self._options.requests_at_most)

    def _has_work(self, batch: Batch, now: int) -> bool:
        due = None if batch.catching_up else self.due_at
        return (due is not None and due <= now) or self._is_waited_for()

    def _is_waited_for(self) -> bool:
        with self._database.read() as connection:
            return bool(connection.scalar(select(exists().where(inbox.c.state == "waiting"))))

    def _run(self, batch: Batch, now: int, requests: int) -> Done:
        engine_state, self._state, self._taken = self._state, None, ()
        try:
            with self._database.begin() as connection:
                if self._leadership is not None:
                    self._leadership.confirm(connection)
                if engine_state is None:
                    engine_state, self.differed = start(connection, self._ids, now, self._options.ahead_at_most)
                engine_state, done = self._commit(connection, engine_state, batch, now, requests)
        except UnavailableError:
            raise
        except Exception:
            self._careful = bool(self._taken)
            raise
        self._state = engine_state
        return done

    def _commit(
        self, connection: Connection, engine_state: EngineState, batch: Batch, now: int, requests: int
    ) -> tuple[EngineState, Done]:
        engine_state.loader.connection = connection
        step = Step(
            connection,
            engine_state.histories,
            EventLog(now),
            _present(engine_state, batch, now),
            self._options.hold_off,
            self._options.shelve_at_most,
            self._options.at_once,
        )
        sources = step.histories.docs("source")
        engine_state = self._answer(step, engine_state, requests)
        sources_changed = step.histories.docs("source") != sources
        engine_state.correct(step)
        number, counts, letters = _take(step, engine_state, batch)
        engine_state.settle(step)
        event = step.event_log.write(connection)
        return engine_state, Done(number, event, counts, letters, len(self._taken), sources_changed)

    # --- requests ---

    def _answer(self, step: Step, engine_state: EngineState, limit: int) -> EngineState:
        """Do what waits in the inbox, in order; return the engine state from then on."""
        if not limit:
            return engine_state
        self._taken = state.waiting_requests(step.connection, limit)
        if self._taken:
            step.connection.execute(delete(inbox).where(inbox.c.done_at < step.now - KEEP_ANSWERS))
        for waiting in self._taken:
            if not _still_waits(step.connection, waiting.id):
                continue
            try:
                engine_state, answer = self._do(step, engine_state, waiting)
                state.answer_request(step.connection, waiting.id, "done", answer, step.now)
            except UnavailableError:
                raise
            except ColdchainError as error:
                state.answer_request(step.connection, waiting.id, "refused", refusal(error), step.now)
            if waiting.request.get("do") == "import":
                # A part of a file fills a step, and its numbers are in the journal now.
                state.forget_request(step.connection, waiting.id, {"do": "import"})
                break
        return engine_state

    def _do(self, step: Step, engine_state: EngineState, waiting: state.Request) -> tuple[EngineState, Any]:
        request = read(waiting.request)
        if isinstance(request, Rebuild):
            engine_state, differed = rebuild(engine_state, step, self._ids, self._options.ahead_at_most)
            step.event_log.action(waiting.who, "rebuilt", "verdicts", "", {}, after={"differed": len(differed)})
            return engine_state, {"differed": differed}
        if isinstance(request, Import):
            answer = importing.take(step, waiting.who, request, engine_state.intake, engine_state.engine)
            engine_state.imported(step, waiting.who, more=request.more)
            return engine_state, {**answer, "waiting": engine_state.engine.deferred_count}
        acted_on = engine_state.holding, engine_state.alerting, engine_state.out_of_reach, engine_state.intake
        actions = Actions(*acted_on, self._decode)
        return engine_state, actions.do(step, waiting.who, request)

    def _take_one_by_one(self, nothing: Batch, now: int) -> None:
        """Find the request that no step can be done with, and refuse it, so that it stops nobody else."""
        while self._is_waited_for():
            try:
                self._run(nothing, now, 1)
            except UnavailableError:
                raise
            except Exception:
                if not self._taken:
                    raise
                log.exception("request %d of %s cannot be done", self._taken[0].id, self._taken[0].who)
                self._refuse(self._taken[0], now)
        self._careful = False

    def _refuse(self, request: state.Request, now: int) -> None:
        answer = refusal(ColdchainError("internal error; the log has more"))
        with self._database.begin() as connection:
            state.answer_request(connection, request.id, "refused", answer, now)


def _present(engine_state: EngineState, batch: Batch, now: int) -> int:
    """Return how far time has gone on for the rules; it never goes back."""
    if batch.catching_up:
        said = (reading.measured_at for message in batch.messages for reading in message.readings)
        now = max((at for at in said if at is not None and at <= now), default=0)
    return max(now, engine_state.judged_at)


def _still_waits(connection: Connection, request: int) -> bool:
    """Keep a request from being withdrawn until the transaction ends; tell whether it was before."""
    query = select(inbox.c.id).where(inbox.c.id == request, inbox.c.state == "waiting").with_for_update()
    return connection.scalar(query) is not None


def _take(step: Step, engine_state: EngineState, batch: Batch) -> tuple[int | None, Counts, int]:
    """Take the messages; return the journal's row, what became of their readings, and how many are dead letters."""
    if not batch.messages:
        return None, NOTHING_NEW, 0
    number = journal.append(step.connection, "messages", step.now, [_record(m) for m in batch.messages])
    counts = engine_state.intake.take(step.connection, batch.messages, number)
    letters = [message for message in batch.messages if message.error is not None]
    state.add_dead_letters(step.connection, [_letter(message, number) for message in letters])
    state.save_codec_memory(step.connection, batch.memory)
    step.event_log.event("messages", {"journal": number, "count": len(batch.messages), "dead_letters": len(letters)})
    return number, counts, len(letters)


def _record(m: Arrived) -> tuple[object, ...]:
    """Return the fields of a journal.Record: as a tuple it is packed alike, and made faster."""
    fields = (m.topic, m.payload, m.retained, m.received_at, m.source, m.backlog)
    return (*fields, m.user_properties) if m.user_properties else fields


def _letter(message: Arrived, number: int) -> dict[str, Any]:
    reason = (message.error or "").replace("\0", "\\0").encode(errors="backslashreplace").decode()
    return {
        "topic": message.topic,
        "payload": message.payload,
        "retained": message.retained,
        "reason": reason,
        "received_at": message.received_at,
        "journal": number,
    }
