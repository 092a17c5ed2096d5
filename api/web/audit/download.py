"""The audit trail as CSV, part by part: it is never in memory as a whole."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from api.web.audit.words import action_name, type_name
from api.web.frame.formats import Clock
from domain.times import parse_instant
from ledger.exports.audit import COLUMNS, audit_rows, record_name
from ledger.exports.cells import cell, harmless
from store.audit import AuditFilter
from store.database import Database

_AT_ONCE = 200
_IN_WORDS = ("local_time", "action", "record_type", "record")


def csv_of(database: Database, wanted: AuditFilter, clock: Clock) -> Iterator[str]:
    """Yield lines: the columns of `coldchain export audit`, then the same in words and in the site's zone."""
    yield _lines([(*COLUMNS, *_IN_WORDS)])
    with database.read() as connection:
        rows = (_row(row, clock) for row in audit_rows(connection, wanted))
        while some := list(islice(rows, _AT_ONCE)):
            yield _lines(some)


def _row(row: Mapping[str, Any], clock: Clock) -> list[str]:
    action = action_name(row["what"], is_new=row["before"] is None)
    words = (clock.whole(parse_instant(row["at"])), action, type_name(row["kind"]), record_name(row["key"]))
    return [*(cell(row[column]) for column in COLUMNS), *map(harmless, words)]


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
