"""How everybody else asks the one writer for something, and waits for its answer."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import delete

from domain.errors import (
    ColdchainError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Refused,
    UnavailableError,
)
from ledger.requests import Request, written
from store import state
from store.database import Database
from store.lock import Lock
from store.tables import inbox

LOCK = "engine"  # whoever holds it is the one writer
# Who asked looks for the answer when something was committed. Where that is not known he looks for it in ever longer
# pauses: a busy engine is not asked for more.
POLL_S, POLL_GROWS, POLL_AT_MOST_S = 0.01, 1.25, 0.1
# The writer looks so often although nobody said that he asked.
LOOK_AT_LEAST_EVERY_S = 1.0
# A restarting engine is missing for a moment; longer than this, waiting on makes no sense.
PATIENCE_S = 3.0

_SILENT = "the engine did not answer in time; nothing was done"
_NOBODY = "no engine runs (coldchain run, or coldchain ingest); nothing was done"

_ERRORS: dict[str, type[ColdchainError]] = {
    error.code: error for error in (InvalidError, ConflictError, NotFoundError, ForbiddenError, UnavailableError)
}


def submit(database: Database, who: str, request: Request, wait_s: float = 30.0) -> Any:
    """Ask for something and return the answer.

    Raises what the writer refused it with (InvalidError, Refused with every problem, ConflictError, NotFoundError), or
    UnavailableError if no engine runs or none answers in time: then nothing was done, and nothing will be.
    """
    number = _put(database, who, request)
    return _await(database, number, wait_s)


def submit_all(
    database: Database, who: str, requests: Iterable[Request], wait_s: float = 30.0, ahead: int = 4
) -> Iterator[Any]:
    """Ask for one thing after the other and yield the answers, in order; some are put in ahead of the answers.

    Raises as `submit`; what was not begun by then, or when the caller stops asking, is taken back.
    """
    waiting: deque[int] = deque()
    following = iter(requests)
    try:
        while True:
            waiting.extend(_put(database, who, request) for request in islice(following, ahead - len(waiting)))
            if not waiting:
                return
            yield _await(database, waiting[0], wait_s)
            waiting.popleft()
    finally:
        for number in waiting:
            _withdraw(database, number)


def _put(database: Database, who: str, request: Request) -> int:
    with database.write_once() as connection:
        return state.submit_alone(connection, who, written(request), time.time_ns() // 1000)


def _await(database: Database, number: int, wait_s: float) -> Any:
    start = time.monotonic()
    look_at, pause = start + min(PATIENCE_S, wait_s), POLL_S
    commits, seen = database.commits(state.ANSWERS), None
    while True:
        before, seen = seen, commits.count()
        if seen is None or seen != before:
            with database.read_once() as connection:
                found = state.find_request(connection, number)
            if found.state != "waiting":
                return answer_of(found)
        now = time.monotonic()
        if now >= look_at:
            running = is_running(database)
            if (now >= start + wait_s or not running) and _withdraw(database, number):
                raise UnavailableError(_SILENT if running else _NOBODY)
            look_at = min(now + 1.0, start + wait_s) if now < start + wait_s else now + POLL_S
            seen = None  # in case it was answered and nobody said so
            continue
        if seen is not None:
            commits.wait(seen, look_at - now)
            continue
        time.sleep(pause)
        pause = min(pause * POLL_GROWS, POLL_AT_MOST_S)


class Doorbell:
    """Tells the one writer whether anybody may have asked for something, without a look into the inbox each time."""

    def __init__(self, database: Database) -> None:
        self._commits = database.commits(state.INBOX)
        self._seen: int | None = None
        self._look_at = 0.0

    def rang(self) -> bool:
        """Tell whether somebody may have asked since the last question."""
        before, self._seen = self._seen, self._commits.count()
        now = time.monotonic()
        if self._seen is not None and self._seen == before and now < self._look_at:
            return False
        self._look_at = now + LOOK_AT_LEAST_EVERY_S
        return True


def is_running(database: Database) -> bool:
    """Tell whether there is an engine."""
    lock = Lock(database, LOCK)
    if not lock.try_acquire():
        return True
    lock.release()
    return False


def refusal(error: ColdchainError) -> dict[str, Any]:
    """Return the answer that makes `submit` raise the error."""
    problems = list(error.problems) if isinstance(error, Refused) else None
    return {"code": error.code, "message": str(error), "problems": problems}


def answer_of(request: state.Request) -> Any:
    """Return the answer to a request that was done. Raises what it was refused with."""
    answer = request.answer
    if request.state == "done":
        return answer
    if answer["problems"] is not None:
        raise Refused(answer["problems"])
    raise _ERRORS.get(answer["code"], ColdchainError)(answer["message"])


def _withdraw(database: Database, number: int) -> bool:
    """Take back a request unless it has been answered meanwhile."""
    with database.begin() as connection:
        waiting = (inbox.c.id == number) & (inbox.c.state == "waiting")
        return connection.execute(delete(inbox).where(waiting)).rowcount > 0
