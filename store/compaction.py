"""Turns days of rows into chunks, and forgets what is older than the horizon. Both are sweeps: again changes nothing.

Each series and day is one short transaction in which rows go and the chunk comes, so a crash loses nothing and the
writer never waits long. The forwarder's cursor holds through it: a chunk carries the newest journal row in it, and the
forwarder sends every chunk whose number lies beyond the cursor whole. Rows it had sent make a chunk that needs no
sending; one row it had not makes a chunk that is sent once more, which changes nothing in InfluxDB.
"""

from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy import Connection, delete, func, select

from domain.readings import EARLIEST
from domain.times import DAY, NEVER
from store.chunk import Stored, decode, encode, header_of, merge
from store.database import Database, upsert_into
from store.lock import hold_in_transaction
from store.readings import COMPACTED
from store.state import move_cursor, position
from store.tables import chunks, conflicts, readings, series

# Everything measured before this instant was forgotten.
HORIZON = "horizon"


def sweep(database: Database, before: int) -> int:
    """Compact every day that ended before the instant `before`; return how many rows went into chunks."""
    moved = 0
    for number in _all_series(database):
        with database.read() as connection:
            days = list(days_with_rows(connection, number, before))
        for day in days:
            with database.begin() as connection:
                moved += compact(connection, number, day)
    return moved


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


def compact(connection: Connection, number: int, day: int) -> int:
    """Move the rows of a series and UTC day into its chunk, merged with what is there; return how many."""
    hold_in_transaction(connection, COMPACTED)
    columns = [readings.c[name] for name in Stored._fields]
    of_day = (
        readings.c.series == number,
        readings.c.measured_at >= day * DAY,
        readings.c.measured_at < (day + 1) * DAY,
    )
    rows = [Stored(*row) for row in connection.execute(delete(readings).where(*of_day).returning(*columns))]
    if rows:
        of_chunk = (chunks.c.series == number, chunks.c.day == day)
        payload = connection.scalar(select(chunks.c.payload).where(*of_chunk))
        _write_chunk(connection, number, day, merge([*(decode(payload) if payload else ()), *rows]))
        move_cursor(connection, COMPACTED, max(position(connection, COMPACTED), (day + 1) * DAY))
    return len(rows)


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
        (conflicts, conflicts.c.series == number, conflicts.c.measured_at >= EARLIEST, conflicts.c.measured_at < end),
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


def _write_chunk(connection: Connection, number: int, day: int, merged: list[Stored]) -> None:
    row = {"series": number, "day": day, **asdict(header_of(merged)), "payload": encode(merged)}
    statement = upsert_into(connection, chunks).values(**row)
    changed = {name: statement.excluded[name] for name in row if name not in ("series", "day")}
    connection.execute(statement.on_conflict_do_update(index_elements=["series", "day"], set_=changed))


def _all_series(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(series.c.id).order_by(series.c.id)))
