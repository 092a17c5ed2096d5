"""The audit trail as it is read: who did what, when, why, and what it was before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement

from api.models.base import When
from api.paging import Paging
from api.secrecy import without_secrets
from ledger.event_log import ENGINE
from store.tables import audit

Fields = Mapping[str, Any]


class OfAudit(Paging):
    """Which lines of the audit trail; `people`: only what people and programs did, not what the engine came to."""

    who: str | None = Field(None, description="a person, a token, `apply` or `engine`")
    what: str | None = Field(None, examples=["released"], description="what was done")
    kind: str | None = Field(None, examples=["hold"], description="the kind of thing it was done to")
    key: str | None = Field(None, examples=["3"], description="which of them: a number, or the key of an entry")
    since: When | None = None
    until: When | None = None
    people: bool = Field(False, description="true: not what the engine came to by itself")


def conditions(query: OfAudit) -> Sequence[ColumnElement[bool]]:
    """Return what the lines asked for fulfil."""
    asked = {"who": query.who, "what": query.what, "kind": query.kind, "key": query.key}
    found: list[ColumnElement[bool]] = [audit.c[name] == value for name, value in asked.items() if value]
    if query.since is not None:
        found.append(audit.c.at >= query.since)
    if query.until is not None:
        found.append(audit.c.at < query.until)
    return [*found, audit.c.who != ENGINE] if query.people else found


def shown(row: Fields) -> Fields:
    """Return a line without what only a channel needs to know."""
    return {**row, "before": without_secrets(row["before"]), "after": without_secrets(row["after"])}
