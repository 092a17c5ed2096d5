"""The audit trail as it is read: who did what, when, why, and what it was before and after."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import Field
from sqlalchemy import Row, select

from api.deps import View
from api.models.base import When
from api.paging import Page, Paging, collect, decode
from domain.errors import InvalidError
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from store.audit import AuditFilter, read_audit
from store.known_at import known_by
from store.tables import audit

Item = TypeVar("Item")

_AT_ONCE = 500  # keys a statement


class OfAudit(Paging):
    """Which entries of the audit trail."""

    who: str | None = Field(None, examples=["quinn"], description="a person, a token, `apply` or `engine`")
    what: str | None = Field(None, examples=["released"], description="the action")
    kind: str | None = Field(None, examples=["hold"], description="the type of the record that the action changed")
    key: str | None = Field(None, examples=["3"], description="the record's ID: a number, or the key of an entry")
    since: When | None = Field(None, examples=["2026-01-01T00:00:00Z"], description="from this instant on")
    until: When | None = Field(None, examples=["2026-02-01T00:00:00Z"], description="before this instant")
    people: bool = Field(False, description="true: without the automatic entries of the engine")

    def filter(self) -> AuditFilter:
        """Return the same for the store."""
        keys = (self.key,) if self.key else ()
        return AuditFilter(self.since, self.until, self.who, self.what, self.kind, keys, self.people)


def page_of(view: View, paging: Paging, wanted: AuditFilter, show: Callable[[AuditEntry], Item]) -> Page[Item]:
    """Return a page of the trail, newest first: entries made meanwhile come before the first page."""

    def fetch(after: str | None, count: int) -> Sequence[Row[Any]]:
        return read_audit(view.connection, wanted, None if after is None else _place(after), count)

    def shown(row: Row[Any]) -> Item:
        return show(audit_entry_of(row._mapping))

    return collect(paging, decode(paging.cursor, str), fetch, lambda row: f"{row.at}:{row.id}", shown)


def entries_of(view: View, kind: str, keys: Sequence[str]) -> list[AuditEntry]:
    """Return what was done to records of a kind; of so many at once in the order in which it was done."""
    found: list[AuditEntry] = []
    for start in range(0, len(keys), _AT_ONCE):
        some = audit.c.key.in_(keys[start : start + _AT_ONCE])
        query = select(audit).where(audit.c.kind == kind, some, *known_by(audit.c.at, view.known_at))
        found += [audit_entry_of(row._mapping) for row in view.connection.execute(query.order_by(audit.c.id))]
    return found


def _place(cursor: str) -> tuple[int, int]:
    at, _, number = cursor.partition(":")
    try:
        place = int(at), int(number)
    except ValueError:
        raise InvalidError("cursor: not a cursor of this list") from None
    if max(map(abs, place)) >= 1 << 63:
        raise InvalidError("cursor: not a cursor of this list")
    return place
