"""What is known of whole days of a series without unpacking them."""

import numpy as np
from sqlalchemy import Connection, select

from domain.times import DAY
from store.columns import Numbers
from store.compaction import days_with_rows
from store.tables import chunks

_COLUMNS = ("day", "first_at", "first", "last_at", "last", "minimum", "maximum", "longest_pause")


def headers(connection: Connection, number: int, before: int) -> Numbers:
    """Return a row of numbers for each UTC day with readings that ended by an instant, in order of time.

    Its columns: day, first_at, first, last_at, last, minimum, maximum, longest_pause, and 1 if they say all: what is
    kept of the day is in its chunk, counts, and is values. Else only the day is right.
    """
    end = before // DAY
    kept = [chunks.c[name] for name in _COLUMNS]
    query = select(*kept, chunks.c.count, chunks.c.faults, chunks.c.flagged)
    of_series = query.where(chunks.c.series == number, chunks.c.day < end).order_by(chunks.c.day)
    with_rows = set(days_with_rows(connection, number, before))
    found: dict[int, tuple[int, ...]] = {}
    for *header, count, faults, flagged in connection.execute(of_series):
        is_plain = count and not faults and not flagged and header[0] not in with_rows
        found[header[0]] = (*header, 1) if is_plain else _unknown(header[0])
    found |= {day: _unknown(day) for day in with_rows if day not in found}
    return np.array([found[day] for day in sorted(found)], np.int64).reshape(-1, len(_COLUMNS) + 1)


def _unknown(day: int) -> tuple[int, ...]:
    return (day, *[0] * len(_COLUMNS))
