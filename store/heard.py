"""When a sensor was heard last, and how often in the time before: what tells whether it still owes anything.

Judged readings and faults of the local store only.
"""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, func, select

from domain.times import DAY
from store.columns import Columns, Numbers, load_columns
from store.readings import IS_JUDGED
from store.series import SeriesKey, find
from store.tables import chunks, readings

NEVER_HEARD: Numbers = np.empty(0, np.int64)


def newest_instants(connection: Connection, keys: Sequence[SeriesKey], until: int, reach: int) -> tuple[Numbers, bool]:
    """Return when any of these series had a reading before `until`: the last one, those up to `reach` before it and
    the one before these, sorted; and whether that are all there are.
    """
    numbers = list(find(connection, keys).values())
    last = _last_of(connection, numbers, until)
    if last is None:
        return NEVER_HEARD, True
    before = _last_of(connection, numbers, last - reach)
    inside = [load_columns(connection, number, last - reach, last + 1).instants for number in numbers]
    first = [] if before is None else [np.array([before], np.int64)]
    return np.unique(np.concatenate([*first, *inside])), before is None


def _last_of(connection: Connection, numbers: Sequence[int], until: int) -> int | None:
    found = (at for number in numbers if (at := _last(connection, number, until)) is not None)
    return max(found, default=None)


def _last(connection: Connection, series: int, until: int) -> int | None:
    rows = (readings.c.series == series, readings.c.measured_at < until, IS_JUDGED)
    newest: int | None = connection.scalar(select(func.max(readings.c.measured_at)).where(*rows))
    packed = _last_packed(connection, series, until)
    return max((at for at in (newest, packed) if at is not None), default=None)


def _last_packed(connection: Connection, series: int, until: int) -> int | None:
    """Return the same of the days that are packed: their headers tell, but for the day that `until` lies in."""
    days = (chunks.c.series == series, chunks.c.first_at < until, chunks.c.count + chunks.c.faults > 0)
    day = connection.execute(select(chunks.c.day, chunks.c.last_at).where(*days).order_by(chunks.c.day.desc())).first()
    if day is None or day.last_at < until:
        return None if day is None else int(day.last_at)
    opened: Columns = load_columns(connection, series, day.day * DAY, until)
    return int(opened.instants[-1])
