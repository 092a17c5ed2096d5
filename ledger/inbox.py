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
# Who asked looks so often whether anything was committed; only then for the answer.
LOOK_EVERY_S = 0.005
# Where that is not known the answer is looked for, in ever longer pauses: a busy engine is not asked for more.
POLL_S, POLL_GROWS, POLL_AT_MOST_S = 0.01, 1.25, 0.1
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
    with database.begin() as connection:
        return state.submit_request(connection, who, written(request), time.time_ns() // 1000)


def _await(database: Database, number: int, wait_s: float) -> Any:
    start = time.monotonic()
    look_at, pause = start + min(PATIENCE_S, wait_s), POLL_S
    commits: int | None = None
    while True:
        before, commits = commits, database.commits()
        if commits is None or commits != before:
            with database.read() as connection:
                found = state.find_request(connection, number)
            if found.state != "waiting":
                return answer_of(found)
        now = time.monotonic()
        if now >= look_at:
            running = is_running(database)
            if (now >= start + wait_s or not running) and _withdraw(database, number):
                raise UnavailableError(_SILENT if running else _NOBODY)
            look_at = min(now + 1.0, start + wait_s) if now < start + wait_s else now + POLL_S
        if commits is not None:
            time.sleep(LOOK_EVERY_S)
            continue
        time.sleep(pause)
        pause = min(pause * POLL_GROWS, POLL_AT_MOST_S)


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
