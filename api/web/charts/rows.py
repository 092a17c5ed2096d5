"""A chart in rows: the twin of the picture for screen readers and for copying. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from api.web.charts.model import Chart, Columns, Limit
from api.web.charts.words import place_of
from domain.intervals import Interval

# Rows of a table that somebody may still read.
MOST_ROWS = 48


class Row(NamedTuple):
    """What a part of the time held; `low` and `high` are None where nothing was known in it."""

    since: int
    places: tuple[str, ...]
    low: int | None
    high: int | None
    is_outside: bool


def rows_of(chart: Chart, most: int = MOST_ROWS) -> list[Row]:
    """Return the columns as they are if they are few, else equal parts of the time."""
    edges = chart.columns.edges
    if len(edges) - 1 <= most:
        return [_row(chart, (edges[i], edges[i + 1]), range(i, i + 1)) for i in range(len(edges) - 1)]
    length = -(-(chart.until - chart.since) // most)
    parts = [(start, min(start + length, chart.until)) for start in range(chart.since, chart.until, length)]
    return [_row(chart, part, _columns_in(edges, part)) for part in parts]


def _columns_in(edges: Sequence[int], part: Interval) -> list[int]:
    return [i for i in range(len(edges) - 1) if edges[i] < part[1] and edges[i + 1] > part[0]]


def _row(chart: Chart, part: Interval, inside: Sequence[int]) -> Row:
    low, high = _extremes(chart.columns, inside)
    places = dict.fromkeys(place_of(s) for s in chart.stands if s.since < part[1] and s.until > part[0])
    is_outside = any(
        limit.since < part[1] and limit.until > part[0] and _is_beyond(high if limit.side > 0 else low, limit)
        for limit in chart.limits
    )
    return Row(part[0], tuple(places), low, high, is_outside)


def _extremes(columns: Columns, inside: Sequence[int]) -> tuple[int | None, int | None]:
    low = [value for i in inside if (value := columns.low[i]) is not None]
    high = [value for i in inside if (value := columns.high[i]) is not None]
    return min(low, default=None), max(high, default=None)


def _is_beyond(value: int | None, limit: Limit) -> bool:
    return value is not None and (value - limit.value) * limit.side > 0
