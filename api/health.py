"""Whether this process can do its work, and whether the engine behind it does."""

from sqlalchemy import func, select

from api.options import Options
from domain.errors import ColdchainError
from ledger.inbox import is_running
from store.database import Database
from store.schema import is_current
from store.tables import inbox


def troubles(database: Database, options: Options) -> dict[str, str]:
    """Return what is wrong, by part; empty: ready.

    The engine is alive if it holds its lock and no request has waited for it too long.
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
    except ColdchainError:
        found["database"] = "does not answer"
    return found
