"""The one writer of the truth: a step is one transaction of messages and requests, what they mean, who must know."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection

from domain.errors import ColdchainError, UnavailableError
from domain.readings import AHEAD_AT_MOST, NOT_JUDGED
from domain.times import DAY, HOUR, SECOND
from ledger import clock_steps
from ledger.actions import Actions
from ledger.answering import Outcome, answer_of, asked_of, first_alike, is_large
from ledger.counts import taking as counting
from ledger.engine_state import EngineState, rebuild, start
from ledger.event_log import EventLog
from ledger.inbox import Doorbell, refusal
from ledger.inputs import Arrived, Batch, Decode
from ledger.orders import taking as ordering
from ledger.orders.stopping import stop_picks
from ledger.readings import importing, placing_again
from ledger.readings.intake import NOTHING_NEW, Counts
from ledger.requests import Counting, Import, Ordering, PlaceAgain, Rebuild, Record, read
from ledger.step import AT_ONCE, HOLD_OFF, SHELVE_AT_MOST, Step
from ledger.stock import movements
from ledger.verdicts.differences import recorded
from store import journal, state, statistics
from store.database import Database
from store.series import SeriesIds
from store.stock import answered

log = logging.getLogger(__name__)


KEEP_ANSWERS = DAY  # in the inbox; the audit and the journal have what was done
FORGET_EVERY = HOUR
_BEGINS_WITHIN = SECOND


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
    answering_s: float = inf  # after so many seconds a step takes no more requests: they are answered in the next one
    four_eyes: bool = True  # a version of a profile that reaches holds on record is signed by two people


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
        doorbell: Doorbell | None = None,
    ) -> None:
        self._database = database
        self._doorbell = doorbell  # None: the inbox is looked into at each step
        self._leadership = leadership
        self._decode = decode
        self._options = options or Options()
        self._ids = SeriesIds(database)
        self._state: EngineState | None = None
        self._taken: Sequence[state.Request] = ()
        self.differed: list[str] = []  # what was stored otherwise than the histories say, at the last start
        self._forgot_at = 0  # when old answers were last forgotten
        self._is_asked = True  # something may wait in the inbox
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
        if batch.clock_set or self._is_set_back(now):
            return True
        due = None if batch.catching_up else self.due_at
        return (due is not None and due <= now) or self._is_waited_for()

    def _is_set_back(self, now: int) -> bool:
        return self._state is not None and clock_steps.is_set_back(self._state.judged_at, now)

    def _is_waited_for(self) -> bool:
        if not self._may_be_waited_for():
            return False
        with self._database.read_once() as connection:
            self._is_asked = state.is_any_waiting(connection)
        return self._is_asked

    def _may_be_waited_for(self) -> bool:
        """Tell so without asking the database; once it may be, until a look into the inbox says otherwise."""
        self._is_asked = self._is_asked or self._doorbell is None or self._doorbell.rang()
        return self._is_asked

    def _run(self, batch: Batch, now: int, requests: int) -> Done:
        back = self._state.judged_at - now if self._state is not None and self._is_set_back(now) else 0
        engine_state, self._state, self._taken = None if back else self._state, None, ()
        try:
            with self._database.begin() as connection:
                if self._leadership is not None:
                    self._leadership.confirm(connection)
                if back or batch.clock_set:
                    event_log = EventLog(now)
                    clock_steps.take_anew(connection, event_log, batch.clock_set or -back, is_back=bool(back))
                    event_log.write(connection)
                if engine_state is None:
                    statistics.gather(connection)
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
        engine_state.connect(connection)
        step = Step(
            connection,
            engine_state.histories,
            EventLog(now),
            _present(engine_state, batch, now),
            self._options.hold_off,
            self._options.shelve_at_most,
            self._options.at_once,
            self._options.four_eyes,
        )
        sources = _how_messages_are_read(step)
        engine_state = self._answer(step, engine_state, requests)
        sources_changed = _how_messages_are_read(step) != sources
        engine_state.correct(step)
        number, counts, letters = _take(step, engine_state, batch)
        engine_state.settle(step)
        stop_picks(step, ordering.stock_now(step, engine_state), engine_state.alerting)
        event = step.event_log.write(connection)
        return engine_state, Done(number, event, counts, letters, len(self._taken), sources_changed)

    # --- requests ---

    def _answer(self, step: Step, engine_state: EngineState, limit: int) -> EngineState:
        """Do what waits in the inbox, in order; return the engine state from then on."""
        if not limit or not self._may_be_waited_for():
            return engine_state
        found = state.take_waiting(step.connection, limit)
        self._is_asked = bool(found)
        self._taken = waiting = _up_to_now(step, found)
        if self._taken:
            self._forget_old(step)
        done, until = 0, time.monotonic() + self._options.answering_s
        while waiting[done:] and (not done or time.monotonic() < until):
            some = first_alike(waiting[done:])
            engine_state, outcomes = self._outcomes(step, engine_state, some)
            answers = [(each.id, *answer_of(outcome)) for each, outcome in zip(some, outcomes, strict=True)]
            state.answer_requests(step.connection, answers, step.now)
            done += len(some)
            if is_large(some):
                statistics.gather(step.connection)
            if some[0].request.get("do") == "import":
                # A part of a file fills a step, and its numbers are in the journal now.
                state.forget_request(step.connection, some[0].id, {"do": "import"})
                break
        self._taken = waiting[:done]
        return engine_state

    def _outcomes(
        self, step: Step, engine_state: EngineState, some: Sequence[state.Request]
    ) -> tuple[EngineState, Sequence[Outcome]]:
        """Do what is asked; return what each comes to."""
        if len(some) > 1:
            return engine_state, movements.take_all(step, [asked_of(each) for each in some], engine_state)
        try:
            engine_state, answer = self._do(step, engine_state, some[0])
        except UnavailableError:
            raise
        except ColdchainError as error:
            return engine_state, [error]
        return engine_state, [answer]

    def _forget_old(self, step: Step) -> None:
        """Forget old answers, and look how large tables are, now and then."""
        if 0 <= step.now - self._forgot_at < FORGET_EVERY:
            return
        state.forget_answers(step.connection, step.now - KEEP_ANSWERS)
        answered.forget(step.connection, step.now)
        statistics.gather(step.connection)
        self._forgot_at = step.now

    def _do(self, step: Step, engine_state: EngineState, waiting: state.Request) -> tuple[EngineState, Any]:
        request = read(waiting.request)
        if isinstance(request, Rebuild):
            engine_state, differed = rebuild(engine_state, step, self._ids, self._options.ahead_at_most)
            step.event_log.action(waiting.who, "rebuilt", "verdicts", "", {}, after=recorded(differed))
            return engine_state, {"differed": differed}
        if isinstance(request, Import):
            answer = importing.take(step, waiting.who, request, engine_state.intake, engine_state.engine)
            engine_state.imported(step, waiting.who, more=request.more)
            return engine_state, {**answer, "waiting": engine_state.engine.deferred_count}
        if isinstance(request, PlaceAgain):
            if self._decode is None:
                return engine_state, {"placed": 0}  # where messages are heard it is asked for again
            return engine_state, placing_again.take(step, waiting.who, request, engine_state.intake, self._decode)
        if isinstance(request, Record):
            return engine_state, movements.take(step, waiting.who, request, engine_state)
        if isinstance(request, Ordering):
            return engine_state, ordering.take(step, waiting.who, request, engine_state)
        if isinstance(request, Counting):
            return engine_state, counting.take(step, waiting.who, request, engine_state)
        acted_on = engine_state.holding, engine_state.alerting, engine_state.out_of_reach, engine_state.intake
        judging = engine_state.engine, engine_state.verdicts, engine_state.bring_up_to_date
        actions = Actions(*acted_on, self._decode, *judging)
        return engine_state, actions.do(step, waiting.who, request)

    def _take_one_by_one(self, nothing: Batch, now: int) -> None:
        """Find the request that no step can be done with, and refuse it, so that it stops nobody else."""
        while self._is_waited_for():
            try:
                self._run(nothing, now, 1)
                if not self._taken:
                    break  # what waits was asked after now
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


def _how_messages_are_read(step: Step) -> tuple[Any, Any]:
    """Return the sources, and the site with its time zone."""
    return step.histories.docs("source"), step.histories.docs("site")


def _present(engine_state: EngineState, batch: Batch, now: int) -> int:
    """Return how far time has gone on for the rules; it goes back only where the clock is set (`clock_steps`)."""
    if batch.catching_up:
        said = (
            reading.measured_at
            for message in batch.messages
            for reading in message.readings
            if not reading.flags or not reading.flags & NOT_JUDGED
        )
        now = max((at for at in said if at is not None and at <= now), default=0)
    return max(now, engine_state.judged_at)


def _up_to_now(step: Step, waiting: Sequence[state.Request]) -> Sequence[state.Request]:
    """Leave to the next step what was asked while this one waited to begin: what it tells of may be later than now.

    What is asked by a clock that is far ahead is not waited for.
    """
    return list(takewhile(lambda each: not step.now < each.submitted_at <= step.now + _BEGINS_WITHIN, waiting))


def _take(step: Step, engine_state: EngineState, batch: Batch) -> tuple[int | None, Counts, int]:
    """Take the messages; return the journal's row, what became of their readings, and how many are dead letters."""
    messages = _without_known_letters(step, batch.messages)
    if not messages:
        return None, NOTHING_NEW, 0
    number = journal.append(step.connection, "messages", step.now, [_record(m) for m in messages])
    counts = engine_state.intake.take(step.connection, messages, number)
    letters = [message for message in messages if message.error is not None]
    for message in letters:
        engine_state.intake.notices.letter(message, number)
    state.add_dead_letters(step.connection, [_letter(message, number) for message in letters])
    state.save_codec_memory(step.connection, batch.memory)
    step.event_log.event("messages", {"journal": number, "count": len(messages), "dead_letters": len(letters)})
    return number, counts, len(letters)


def _without_known_letters(step: Step, messages: Sequence[Arrived]) -> Sequence[Arrived]:
    """Leave out retained copies of dead letters that wait: the broker sends them at each start, and they are kept."""
    letters = [message for message in messages if message.retained and message.error is not None]
    for message in letters:
        message.is_known_letter = state.is_waiting_letter(step.connection, message.topic, message.payload)
    return [message for message in messages if not message.is_known_letter] if letters else messages


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
