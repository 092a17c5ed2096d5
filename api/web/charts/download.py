"""All readings behind a chart, as they are judged, as CSV, part by part: a year is never in memory at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.reads.history import Plan, judged
from domain.numbers import show_value
from domain.times import DAY, format_instant
from ledger.exports.cells import harmless, lines
from store.history import History
from store.series import SeriesKey

_AT_ONCE = 31 * DAY


def csv_of(history: History, plans: Sequence[Plan], now: int) -> Iterator[str]:
    """Yield lines: time, place, sensor, value; by stay, by sensor, in order of time. A fault has no value."""
    history = judged(history, plans)
    yield lines([("measured_at", "place", "sensor", "quantity", "value")])
    for plan in plans:
        for piece in plan.pieces:
            for name, key in piece.sensors:
                for start in range(piece.since, min(piece.until, now), _AT_ONCE):
                    end = min(start + _AT_ONCE, piece.until, now)
                    yield lines(_rows(history, plan.stay.name, name, key, start, end))


def _rows(
    history: History, place: str | None, sensor: str | None, key: SeriesKey, since: int, until: int
) -> Iterator[tuple[Any, ...]]:
    for at, value in zip(*history.load(key, since, until), strict=True):
        shown = "" if value is None else show_value(value)
        yield format_instant(at), harmless(place or ""), harmless(sensor or ""), key.quantity, shown
