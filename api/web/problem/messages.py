"""The messages about a problem, and the attempts to deliver them, at the instant that is looked at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select

from api.deps import View
from store.known_at import known_by
from store.tables import delivery_attempts, outbox

Fields = Mapping[str, Any]
Key = TypeVar("Key")

_AT_ONCE = 500  # keys a statement


def read_messages(view: View, alert: int) -> list[Fields]:
    """Return the messages about an alert, in order; one that was delivered or given up later was waiting."""
    known = known_by(outbox.c.created_at, view.known_at)
    query = select(outbox).where(outbox.c.alert == alert, *known).order_by(outbox.c.id)
    return [_as_known(row, view.known_at) for row in rows_of(view.connection, query)]


def _as_known(row: Fields, at: int | None) -> Fields:
    if at is None or row["done_at"] is None or row["done_at"] <= at:
        return row
    return {**row, "state": "waiting", "done_at": None, "last_error": None}


def read_attempts(view: View, messages: Sequence[int]) -> dict[int, list[Fields]]:
    """Return the attempts to deliver messages, by message: those that were over by the instant that is looked at."""
    found: dict[int, list[Fields]] = {}
    over = known_by(delivery_attempts.c.at + delivery_attempts.c.took, view.known_at)
    for some in parts_of(messages):
        query = select(delivery_attempts).where(delivery_attempts.c.outbox.in_(some), *over)
        for row in rows_of(view.connection, query.order_by(delivery_attempts.c.id)):
            found.setdefault(row["outbox"], []).append(row)
    return found


def rows_of(connection: Connection, query: Select[Any]) -> Iterator[Fields]:
    """Yield rows as mappings."""
    for row in connection.execute(query):
        yield dict(row._mapping)


def parts_of(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Yield keys, as many at once as a statement takes."""
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
