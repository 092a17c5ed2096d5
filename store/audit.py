"""The audit trail: who did what, in the order in which it was committed; read newest first, by any of its filters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, literal_column, select, tuple_

from store.evidence import AUDIT, RECORD, audit_numbers, note
from store.tables import audit
from store.turns import hold_in_transaction

_NOTHING: Mapping[str, Any] = {"before": None, "after": None, "reason": None, "event": None}
_AT_ONCE = 500
_ADD = insert(audit)
# A literal, not a parameter: only so does the database see that a partial index serves.
_NOT_ENGINE = audit.c.who != literal_column("'engine'")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows of the trail; None: any. `since` and `until` are a half-open interval, microseconds."""

    since: int | None = None
    until: int | None = None
    who: str | None = None
    what: str | None = None
    kind: str | None = None
    keys: Sequence[str] = ()  # any of these; none: any
    people: bool = False  # without what the engine did by itself

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row fulfils. For each alone there is an index in the order of `read_audit`."""
        asked = {"who": self.who, "what": self.what, "kind": self.kind}
        found: list[ColumnElement[bool]] = [audit.c[name] == value for name, value in asked.items() if value]
        if self.keys:
            found.append(audit.c.key == self.keys[0] if len(self.keys) == 1 else audit.c.key.in_(self.keys))
        if self.since is not None:
            found.append(audit.c.at >= self.since)
        if self.until is not None:
            found.append(audit.c.at < self.until)
        return [*found, _NOT_ENGINE] if self.people else found


def write_audit(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of the audit trail: at, who, what, kind, key and perhaps before, after, reason, event.

    Whoever read up to a number has read all below it: writers take turns from here to the end of their transaction.
    So it is what a transaction does last.
    """
    if rows:
        hold_in_transaction(connection, RECORD)
        whole = [{**_NOTHING, **row} for row in rows]
        numbers = audit_numbers(connection, len(whole))
        numbered = [{**row, "id": number} for number, row in zip(numbers, whole, strict=True)]
        connection.execute(_ADD, numbered)
        note(connection, AUDIT, numbered)


def read_audit(
    connection: Connection, wanted: AuditFilter, before: tuple[int, int] | None, count: int
) -> Sequence[Row[Any]]:
    """Return at most `count` rows, newest first: those that come after the row with this time and number."""
    query = select(audit).where(*wanted.conditions()).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(count)
    if before is not None:
        at, number = before
        # The first condition follows from the second; it is what an index is searched by.
        query = query.where(audit.c.at <= at, tuple_(audit.c.at, audit.c.id) < (at, number))
    return connection.execute(query).all()


def iterate_audit(connection: Connection, wanted: AuditFilter) -> Iterator[Row[Any]]:
    """Yield all rows, newest first, a few in memory at a time."""
    before: tuple[int, int] | None = None
    while rows := read_audit(connection, wanted, before, _AT_ONCE):
        yield from rows
        before = rows[-1].at, rows[-1].id
