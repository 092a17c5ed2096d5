"""Holding holds and alerts against the audit trail: each was placed or raised, and decided as people signed."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from store.proof import Wrong
from store.tables import alerts, audit, holds


class _Decided(NamedTuple):
    """What was decided of a hold, when and by whom."""

    state: str = "held"
    who: str | None = None
    at: int | None = None
    reason: str | None = None


class _Acknowledged(NamedTuple):
    who: str | None = None
    at: int | None = None
    comment: str | None = None


def wrong_holds(connection: Connection) -> Iterator[Wrong]:
    """Yield holds that are missing, that nobody placed, or whose decision is not the one that is on record."""
    placed: dict[int, _Decided] = {}
    for line in _lines(connection, "hold"):
        number = int(line.key)
        if line.what == "placed":
            placed.setdefault(number, _Decided())
        elif line.what in ("released", "rejected"):
            placed[number] = _Decided(line.what, line.who, line.at, line.reason)
        elif line.what == "rejection_undone":
            placed[number] = _Decided()
    columns = holds.c.id, holds.c.state, holds.c.disposed_by, holds.c.disposed_at, holds.c.reason
    for row in connection.execute(select(*columns).order_by(holds.c.id)):
        decided = placed.pop(row.id, None)
        if decided is None:
            yield Wrong("holds", str(row.id), "was never placed")
        elif decided != _Decided(*row[1:]):
            yield Wrong(
                "holds", str(row.id), f"is {_shown(row.state, row.disposed_by)}, on record it is {_shown(*decided[:2])}"
            )
    yield from (Wrong("holds", str(number), "is missing") for number in placed)


def wrong_alerts(connection: Connection) -> Iterator[Wrong]:
    """Yield alerts that are missing, that were never raised, or whose acknowledgement is not the one on record."""
    raised: dict[int, _Acknowledged] = {}
    for line in _lines(connection, "alert"):
        if line.what == "raised":
            raised.setdefault(int(line.key), _Acknowledged())
        elif line.what == "acknowledged":
            raised[int(line.key)] = _Acknowledged(line.who, line.at, line.reason)
    columns = alerts.c.id, alerts.c.acknowledged_by, alerts.c.acknowledged_at, alerts.c.comment
    for row in connection.execute(select(*columns).order_by(alerts.c.id)):
        acknowledged = raised.pop(row.id, None)
        if acknowledged is None:
            yield Wrong("alerts", str(row.id), "was never raised")
        elif acknowledged != _Acknowledged(*row[1:]):
            by = acknowledged.who or "nobody"
            yield Wrong("alerts", str(row.id), f"acknowledged by {row.acknowledged_by or 'nobody'}, on record by {by}")
    yield from (Wrong("alerts", str(number), "is missing") for number in raised)


def _lines(connection: Connection, kind: str) -> Iterator[Any]:
    columns = audit.c.key, audit.c.what, audit.c.who, audit.c.at, audit.c.reason
    query = select(*columns).where(audit.c.kind == kind).order_by(audit.c.id)
    return iter(connection.execute(query, execution_options={"yield_per": 1000}))


def _shown(state: str, who: str | None) -> str:
    return f"{state} by {who}" if who else state
