"""Answers that were given to requests with a key: the same key has the same answer."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from domain.times import DAY
from store.stock.tables import idempotency_keys

KEEP = 7 * DAY


class Answered(NamedTuple):
    """What was asked, as its SHA-256, and what the answer was."""

    asked: str
    answer: Any
    is_error: bool


_TABLE = idempotency_keys.c
_FIND = select(_TABLE.asked, _TABLE.answer, _TABLE.is_error).where(
    _TABLE.who == bindparam("by"), _TABLE.key == bindparam("of")
)
_KEEP = insert(idempotency_keys)


def find(connection: Connection, who: str, key: str) -> Answered | None:
    """Return what was answered to somebody's request with a key."""
    row = connection.execute(_FIND, {"by": who, "of": key}).first()
    return None if row is None else Answered(*row)


def keep(connection: Connection, who: str, key: str, answered: Answered, now: int) -> None:
    """Keep an answer."""
    connection.execute(_KEEP, {"who": who, "key": key, "at": now, **answered._asdict()})


def forget(connection: Connection, now: int) -> None:
    """Forget answers that are a week old."""
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < now - KEEP))
