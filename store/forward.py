"""Moves committed readings to InfluxDB by a cursor: the number of the last journal row whose readings are there.

A step looks at one snapshot of the database, writes, then moves the cursor. What was written without the cursor having
moved is written again, which changes nothing in InfluxDB. Readings are found as rows by the journal row they came with,
and in chunks by the newest one that added to the chunk: a chunk beyond the cursor is sent whole. So days may be
compacted before, while and after they are sent, and a cursor set back to 0 sends everything.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from domain.errors import InvalidError
from store import journal
from store.chunk import Stored, decode
from store.database import Database
from store.lines import Lines, Refused
from store.lock import Lock
from store.series import list_series
from store.state import move_cursor, position
from store.tables import chunks, parked_points, readings
from store.tables import journal as journal_table

if TYPE_CHECKING:  # its client takes long to load, and most installations have none
    from store.influx import Influx

CURSOR = "influx"


class Lag(NamedTuple):
    """How far InfluxDB is behind: journal rows, and the instant at which the first of them was committed."""

    rows: int
    since: int | None


class Step(NamedTuple):
    """What goes next: lines, and where the cursor stands then."""

    lines: list[str]
    unwritable: list[Refused]
    position: int


def forward(database: Database, influx: "Influx", limit: int = 20_000) -> int:
    """Send the next readings, about `limit`; return how many, 0 when all are there or another process is at it.

    A reading that InfluxDB refuses is parked. Raises UnavailableError if InfluxDB does not answer; nothing has changed
    then.
    """
    lock = Lock(database, CURSOR)
    if not lock.try_acquire():
        return 0
    try:
        with database.read() as connection:
            start = position(connection, CURSOR)
            step = _next(connection, start, limit)
        refused = step.unwritable + influx.write(step.lines)
        if step.position > start:
            _advance(database, start, step.position, refused)
        return len(step.lines) + len(step.unwritable)
    finally:
        lock.release()


def lag(connection: Connection) -> Lag:
    """Return how far InfluxDB is behind."""
    start = position(connection, CURSOR)
    first = select(journal_table.c.at).where(journal_table.c.id > start).order_by(journal_table.c.id).limit(1)
    return Lag(max(0, journal.head(connection).id - start), connection.scalar(first))


def restart(database: Database) -> None:
    """Send everything again from the first reading on, refused ones too: after the bucket was lost."""
    with database.begin() as connection:
        move_cursor(connection, CURSOR, 0)
        connection.execute(delete(parked_points))


def rewind(connection: Connection, first: int) -> None:
    """Send again what came with journal row `first` and later ones: after readings were put right in place."""
    move_cursor(connection, CURSOR, min(position(connection, CURSOR), first - 1))


def _advance(database: Database, start: int, end: int, refused: list[Refused]) -> None:
    with database.begin() as connection:
        # Set back meanwhile: all of this will be sent, and refused, again.
        if move_cursor(connection, CURSOR, end, expected=start) and refused:
            now = time.time_ns() // 1000
            connection.execute(insert(parked_points), [{**point._asdict(), "at": now} for point in refused])


def _next(connection: Connection, start: int, limit: int) -> Step:
    end = min(_end_of_rows(connection, start, limit), _end_of_chunks(connection, start, limit))
    lines: dict[int, Lines] = {}
    written: list[str] = []
    unwritable: list[Refused] = []
    names = list_series(connection)
    for number, reading in _readings(connection, start, end):
        try:
            if number not in lines:
                lines[number] = Lines(names[number])
            written.append(lines[number].line(reading))
        except InvalidError as error:
            unwritable.append(Refused(repr((names[number], reading)), str(error)))
    return Step(written, unwritable, end)


def _end_of_rows(connection: Connection, start: int, limit: int) -> int:
    """Return the last journal row so that no more than `limit` readings lie between, but at least one journal row."""
    ahead = select(readings.c.journal).where(readings.c.journal > start).order_by(readings.c.journal)
    beyond: int | None = connection.scalar(ahead.offset(limit).limit(1))
    if beyond is None:
        return journal.head(connection).id
    first: int = connection.scalars(ahead.limit(1)).one()
    return max(beyond - 1, first)


def _end_of_chunks(connection: Connection, start: int, limit: int) -> int:
    """Return the same for chunks; those with the same newest journal row are not parted."""
    size = chunks.c.count + chunks.c.faults + chunks.c.flagged
    query = select(chunks.c.last_journal, size).where(chunks.c.last_journal > start).order_by(chunks.c.last_journal)
    total, end = 0, start
    with connection.execute(query, execution_options={"yield_per": 100}) as found:
        for last, count in found:
            if last > end > start and total + count > limit:
                return end
            total, end = total + count, last
    return journal.head(connection).id


def _readings(connection: Connection, start: int, end: int) -> Iterator[tuple[int, Stored]]:
    columns = (readings.c[name] for name in Stored._fields)
    rows = select(readings.c.series, *columns).where(readings.c.journal > start, readings.c.journal <= end)
    for number, *row in connection.execute(rows):
        yield number, Stored(*row)
    payloads = select(chunks.c.series, chunks.c.payload)
    for number, payload in connection.execute(
        payloads.where(chunks.c.last_journal > start, chunks.c.last_journal <= end)
    ):
        for reading in decode(payload):
            yield number, reading
