"""What was known at an instant: rows that were in force then, the journal up to then, the entries as they were.

What is written is dated with the instant of the step that wrote it, so whoever asks for an instant gets what every
answer after that step, and before the next one, was made from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from domain.errors import InvalidError
from domain.language import gettext
from domain.times import format_instant
from store.tables import alert_revisions, audit, journal

EntryKey = tuple[str, str]  # kind, key
Fields = Mapping[str, Any]


def in_force(table: FromClause, at: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a revision is what is believed, or was at an instant."""
    superseded = table.c.superseded_at
    if at is None:
        return [superseded.is_(None)]
    return [table.c.known_at <= at, superseded.is_(None) | (superseded > at)]


def known_by(column: ColumnElement[Any], at: int | None) -> list[ColumnElement[bool]]:
    """Return the condition that something was done by an instant (None: by now, which is no condition)."""
    return [] if at is None else [column <= at]


def require_on_record(connection: Connection, at: int, now: int) -> None:
    """Raise InvalidError for an instant that is still to come, or is before anything was on record."""
    if at > now:
        raise InvalidError(
            gettext(
                "{at} is in the future; what was known can be asked up to now, {now}",
                at=format_instant(at),
                now=format_instant(now),
            )
        )
    first = (select(table.c.at).order_by(table.c.id).limit(1) for table in (audit, journal))
    begun = min((each for query in first if (each := connection.scalar(query)) is not None), default=None)
    if begun is None:
        raise InvalidError(gettext("nothing is on record yet"))
    if at < begun:
        raise InvalidError(
            gettext(
                "{at} is before the record, which begins at {begun}", at=format_instant(at), begun=format_instant(begun)
            )
        )


def alerts_known_from(connection: Connection) -> int | None:
    """Return from when on it is on record what was known of alerts; None: of all of them, from the first one on.

    The first revision of an alert is dated with when it was raised, unless it is older than revisions of alerts.
    """
    columns = (alert_revisions.c.known_at, alert_revisions.c.raised_at)
    first = connection.execute(select(*columns).order_by(alert_revisions.c.row).limit(1)).first()
    return None if first is None or first.known_at == first.raised_at else int(first.known_at)


def require_alerts_known(connection: Connection, at: int) -> None:
    """Raise InvalidError where it is not on record what was known of alerts at an instant."""
    since = alerts_known_from(connection)
    if since is not None and at < since:
        raise InvalidError(
            gettext("what was known of alerts is on record only since {since}", since=format_instant(since))
        )


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
