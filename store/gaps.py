"""When a series had no value: its readings taken as values that hold until the next, at most so long.

A chunk's header tells of most days that they have no gap, unopened. Judged readings of the local store only, so that a
chart hatches what the verdict counts as unknown.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sqlalchemy import BigInteger, Connection, cast, exists, select

from domain.intervals import Interval, clip, subtract, union
from domain.readings import FAULT
from domain.times import DAY
from store.columns import Columns, load_columns
from store.tables import chunks, readings


class Run(NamedTuple):
    """Readings that follow each other without a gap; the last value (`holds`; else it is a fault) may hold on."""

    first_at: int
    last_at: int
    holds: bool


def gaps(connection: Connection, series: int | None, since: int, until: int, max_gap: int) -> list[Interval]:
    """Return when a series, by its number, had no value within `[since, until)`; None has none at all."""
    if series is None:
        return [(since, until)] if since < until else []
    return _between(_runs(connection, series, since - max_gap, until, max_gap), since, until, max_gap)


def gaps_in(columns: Columns, since: int, until: int, max_gap: int) -> list[Interval]:
    """Return the same of a series that is loaded already."""
    return _between(list(_runs_in(columns.cut(since - max_gap, until), max_gap)), since, until, max_gap)


def _between(runs: list[Run], since: int, until: int, max_gap: int) -> list[Interval]:
    runs.append(Run(until, until, False))
    known = union(
        (run.first_at, min(run.last_at + max_gap, following.first_at)) for run, following in pairwise(runs) if run.holds
    )
    return subtract([(since, until)], clip(known, since, until)) if since < until else []


def _runs(connection: Connection, series: int, since: int, until: int, max_gap: int) -> list[Run]:
    """Return the runs in `[since, until)`, in order of time."""
    whole = dict(_whole_days(connection, series, since, until, max_gap))
    opened = subtract([(since, until)], [(day * DAY, (day + 1) * DAY) for day in whole])
    found = (run for interval in opened for run in _runs_in(load_columns(connection, series, *interval), max_gap))
    return sorted([*whole.values(), *found])


def _whole_days(connection: Connection, series: int, since: int, until: int, max_gap: int) -> Iterator[tuple[int, Run]]:
    """Yield the days whose header tells that they have neither gap nor fault, and no row came late."""
    start = cast(chunks.c.day, BigInteger) * DAY
    of_day = (readings.c.measured_at >= start, readings.c.measured_at < start + DAY)
    has_rows = exists().where(readings.c.series == series, *of_day)
    days = chunks.c.day.between(-(-since // DAY), until // DAY - 1)
    whole = (chunks.c.count > 0, chunks.c.faults == 0, chunks.c.longest_pause <= max_gap, ~has_rows)
    query = select(chunks.c.day, chunks.c.first_at, chunks.c.last_at)
    for day, first_at, last_at in connection.execute(
        query.where(chunks.c.series == series, days, *whole).order_by(chunks.c.day)
    ):
        yield day, Run(first_at, last_at, True)


def _runs_in(columns: Columns, max_gap: int) -> Iterator[Run]:
    instants, holds = columns.instants, columns.values != FAULT
    if not len(instants):
        return
    breaks = (np.diff(instants) > max_gap) | ~holds[:-1] | ~holds[1:]
    turns = (np.flatnonzero(breaks) + 1).tolist()
    for start, end in pairwise([0, *turns, len(instants)]):
        yield Run(int(instants[start]), int(instants[end - 1]), bool(holds[start]))
