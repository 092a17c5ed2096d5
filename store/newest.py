"""When a sensor was heard last, and how often in the time before: what tells whether it still owes anything.

Judged readings and faults of the local store only.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from sqlalchemy import Connection, func, select

from domain.times import DAY, NEVER
from store.columns import Columns, Numbers, joined, load_columns
from store.readings import IS_JUDGED
from store.tables import chunks, readings

NO_INSTANTS: Numbers = np.empty(0, np.int64)


def newest_instants(
    connection: Connection, series: Sequence[int], until: int, reach: int, width: int
) -> tuple[Numbers, bool]:
    """Return when any of these series, by number, had a reading before `until`, sorted; and whether none came before.

    It is the last one, those up to `reach` before it, and the one before these. Of what was read within one of equal
    spans of `width` the first and the last are enough: all pauses that are longer are between those returned.
    """
    last = _last_of(connection, series, until)
    if last is None:
        return NO_INSTANTS, True
    begin = last - reach
    before = _last_of(connection, series, begin)
    inside = [part for number in series for part in _edges(connection, number, begin, last + 1, width)]
    first = [] if before is None else [np.array([before], np.int64)]
    return np.unique(np.concatenate([*first, *inside])), before is None


def newest_of(found: Sequence[Columns], until: int, reach: int, width: int) -> tuple[Numbers, bool]:
    """Return the same of series that are loaded already, each whole."""
    instants = np.unique(np.concatenate([NO_INSTANTS, *(columns.cut(-NEVER, until).instants for columns in found)]))
    if not len(instants):
        return NO_INSTANTS, True
    begin = np.searchsorted(instants, instants[-1] - reach)
    return _thinned(instants[max(0, begin - 1) :], width), bool(begin == 0)


def _thinned(instants: Numbers, width: int) -> Numbers:
    """Return the first and the last of what lies within one span of `width`."""
    turns = np.flatnonzero(np.diff(instants // width))
    return np.unique(np.concatenate([instants[:1], instants[turns], instants[turns + 1], instants[-1:]]))


def _edges(connection: Connection, series: int, since: int, until: int, width: int) -> list[Numbers]:
    """Return the first and last instants of each span in `[since, until)`: of rows, and of packed days."""
    instant = readings.c.measured_at
    rows = (readings.c.series == series, instant >= since, instant < until, IS_JUDGED)
    spans = select(func.min(instant), func.max(instant)).where(*rows).group_by(instant // width)
    found = np.fromiter(chain.from_iterable(connection.execute(spans)), np.int64)
    days = chunks.c.day.between(since // DAY, (until - 1) // DAY)
    kept = select(chunks.c.payload).where(chunks.c.series == series, days).order_by(chunks.c.day)
    packed = joined(connection.scalars(kept).all()).cut(since, until).instants
    return [found, _thinned(packed, width)]


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
    opened = load_columns(connection, series, day.day * DAY, until)
    return int(opened.instants[-1])
