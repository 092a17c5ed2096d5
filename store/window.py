"""The local store's answers about series over time, reduced by the database and by the headers of chunks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import BigInteger, Connection, case, cast, exists, func, select

from domain.intervals import Interval, subtract, union
from domain.readings import FAULT
from domain.times import DAY
from store.columns import Columns, Numbers, load_columns
from store.database import Database
from store.history import Bucket, Grid, Window, grid
from store.readings import IS_JUDGED, load_series
from store.series import AT_ONCE, SeriesKey, find
from store.tables import chunks, readings
from store.tables import series as series_table


class LocalHistory:
    """Implements History over the relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def window(self, keys: Sequence[SeriesKey], since: int, until: int, buckets: int) -> dict[SeriesKey, Window]:
        """Return each series over `[since, until)` in at most so many buckets."""
        cut = grid(since, until, buckets)
        with self._database.read() as connection:
            numbers = find(connection, keys)
            found = windows(connection, list(numbers.values()), cut, buckets)
            return {key: found[numbers[key]] if key in numbers else Window() for key in keys}

    def load(self, key: SeriesKey, since: int, until: int) -> tuple[list[int], list[int | None]]:
        """Return instants and values of one series over `[since, until)`."""
        with self._database.read() as connection:
            number = find(connection, [key]).get(key)
            return ([], []) if number is None else load_series(connection, number, since, until)


def window(connection: Connection, series: int, cut: Grid, buckets: int) -> Window:
    """Return a series, by its number, in the buckets of a grid; its readings where they are no more than `buckets`."""
    found = list(_buckets(cut, _parts(connection, series, cut)))
    if sum(bucket.readings + bucket.faults for bucket in found) > buckets:
        return Window(buckets=tuple(found))
    return Window(readings=tuple(zip(*load_series(connection, series, cut.since, cut.until), strict=True)))


def window_of(columns: Columns, cut: Grid, buckets: int) -> Window:
    """Return the same of a series that is loaded already."""
    inside = columns.cut(cut.since, cut.until)
    if len(inside.instants) > buckets:
        return Window(buckets=tuple(_buckets(cut, _reduced(cut, inside))))
    values = (None if value == FAULT else value for value in inside.values.tolist())
    return Window(readings=tuple(zip(inside.instants.tolist(), values, strict=True)))


def windows(connection: Connection, numbers: Sequence[int], cut: Grid, buckets: int) -> dict[int, Window]:
    """Return the same of many series; of recent days, which lie in rows, in two queries for all of them."""
    packed = _with_chunks(connection, numbers, cut)
    found = {number: window(connection, number, cut, buckets) for number in packed}
    in_rows = [number for number in numbers if number not in packed]
    for start in range(0, len(in_rows), AT_ONCE):
        some = in_rows[start : start + AT_ONCE]
        parts = defaultdict(list)
        for number, part in _reduced_rows(connection, some, cut.since, cut.until, cut):
            parts[number].append(part)
        reduced = {number: tuple(_buckets(cut, parts[number])) for number in some}
        few = [n for n in some if sum(bucket.readings + bucket.faults for bucket in reduced[n]) <= buckets]
        readings_of = _readings_of(connection, few, cut) if few else {}
        for number in some:
            is_short = number in few
            found[number] = Window((), tuple(readings_of[number])) if is_short else Window(reduced[number])
    return found


def _with_chunks(connection: Connection, numbers: Sequence[int], cut: Grid) -> set[int]:
    days = chunks.c.day.between(cut.since // DAY, (cut.until - 1) // DAY)
    return {
        number
        for start in range(0, len(numbers), AT_ONCE)
        for number in connection.scalars(
            select(series_table.c.id).where(
                series_table.c.id.in_(numbers[start : start + AT_ONCE]),
                exists().where(chunks.c.series == series_table.c.id, days),
            )
        )
    }


def _readings_of(connection: Connection, numbers: Sequence[int], cut: Grid) -> dict[int, list[tuple[int, int | None]]]:
    found = defaultdict(list)
    inside = (readings.c.measured_at >= cut.since, readings.c.measured_at < cut.until)
    query = select(readings.c.series, readings.c.measured_at, readings.c.value).where(*inside, IS_JUDGED)
    query = query.where(readings.c.series.in_(numbers)).order_by(readings.c.series, readings.c.measured_at)
    for number, instant, value in connection.execute(query):
        found[number].append((instant, value))
    return found


class Part(NamedTuple):
    """Some readings of one bucket, reduced; `first_at` and `last_at` order the parts of a bucket."""

    bucket: int
    readings: int
    faults: int
    minimum: int | None
    maximum: int | None
    first_at: int
    first: int | None
    last_at: int
    last: int | None


def _parts(connection: Connection, series: int, cut: Grid) -> Iterator[Part]:
    opened: list[Interval] = []
    for day, is_late, *reduced in _headers(connection, series, cut):
        start, end = day * DAY, (day + 1) * DAY
        is_inside = cut.since <= start and end <= cut.until and cut.number(start) == cut.number(end - 1)
        if is_inside and not is_late:
            yield Part(cut.number(start), *reduced)
        else:
            opened.append((max(start, cut.since), min(end, cut.until)))
    for start, end in union(opened):
        yield from _reduced(cut, load_columns(connection, series, start, end))
    # Days answered by a header have no rows.
    for start, end in subtract([(cut.since, cut.until)], opened):
        yield from (part for _, part in _reduced_rows(connection, [series], start, end, cut))


def _headers(connection: Connection, series: int, cut: Grid) -> list[Any]:
    start = cast(chunks.c.day, BigInteger) * DAY
    of_day = (readings.c.measured_at >= start, readings.c.measured_at < start + DAY)
    is_late = exists().where(readings.c.series == series, *of_day)
    columns = ("count", "faults", "minimum", "maximum", "first_at", "first", "last_at", "last")
    query = select(chunks.c.day, is_late, *(chunks.c[name] for name in columns))
    days = chunks.c.day.between(cut.since // DAY, (cut.until - 1) // DAY)
    return list(connection.execute(query.where(chunks.c.series == series, days).order_by(chunks.c.day)))


def _reduced(cut: Grid, columns: Columns) -> Iterator[Part]:
    """Reduce to a part a bucket and one more for its faults."""
    is_known = columns.values != FAULT
    instants, values = columns.instants[is_known], columns.values[is_known]
    numbers, starts, ends = _runs(cut, instants)
    if len(starts):
        extremes = (reduction.reduceat(values, starts) for reduction in (np.minimum, np.maximum))
        edges = (instants[starts], values[starts], instants[ends - 1], values[ends - 1])
        none = np.zeros_like(numbers)
        yield from map(Part, *(c.tolist() for c in (numbers, ends - starts, none, *extremes, *edges)))
    instants = columns.instants[~is_known]
    for number, start, end in zip(*(found.tolist() for found in _runs(cut, instants)), strict=True):
        yield Part(number, 0, end - start, None, None, int(instants[start]), None, int(instants[end - 1]), None)


def _runs(cut: Grid, instants: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the buckets that the instants are in, and from where to where those of each are."""
    of_bucket = (instants - cut.origin) // cut.width
    turns = np.flatnonzero(of_bucket[1:] != of_bucket[:-1]) + 1
    starts = np.concatenate((np.arange(min(1, len(instants))), turns))
    return of_bucket[starts], starts, np.append(starts[1:], len(instants))[: len(starts)]


def _reduced_rows(
    connection: Connection, numbers: Sequence[int], since: int, until: int, cut: Grid
) -> list[tuple[int, Part]]:
    instant, value = readings.c.measured_at, readings.c.value
    with_value = case((value.is_not(None), instant))
    reduced = (
        select(
            readings.c.series.label("number"),
            ((instant - cut.origin) // cut.width).label("bucket"),
            func.count(value).label("readings"),
            (func.count() - func.count(value)).label("faults"),
            func.min(value).label("minimum"),
            func.max(value).label("maximum"),
            func.min(with_value).label("first_at"),
            func.max(with_value).label("last_at"),
        )
        .where(readings.c.series.in_(numbers), instant >= since, instant < until, IS_JUDGED)
        .group_by("number", "bucket")
        .subquery()
    )
    c, first, last = reduced.c, readings.alias(), readings.alias()
    ends = reduced.outerjoin(first, (first.c.series == c.number) & (first.c.measured_at == c.first_at)).outerjoin(
        last, (last.c.series == c.number) & (last.c.measured_at == c.last_at)
    )
    columns = (c.bucket, c.readings, c.faults, c.minimum, c.maximum, c.first_at, first.c.value, c.last_at, last.c.value)
    return [(number, Part(*row)) for number, *row in connection.execute(select(c.number, *columns).select_from(ends))]


def _buckets(cut: Grid, parts: Iterable[Part]) -> Iterator[Bucket]:
    by_bucket = defaultdict(list)
    for part in parts:
        if part.readings or part.faults:
            by_bucket[part.bucket].append(part)
    for number in sorted(by_bucket):
        yield _joined(cut.bounds(number), by_bucket[number])


def _joined(bounds: Interval, parts: Sequence[Part]) -> Bucket:
    known = [part for part in parts if part.readings]
    return Bucket(
        *bounds,
        readings=sum(part.readings for part in parts),
        faults=sum(part.faults for part in parts),
        minimum=min((part.minimum for part in known if part.minimum is not None), default=None),
        maximum=max((part.maximum for part in known if part.maximum is not None), default=None),
        first=min(known, key=attrgetter("first_at")).first if known else None,
        last=max(known, key=attrgetter("last_at")).last if known else None,
    )
