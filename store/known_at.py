"""What was known at an instant: rows that were in force then, the journal up to then, the entries as they were.

What is written is dated with the instant of the step that wrote it, so whoever asks for an instant gets what every
answer after that step, and before the next one, was made from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from store.tables import audit, journal

EntryKey = tuple[str, str]  # kind, key
Fields = Mapping[str, Any]


def in_force(table: Table, at: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a revision is what is believed, or was at an instant."""
    superseded = table.c.superseded_at
    if at is None:
        return [superseded.is_(None)]
    return [table.c.known_at <= at, superseded.is_(None) | (superseded > at)]


def journal_at(connection: Connection, at: int) -> int:
    """Return the number of the last journal row that was committed by an instant, 0 if there was none."""
    first, last = connection.execute(select(func.min(journal.c.id), func.max(journal.c.id))).one()
    if first is None:
        return 0
    low, high = int(first) - 1, int(last)  # numbers have no gaps, and time goes on with them
    while low < high:
        middle = (low + high + 1) // 2
        committed = connection.scalar(select(journal.c.at).where(journal.c.id == middle))
        low, high = (middle, high) if committed is not None and committed <= at else (low, middle - 1)
    return low


def changed_since(connection: Connection, at: int, kinds: Iterable[str]) -> dict[EntryKey, Any]:
    """Return the documents that entries had at an instant, of those that were changed later; None: there was none."""
    query = select(audit.c.kind, audit.c.key, audit.c.before).where(audit.c.at > at, audit.c.kind.in_(list(kinds)))
    then: dict[EntryKey, Any] = {}
    rows: Sequence[Any] = connection.execute(query.order_by(audit.c.id)).all()
    for kind, key, before in rows:
        then.setdefault((kind, key), before)
    return then
