"""The audit trail as CSV, part by part: it is never in memory as a whole."""

from collections.abc import Iterator
from itertools import islice

from api.web.audit.words import action_name, type_name
from api.web.frame.formats import Clock
from ledger.exports.audit import COLUMNS, audit_entries, audit_row, record_name
from ledger.exports.cells import cell, harmless, lines
from ledger.models.audit_entry import AuditEntry
from store.audit import AuditFilter
from store.database import Database

_AT_ONCE = 200
_IN_WORDS = ("local_time", "action", "record_type", "record")


def csv_of(database: Database, wanted: AuditFilter, clock: Clock) -> Iterator[str]:
    """Yield lines: the columns of `coldchain export audit`, then the same in words and in the site's zone."""
    yield lines([(*COLUMNS, *_IN_WORDS)])
    with database.read() as connection:
        rows = (_row(entry, clock) for entry in audit_entries(connection, wanted))
        while some := list(islice(rows, _AT_ONCE)):
            yield lines(some)


def _row(entry: AuditEntry, clock: Clock) -> list[str]:
    action = action_name(entry.what, is_new=entry.is_new)
    words = (clock.whole(entry.at), action, type_name(entry.kind), record_name(entry.key))
    return [*map(cell, audit_row(entry).values()), *map(harmless, words)]
