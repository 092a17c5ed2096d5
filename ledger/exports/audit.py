"""Rows of the audit trail to be exported, newest first, without what only a channel needs to know."""

import json
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.times import format_instant
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from store.audit import AuditFilter, iterate_audit

COLUMNS = ("id", "at", "who", "what", "kind", "key", "reason", "before", "after", "event")
_SEPARATOR = " / "  # between the parts of a record's ID


def record_name(key: str) -> str:
    """Return the parts of a record's key: `VAX / A1`."""
    return _SEPARATOR.join(key_parts(key))


def key_parts(key: str) -> list[str]:
    """Return the parts of a key: of an entry of the site it is a list in JSON."""
    try:
        found = json.loads(key) if key.startswith("[") else [key]
    except ValueError:
        found = [key]
    return [str(part) for part in found if part is not None]


def keys_named(name: str) -> Sequence[str]:
    """Return the keys that a person may mean by a number, a key, an ID or several parts; none for an empty name."""
    name = name.strip()
    parts = ([name], name.split(_SEPARATOR))
    keys = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in parts)
    return tuple(dict.fromkeys((name, *keys))) if name else ()


def audit_rows(connection: Connection, wanted: AuditFilter) -> Generator[dict[str, Any]]:
    """Yield the rows that the filter leaves; times as RFC 3339 in UTC."""
    for entry in audit_entries(connection, wanted):
        yield audit_row(entry)


def audit_entries(connection: Connection, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Yield the entries that the filter leaves, newest first."""
    for row in iterate_audit(connection, wanted):
        yield audit_entry_of(row._mapping)


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry by the names of its columns; times as RFC 3339 in UTC."""
    return {name: getattr(entry, name) for name in COLUMNS} | {"at": format_instant(entry.at)}
