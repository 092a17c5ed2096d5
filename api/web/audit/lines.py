"""Entries of the audit trail in words: the record by name with its page, and what was changed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from api.web.audit.words import action_name, field_name, flat, type_name
from api.web.frame.addresses import audit_address
from api.web.frame.formats import Clock
from api.web.frame.naming import batch_address
from ledger.exports.audit import key_parts, record_name
from ledger.models.audit_entry import AuditEntry

_BRIEF = 120  # signs of a value that are shown at once
_FIRST = ("state", "sentence", "text")  # the fields that say most
_PAGES = {"alert": "/problems/{}", "hold": "/holds/{}", "readings": "/journal/{}", "location": "/places/{}"}


class Change(NamedTuple):
    """A field that differs from before; None: it was not there, or is no more."""

    field: str
    before: str | None
    after: str | None

    @property
    def is_long(self) -> bool:
        """Tell whether it is folded."""
        return max(len(self.before or ""), len(self.after or "")) > _BRIEF

    @property
    def brief(self) -> str:
        """Return the beginning of what it is now."""
        return (self.after or "–")[:_BRIEF].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `address` None: the record has no page."""

    entry: AuditEntry
    action: str
    type: str
    name: str
    address: str | None
    changes: Sequence[Change]

    @property
    def of_it(self) -> str:
        """Where everything is listed that was done to the same record."""
        return audit_address(self.entry.kind, self.entry.key)


def line_of(entry: AuditEntry, clock: Clock) -> Line:
    """Return an entry as it is shown."""
    changes = _changes(entry.before, entry.after, clock)
    action = action_name(entry.what, is_new=entry.is_new)
    return Line(entry, action, type_name(entry.kind), record_name(entry.key), _address(entry), changes)


def _address(entry: AuditEntry) -> str | None:
    kind, doc, parts = entry.kind, entry.after or entry.before, key_parts(entry.key)
    if kind in _PAGES and parts:
        return _PAGES[kind].format(quote(parts[0], safe=""))
    if kind == "profile" and len(parts) == 2:
        return "/profiles/" + "/".join(quote(part, safe="") for part in parts)
    if kind in ("batch", "placement") and isinstance(doc, Mapping) and {"product", "lot"} <= doc.keys():
        return batch_address(doc["product"], doc["lot"])
    if kind == "sensor" and parts:
        return "/readings?" + urlencode({"sensor": parts[0]})
    return {"channel": "/setup", "person": "/setup/people", "source": "/setup/dead-letters"}.get(kind)


def _changes(before: Any, after: Any, clock: Clock) -> list[Change]:
    """Return what differs from before, field by field; of what is new nothing that is empty."""
    old, new = dict(flat(before, clock)), dict(flat(after, clock))
    paths = [path for path in dict.fromkeys((*old, *new)) if old.get(path) != new.get(path)]
    return [Change(field_name(path), old.get(path), new.get(path)) for path in sorted(paths, key=_rank)]


def _rank(path: str) -> int:
    field = path.rpartition("\n")[2]
    return _FIRST.index(field) if field in _FIRST else len(_FIRST)
