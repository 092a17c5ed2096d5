"""Turns days of rows into chunks, and forgets what is older than the horizon. Both are sweeps: again changes nothing.

A day of a series is packed from a snapshot; then, in one short transaction, its rows go and the chunk comes, so that a
crash loses nothing and the writer never waits long. The forwarder's cursor holds through it: a chunk carries the newest
journal row in it, and the forwarder sends every chunk whose number lies beyond the cursor whole. Rows it had sent make
a chunk that needs no sending; one row it had not makes a chunk that is sent once more, which changes nothing there.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select

from domain.readings import EARLIEST
from domain.times import DAY, NEVER
from store.chunk import Stored, decode, encode, header_of, merge
from store.database import Database, upsert_into
from store.readings import COMPACTED
from store.state import move_cursor, position
from store.tables import chunks, conflicts, fault_numbers, readings, series
from store.turns import hold_in_transaction

# Everything measured before this instant was forgotten.
HORIZON = "horizon"


def sweep(database: Database, before: int, reached: Callable[[int], None] = lambda moved: None) -> int:
    """Compact every day that ended before the instant `before`; return how many rows went into chunks.

    `reached` hears of the progress.
    """
    moved = 0
    for number in _all_series(database):
        with database.read() as connection:
            days = list(days_with_rows(connection, number, before))
        for day in days:
            with database.read() as connection:
                packed = _pack(connection, number, day)
            with database.begin() as connection:
                moved += _replace(connection, packed) if packed else 0
            reached(moved)
    return moved


def compact(connection: Connection, number: int, day: int) -> int:
    """Move the rows of a series and UTC day into its chunk, merged with what is there; return how many."""
    packed = _pack(connection, number, day)
    return _replace(connection, packed) if packed else 0


def days_with_rows(connection: Connection, number: int, before: int) -> Iterator[int]:
    """Yield the days of a series, whole before the instant, that have rows: new ones and late ones."""
    end = before // DAY * DAY
    start = -NEVER
    while True:
        # One probe of the key a day, however many rows it has.
        later = (readings.c.series == number, readings.c.measured_at >= start, readings.c.measured_at < end)
        found = connection.scalar(select(func.min(readings.c.measured_at)).where(*later))
        if found is None:
            return
        yield found // DAY
        start = (found // DAY + 1) * DAY


def expire(database: Database, before: int) -> int:
    """Forget readings and conflicts of days that ended before the instant; return how many rows and chunks went.

    Stamps of clocks that were never set stay: nobody knows how old they are. The journal keeps the messages. A bucket
    of InfluxDB that is lost later is not rebuilt beyond this horizon.
    """
    end = before // DAY * DAY
    return sum(_expire_series(database, number, end) for number in _all_series(database))


def _expire_series(database: Database, number: int, end: int) -> int:
    old = [
        (readings, readings.c.series == number, readings.c.measured_at >= EARLIEST, readings.c.measured_at < end),
        (chunks, chunks.c.series == number, chunks.c.day >= EARLIEST // DAY, chunks.c.day < end // DAY),
        *(
            (table, table.c.series == number, table.c.measured_at >= EARLIEST, table.c.measured_at < end)
            for table in (conflicts, fault_numbers)
        ),
    ]
    # A write transaction makes others wait, so only where there is something to write.
    with database.read() as connection:
        if not any(connection.execute(select(1).select_from(table).where(*of).limit(1)).first() for table, *of in old):
            return 0
    with database.begin() as connection:
        gone = [connection.execute(delete(table).where(*of)).rowcount for table, *of in old]
        move_cursor(connection, HORIZON, max(position(connection, HORIZON), end))
    return gone[0] + gone[1]


def horizon(connection: Connection) -> int | None:
    """Return the instant before which readings were forgotten, if any were."""
    return position(connection, HORIZON) or None


class _Packed(NamedTuple):
    """A chunk as it will be, and the rows that it takes the place of."""

    chunk: dict[str, Any]
    rows: int
    last_journal: int


def _pack(connection: Connection, number: int, day: int) -> _Packed | None:
    columns = [readings.c[name] for name in Stored._fields]
    rows = [Stored(*row) for row in connection.execute(select(*columns).where(*_of_day(number, day)))]
    if not rows:
        return None
    of_chunk = (chunks.c.series == number, chunks.c.day == day)
    payload = connection.scalar(select(chunks.c.payload).where(*of_chunk))
    merged = merge([*(decode(payload) if payload else ()), *rows])
    chunk = {"series": number, "day": day, **asdict(header_of(merged)), "payload": encode(merged)}
    return _Packed(chunk, len(rows), max(row.journal for row in rows))


def _replace(connection: Connection, packed: _Packed) -> int:
    hold_in_transaction(connection, COMPACTED)
    number, day = packed.chunk["series"], packed.chunk["day"]
    # Rows that came since they were packed have a later journal row and stay.
    packed_rows = (*_of_day(number, day), readings.c.journal <= packed.last_journal)
    with connection.begin_nested() as attempt:
        if connection.execute(delete(readings).where(*packed_rows)).rowcount != packed.rows:
            attempt.rollback()  # another process was quicker
            return 0
        _write_chunk(connection, packed.chunk)
    move_cursor(connection, COMPACTED, max(position(connection, COMPACTED), (day + 1) * DAY))
    return packed.rows


def _of_day(number: int, day: int) -> tuple[Any, ...]:
    return (readings.c.series == number, readings.c.measured_at >= day * DAY, readings.c.measured_at < (day + 1) * DAY)


def _write_chunk(connection: Connection, chunk: dict[str, Any]) -> None:
    statement = upsert_into(connection, chunks).values(**chunk)
    changed = {name: statement.excluded[name] for name in chunk if name not in ("series", "day")}
    connection.execute(statement.on_conflict_do_update(index_elements=["series", "day"], set_=changed))


def _all_series(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(series.c.id).order_by(series.c.id)))
