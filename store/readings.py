"""Readings: rows for the recent days and for late ones, chunks for compacted days, merged when read.

At one instant of a series one reading is kept: what is judged beats what is not (a stamp ahead, a backlog …), a value
beats a fault, and of equal ones the first received stays. A different value refused that way is a Clash.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Subquery, select, tuple_

from domain.times import DAY, NEVER
from store.chunk import NOT_JUDGED_BITS, REPLACED_FAULT_BIT, Stored, decode, decode_judged, is_alike_judged, merge, rank
from store.rows import NewReading, Row, at_instants, different, series_and_instant, write
from store.series import AT_ONCE, SeriesKey, find
from store.state import position
from store.tables import chunks, readings
from store.tables import series as series_table
from store.turns import hold_in_transaction

# Days that begin before this instant may have chunks; moved by compaction.
COMPACTED = "compacted"


class Clash(NamedTuple):
    """Two different values at one instant: the columns of table conflicts."""

    series: int
    measured_at: int
    refused: int
    kept: int
    received_at: int
    journal: int


IS_JUDGED = readings.c.flags.bitwise_and(NOT_JUDGED_BITS) == 0


# --- writing ------------------------------------------------------------------------------------------------------


def insert(connection: Connection, rows: Iterable[Row], journal: int) -> list[Clash]:
    """Keep readings heard in one journal row, given in the order received; return the values refused.

    What is known already changes nothing.
    """
    clashes: list[Clash] = []
    remaining = list(rows)
    if remaining:
        hold_in_transaction(connection, COMPACTED, shared=True)
    while remaining:
        unique, remaining = _first_of_each(remaining)
        fresh = _without_compacted(connection, unique, journal, clashes)
        if fresh and write(connection, fresh, journal) < len(fresh):
            clashes += _refused(connection, fresh, journal)
    return clashes


def _first_of_each(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return the first row of each instant, by series so that pages are written one after the other, and the rest."""
    if len(set(map(series_and_instant, rows))) == len(rows):
        return sorted(rows), []
    unique: dict[tuple[int, int], Row] = {}
    rest = [row for row in rows if unique.setdefault(series_and_instant(row), row) is not row]
    return sorted(unique.values()), rest


def _beaten(kept: Stored, row: Row, journal: int, clashes: list[Clash]) -> Row | None:
    """Return the row if it takes the place of what is kept, marked if that is a fault."""
    strength, other = rank(row[2], row[4]), rank(kept.value, kept.flags)
    if strength > other:
        replaced = kept.value is None and is_alike_judged(kept.flags, row[4])
        return NewReading(*row[:4], row[4] | REPLACED_FAULT_BIT) if replaced else row
    if strength == other and row[2] is not None and kept.value is not None and row[2] != kept.value:
        clashes.append(Clash(row[0], row[1], refused=row[2], kept=kept.value, received_at=row[3], journal=journal))
    return None


def _without_compacted(connection: Connection, rows: list[Row], journal: int, clashes: list[Clash]) -> list[Row]:
    compacted = position(connection, COMPACTED)
    if min(map(itemgetter(1), rows)) >= compacted:
        return rows
    known = compacted_days(connection, {(row[0], row[1] // DAY) for row in rows if row[1] < compacted})
    met = [row for row in rows if row[1] in known[row[0], row[1] // DAY]]
    for series, late in at_instants(connection, met) if met else ():  # it was let in because it is stronger
        known[series, late.measured_at // DAY][late.measured_at] = late
    fresh: list[Row] = []
    for row in rows:
        kept = known[row[0], row[1] // DAY].get(row[1])
        winner = row if kept is None else _beaten(kept, row, journal, clashes)
        if winner:
            fresh.append(winner)
    return fresh


def compacted_days(connection: Connection, days: Iterable[tuple[int, int]]) -> dict[tuple[int, int], dict[int, Stored]]:
    """Return what the chunks of these series and days keep, by instant."""
    found: dict[tuple[int, int], dict[int, Stored]] = defaultdict(dict)
    wanted = list(days)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(chunks.c.series, chunks.c.day, chunks.c.payload)
        of_days = tuple_(chunks.c.series, chunks.c.day).in_(wanted[start : start + AT_ONCE])
        for series, day, payload in connection.execute(query.where(of_days)):
            found[series, day] = {reading.measured_at: reading for reading in decode(payload)}
    return found


def _refused(connection: Connection, rows: Sequence[Row], journal: int) -> list[Clash]:
    clashes: list[Clash] = []
    for kept, row in different(connection, rows):
        _beaten(kept, row, journal, clashes)
    return clashes


# --- reading ------------------------------------------------------------------------------------------------------


def load(
    connection: Connection, device: str, probe: str, quantity: str, since: int = -NEVER, until: int = NEVER
) -> tuple[list[int], list[int | None]]:
    """Return instants and values of what is judged in `[since, until)`, in order of time; None is a fault."""
    key = SeriesKey(device, probe, quantity)
    number = find(connection, [key]).get(key)
    return ([], []) if number is None else load_series(connection, number, since, until)


def load_series(connection: Connection, series: int, since: int, until: int) -> tuple[list[int], list[int | None]]:
    """Return the same by the number of the series."""
    instants: list[int] = []
    values: list[int | None] = []
    for _, payload in _chunks(connection, series, since, until):
        part = _judged_of_chunk(payload)
        low, high = (bisect_left(part[0], limit) for limit in (since, until))
        instants += part[0][low:high]
        values += part[1][low:high]
    return _merged(instants, values, _judged_rows(connection, series, since, until))


def _judged_of_chunk(payload: bytes) -> tuple[list[int], list[int | None]]:
    """Return instants and values of what is judged in a chunk."""
    instants, values, flags = decode_judged(payload)
    if not any(flag & NOT_JUDGED_BITS for flag in set(flags)):
        return instants, values
    counted = [i for i, flag in enumerate(flags) if not flag & NOT_JUDGED_BITS]
    return [instants[i] for i in counted], [values[i] for i in counted]


def stored(connection: Connection, series: int, since: int = -NEVER, until: int = NEVER) -> Iterator[Stored]:
    """Yield all that is kept in `[since, until)` in order of time, also what is not judged; opens a chunk at a time."""
    start = since
    for day, payload in _chunks(connection, series, since, until):
        yield from _rows(connection, series, start, max(since, day * DAY))
        start = min(until, (day + 1) * DAY)
        late = _rows(connection, series, max(since, day * DAY), start)
        inside = (reading for reading in decode(payload) if since <= reading.measured_at < until)
        yield from merge([*inside, *late])
    yield from _rows(connection, series, start, until)


def latest(connection: Connection, series: int) -> tuple[int, int | None] | None:
    """Return instant and value (None: a fault) of the newest judged reading."""
    return latest_of(connection, [series]).get(series)


def latest_of(connection: Connection, numbers: Collection[int] | None = None) -> dict[int, tuple[int, int | None]]:
    """Return the same of many series (None: of all) in one query; those without a judged reading are left out."""
    found: dict[int, tuple[int, int | None]] = {}
    wanted = None if numbers is None else list(numbers)
    for start in range(0, 1 if wanted is None else len(wanted), AT_ONCE):
        some = None if wanted is None else wanted[start : start + AT_ONCE]
        for row in connection.execute(_NEWEST if some is None else _NEWEST.where(_newest.c.id.in_(some))):
            if row.at is not None and (row.last_at is None or row.at >= row.last_at):
                found[row.id] = row.at, row.value
            elif row.last_at is not None:
                found[row.id] = row.last_at, _last_of_day(connection, row.id, row.day) if row.faults else row.last
    return found


def _last_of_day(connection: Connection, series: int, day: int) -> int | None:
    """Return the last value of a chunk, None for a fault: its header tells only if it has none."""
    payload = connection.scalar(select(chunks.c.payload).where(chunks.c.series == series, chunks.c.day == day))
    return None if payload is None else _judged_of_chunk(payload)[1][-1]


def _newest_of_each() -> Subquery:
    """Return number, instant of the newest row and newest day of each series: two probes of a key each."""
    at = select(readings.c.measured_at).where(readings.c.series == series_table.c.id, IS_JUDGED)
    day = select(chunks.c.day).where(chunks.c.series == series_table.c.id, chunks.c.count + chunks.c.faults > 0)
    return select(
        series_table.c.id,
        at.order_by(readings.c.measured_at.desc()).limit(1).scalar_subquery().label("at"),
        day.order_by(chunks.c.day.desc()).limit(1).scalar_subquery().label("day"),
    ).subquery()


_newest = _newest_of_each()
_NEWEST = (
    select(_newest, readings.c.value, chunks.c.last_at, chunks.c.last, chunks.c.faults)
    .outerjoin(readings, (readings.c.series == _newest.c.id) & (readings.c.measured_at == _newest.c.at))
    .outerjoin(chunks, (chunks.c.series == _newest.c.id) & (chunks.c.day == _newest.c.day))
)


def _of_series(query: Select[Any], series: int, since: int, until: int) -> Select[Any]:
    return query.where(
        readings.c.series == series, readings.c.measured_at >= since, readings.c.measured_at < until
    ).order_by(readings.c.measured_at)


def _judged_rows(connection: Connection, series: int, since: int, until: int) -> list[tuple[int, int | None]]:
    query = _of_series(select(readings.c.measured_at, readings.c.value), series, since, until).where(IS_JUDGED)
    return [tuple(row) for row in connection.execute(query)]


def _rows(connection: Connection, series: int, since: int, until: int) -> list[Stored]:
    columns = (readings.c[name] for name in Stored._fields)
    return [Stored(*row) for row in connection.execute(_of_series(select(*columns), series, since, until))]


def _chunks(connection: Connection, series: int, since: int, until: int) -> Iterator[tuple[int, bytes]]:
    days = chunks.c.day.between(since // DAY, (until - 1) // DAY)
    query = select(chunks.c.day, chunks.c.payload).where(chunks.c.series == series, days).order_by(chunks.c.day)
    return iter(connection.execute(query).all())


def _merged(
    instants: list[int], values: list[int | None], rows: list[tuple[int, int | None]]
) -> tuple[list[int], list[int | None]]:
    if not rows or not instants or instants[-1] < rows[0][0]:
        return instants + [row[0] for row in rows], values + [row[1] for row in rows]
    # A row at an instant that a chunk has was let in because it is stronger.
    both = dict(zip(instants, values, strict=True)) | dict(rows)
    ordered = sorted(both)
    return ordered, [both[instant] for instant in ordered]
