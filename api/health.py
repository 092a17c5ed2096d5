"""Whether this process can do its work, and whether the engine behind it does."""

from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from api.options import Options
from domain.errors import ColdchainError
from domain.times import SECOND
from ledger.inbox import is_running
from store.database import Database
from store.schema import is_current
from store.state import move_cursor
from store.tables import inbox

TRIED = "tried to write"
_TRY_AGAIN = 10 * SECOND
_could_write: WeakKeyDictionary[Database, tuple[int, bool]] = WeakKeyDictionary()  # when it was tried last


def troubles(database: Database, options: Options) -> dict[str, str]:
    """Return what is wrong, by part; empty: ready.

    The engine is alive if it holds its lock and no request has waited for it too long. That something can be written
    is tried, every ten seconds at most.
    """
    found: dict[str, str] = {}
    try:
        with database.read() as connection:
            if not is_current(connection):
                return {"database": "its schema is not that of this version"}
            oldest = connection.scalar(select(func.min(inbox.c.submitted_at)).where(inbox.c.state == "waiting"))
        if not is_running(database):
            found["engine"] = "not running"
        elif oldest is not None and oldest < options.now() - options.engine_silent_after:
            found["engine"] = "it does not take requests"
        if not _can_write(database, options.now()):
            found["database"] = "cannot be written"
    except ColdchainError:
        found["database"] = "does not answer"
    return found


def _can_write(database: Database, now: int) -> bool:
    """Tell whether a row can be written: a full disk or a database that is read-only lets everything be read."""
    tried, could = _could_write.get(database, (0, True))
    if 0 <= now - tried < _TRY_AGAIN:
        return could
    try:
        with database.begin() as connection:
            move_cursor(connection, TRIED, now)
        could = True
    except ColdchainError:
        could = False
    _could_write[database] = now, could
    return could
