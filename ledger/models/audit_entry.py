"""An entry of the audit trail: who did what to which record, when and why, and what that was before and after."""

from dataclasses import dataclass
from typing import Any

from ledger.models.interval import Row
from sites.secrecy import without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`kind` and `key` name the record; `before` and `after` are as it was kept, without what only a channel needs."""

    id: int
    at: int
    who: str  # a person, a token, `apply` or `engine`
    what: str
    kind: str
    key: str  # a number, or the key of an entry of the site
    before: Any = None
    after: Any = None
    reason: str | None = None
    event: int | None = None  # that told of it

    @property
    def is_new(self) -> bool:
        """Tell whether there was no record before."""
        return self.before is None

    @property
    def signature(self) -> dict[str, Any] | None:
        """Return name and meaning of a signature, if it was signed."""
        return (self.after or {}).get("signature")


def audit_entry_of(row: Row) -> AuditEntry:
    """Return the entry that a row of `audit` tells of."""
    fields = {name: row[name] for name in ("id", "at", "who", "what", "kind", "key", "reason", "event")}
    return AuditEntry(**fields, before=without_secrets(row["before"]), after=without_secrets(row["after"]))
