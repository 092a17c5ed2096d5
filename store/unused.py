"""Readings that are kept and that no verdict rests on: those that are not judged, and faults."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from domain.times import DAY, NEVER
from store.chunk import NOT_JUDGED_BITS, Stored
from store.readings import stored
from store.tables import chunks, readings

Place = tuple[int, int]  # an instant and the number of a series: the order of the list
_FIRST: Place = (-NEVER, 0)
_UNUSED: ColumnElement[bool] = or_(readings.c.value.is_(None), readings.c.flags.op("&")(NOT_JUDGED_BITS) != 0)


def is_unused(reading: Stored) -> bool:
    """Tell whether no verdict rests on the value of a reading."""
    return reading.value is None or bool(reading.flags & NOT_JUDGED_BITS)


def unused(
    connection: Connection, series: Collection[int], after: Place | None, count: int
) -> list[tuple[int, Stored]]:
    """Return the next of these series behind a place, by time and series, `count` at most.

    Only days that have any are opened.
    """
    found: list[tuple[int, Stored]] = []
    for day in _days(connection, list(series), after or _FIRST, count):
        found += _of_day(connection, series, day, after or _FIRST)
        if len(found) >= count:
            break
    return found[:count]


def _of_day(connection: Connection, series: Collection[int], day: int, after: Place) -> list[tuple[int, Stored]]:
    rows = [
        (number, reading)
        for number in series
        for reading in stored(connection, number, day * DAY, (day + 1) * DAY)
        if is_unused(reading) and (reading.measured_at, number) > after
    ]
    return sorted(rows, key=lambda row: (row[1].measured_at, row[0]))


def _days(connection: Connection, series: Sequence[int], after: Place, count: int) -> Iterator[int]:
    """Yield the UTC days that have so many, in order: each row and each chunk stands for one reading at least."""
    place = (readings.c.measured_at, readings.c.series)
    mine = readings.c.series.in_(series), _UNUSED, tuple_(*place) > after
    rows = connection.scalars(select(readings.c.measured_at).where(*mine).order_by(*place).limit(count))
    some = chunks.c.series.in_(series), chunks.c.faults + chunks.c.flagged > 0, chunks.c.day >= after[0] // DAY
    packed = connection.scalars(select(chunks.c.day).where(*some).order_by(chunks.c.day).limit(count + len(series)))
    yield from sorted({at // DAY for at in rows} | set(packed))
