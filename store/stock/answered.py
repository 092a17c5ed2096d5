"""Answers that were given to requests with a key: the same key has the same answer."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from domain.times import DAY
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import idempotency_keys

KEEP = 7 * DAY

Whose = tuple[str, str]  # who asked, and the key


class Answered(NamedTuple):
    """What was asked, as its SHA-256, and what the answer was."""

    asked: str
    answer: Any
    is_error: bool


_TABLE = idempotency_keys.c
_WHOSE = given(who=TEXT, key=TEXT)
_FIND = select(_TABLE.who, _TABLE.key, _TABLE.asked, _TABLE.answer, _TABLE.is_error).select_from(
    _WHOSE.join(idempotency_keys, (_TABLE.who == _WHOSE.c.who) & (_TABLE.key == _WHOSE.c.key))
)
_KEEP = insert(idempotency_keys)


def find(connection: Connection, asked: Iterable[Whose]) -> dict[Whose, Answered]:
    """Return what was answered to requests with these keys, as far as it was."""
    wanted = list(asked)
    if not wanted:
        return {}
    found = connection.execute(_FIND, rows_given(wanted))
    return {(who, key): Answered(*answered) for who, key, *answered in found}


def keep(connection: Connection, answers: Mapping[Whose, Answered], now: int) -> None:
    """Keep answers."""
    if answers:
        rows = [{"who": who, "key": key, "at": now, **each._asdict()} for (who, key), each in answers.items()]
        connection.execute(_KEEP, rows)


def forget(connection: Connection, now: int) -> None:
    """Forget answers that are a week old."""
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < now - KEEP))
