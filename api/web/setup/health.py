"""How the installation does, as far as the database tells: the engine, what waits, what was refused, what lags."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, select

from api.deps import Services, View
from api.health import troubles
from api.web.frame import formats
from api.web.frame.texts import text
from domain.notices import about
from domain.times import MINUTE
from store.metadata import word
from store.notices import totals
from store.tables import dead_letters, inbox, journal, outbox, parked_points

LATE = 5 * MINUTE  # a message about an alert that waits longer is worth looking after


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state` is ok, note or fail; `at`: an instant whose age says more than words."""

    name: str
    state: str
    words: str
    at: int | None = None
    address: str | None = None  # where more is to be seen


def findings(services: Services, view: View) -> list[Finding]:
    """Return what is found, in the order in which a person would ask."""
    return [_engine(services), *_of_database(view.connection, view.now)]


def _engine(services: Services) -> Finding:
    wrong = troubles(services.database, services.options)
    if not wrong:
        return Finding(text("health.engine"), "ok", text("health.runs"))
    return Finding(text("health.engine"), "fail", "; ".join(wrong.values()))


def _of_database(connection: Connection, now: int) -> Iterator[Finding]:
    heard = _newest(connection, journal.c.kind.in_(("messages", "readings")))
    yield Finding(text("health.messages"), "note" if heard is None else "ok", text("health.messages_words"), heard)
    waiting = _count(connection, inbox, inbox.c.state == "waiting")
    yield Finding(text("health.inbox"), "ok", text("health.waiting", count=waiting))
    letters = _count(connection, dead_letters, dead_letters.c.state == "waiting")
    name, words = text("health.dead_letters"), text("health.waiting", count=letters)
    yield Finding(name, "note" if letters else "ok", words, address="/setup/dead-letters")
    kinds = sum(1 for kind, (_, fresh, _) in totals(connection).items() if fresh and about(kind).calls)
    words = text("notices.unreviewed", count=kinds) if kinds else text("health.all_reviewed")
    yield Finding(text("notices.title"), "note" if kinds else "ok", words, address="/setup/notices")
    yield _deliveries(connection, now)
    parked = _count(connection, parked_points)
    yield Finding(text("health.parked"), "note" if parked else "ok", text("health.refused", count=parked))


def _deliveries(connection: Connection, now: int) -> Finding:
    waiting = _count(connection, outbox, outbox.c.state == word("waiting"))
    failed = _count(connection, outbox, outbox.c.state == "failed")
    oldest = connection.scalar(select(func.min(outbox.c.created_at)).where(outbox.c.state == word("waiting")))
    late = oldest is not None and now - oldest > LATE
    words = text("health.deliveries_words", waiting=waiting, failed=failed)
    if late and oldest is not None:
        words = text("health.oldest", words=words, age=formats.duration(now - oldest))
    state = "fail" if late else "note" if failed else "ok"
    return Finding(text("health.deliveries"), state, words, address="/setup")


def _newest(connection: Connection, condition: Any) -> int | None:
    query = select(journal.c.at).where(condition).order_by(journal.c.id.desc()).limit(1)
    found: int | None = connection.scalar(query)
    return found


def _count(connection: Connection, table: Table, *conditions: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
