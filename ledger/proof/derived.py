"""Deriving again what follows from what is stored, in a database of its own, to be compared and never written.

Everything but the journal is copied as one snapshot sees it; the engine judges the copy from scratch and writes there
what it finds otherwise. What it wrote is what differs.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from domain.times import format_instant
from ledger.engine_state import JUDGED, judge_again
from store.database import Database, open_database
from store.metadata import metadata
from store.proof import Wrong
from store.schema import make_current
from store.series import SeriesIds
from store.state import position
from store.tables import (
    alerts,
    delivery_attempts,
    events,
    evidence,
    holds,
    inbox,
    installation,
    journal,
    outbox,
    sessions,
    sign_in_links,
)

# Nothing follows from these.
_LEFT_OUT = {journal, events, evidence, inbox, installation, outbox, delivery_attempts, sessions, sign_in_links}
_AT_ONCE = 500

Row = dict[str, Any]
_COMPARED: Mapping[Table, tuple[str, ...]] = {
    holds: ("product", "lot", "unit", "rule", "fired_at", "founded"),
    alerts: ("place", "quantity", "direction", "since", "until", "severity", "founded", "product", "lot"),
}


def wrong_verdicts(connection: Connection, ahead_at_most: int) -> Iterator[Wrong]:
    """Yield in words what is stored of verdicts, holds and alerts and is not what the stored readings give."""
    at = position(connection, JUDGED)
    if not at:  # nothing was ever judged
        return
    with _copy_of(connection) as copy:
        with copy.read() as before:
            stored = {table: _rows(before, table) for table in _COMPARED}
        with copy.begin() as judged:
            lines = judge_again(judged, SeriesIds(copy), at, ahead_at_most)
            derived = {table: _rows(judged, table) for table in _COMPARED}
        yield from (Wrong("verdicts", *line.split(": ", 1)) for line in lines)
        for table in _COMPARED:
            yield from _compared(table, stored[table], derived[table])


def _compared(table: Table, stored: Mapping[int, Row], derived: Mapping[int, Row]) -> Iterator[Wrong]:
    for number in sorted(stored.keys() | derived.keys()):
        if number not in stored:
            yield Wrong(table.name, _named(derived[number]), "is missing")
            continue
        if number not in derived:
            yield Wrong(table.name, str(number), "does not follow from the readings")
            continue
        was, is_now = stored[number], derived[number]
        if was != is_now:
            what = ", ".join(
                f"{name} is {_shown(was[name])}, not {_shown(is_now[name])}"
                for name in was
                if was[name] != is_now[name]
            )
            yield Wrong(table.name, str(number), f"does not follow from the readings: {what}")


def _rows(connection: Connection, table: Table) -> dict[int, Row]:
    columns = [table.c[name] for name in _COMPARED[table]]
    return {
        row.id: {name: getattr(row, name) for name in _COMPARED[table]}
        for row in connection.execute(select(table.c.id, *columns))
    }


def _named(row: Mapping[str, Any]) -> str:
    return " ".join(
        _shown(row[name]) for name in row if row[name] not in (None, "") and name not in ("founded", "until")
    )


def _shown(value: Any) -> str:
    return format_instant(value) if type(value) is int else str(value)


@contextmanager
def _copy_of(connection: Connection) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'derived.db'}")
        try:
            make_current(database)
            with database.begin() as copy:
                for table in metadata.sorted_tables:
                    if table not in _LEFT_OUT:
                        _copy(connection, copy, table)
            yield database
        finally:
            database.close()


def _copy(source: Connection, target: Connection, table: Table) -> None:
    rows = source.execute(select(table), execution_options={"yield_per": _AT_ONCE})
    for some in rows.partitions():
        target.execute(insert(table), [dict(row._mapping) for row in some])
