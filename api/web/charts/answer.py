"""A chart as JSON for static/chart.js: instants in milliseconds, values in °C or %, labels in words."""

from collections.abc import Iterable, Sequence
from typing import Any

from api.web.charts.model import Budget, Chart, Line
from api.web.charts.words import label_of_budget, label_of_gap, label_of_limit, label_of_mark, label_of_shade, place_of
from api.web.frame.formats import UNITS
from api.web.frame.texts import text
from domain.numbers import SCALE
from domain.times import NEVER

# More sensors at once are drawn as one band.
MOST_LINES = 12


def answer_of(chart: Chart, zone: str, now: int) -> dict[str, Any]:
    """Return what the script draws."""
    columns = chart.columns
    many = len(columns.lines) > MOST_LINES
    return {
        "quantity": chart.quantity,
        "unit": UNITS[chart.quantity],
        "zone": zone,
        "from": _ms(chart.since),
        "to": _ms(chart.until),
        "now": _ms(now),
        "begins": None if chart.begins is None else _ms(chart.begins),
        "ends": None if chart.ends is None else _ms(chart.ends),
        "reduced": chart.reduced,
        "empty": chart.is_empty,
        "note": text("chart.too_many", count=chart.sensors) if many else None,
        "x": [_ms(edge) for edge in columns.edges],
        "low": _values(columns.low),
        "high": _values(columns.high),
        "thick": _values(columns.thick),
        "lines": [] if many else [_line(line) for line in columns.lines],
        "places": [
            {"from": _ms(stand.since), "to": _ms(stand.until), "label": place_of(stand)} for stand in chart.stands
        ],
        "limits": [
            {
                "from": _ms(limit.since),
                "to": _ms(limit.until),
                "value": limit.value / SCALE,
                "side": limit.side,
                "label": label_of_limit(limit, chart.quantity),
            }
            for limit in chart.limits
        ],
        "gaps": [
            {"from": _ms(gap.since), "to": _ms(gap.until), "kind": gap.kind, "label": label_of_gap(gap)}
            for gap in chart.gaps
        ],
        "shades": [
            {
                "from": _ms(shade.since),
                "to": _ms(NEVER if shade.until is None else shade.until),
                "fired": shade.fired_at is not None,
                "side": shade.direction,
                "label": label_of_shade(shade),
            }
            for shade in chart.shades
        ],
        "marks": [{"at": _ms(mark.at), "kind": mark.kind, "label": label_of_mark(mark)} for mark in chart.marks],
        "budgets": [_budget(budget) for budget in chart.budgets],
    }


def _ms(instant: int) -> int:
    return min(instant, NEVER >> 10) // 1000


def _values(values: Iterable[int | None]) -> list[float | None]:
    return [None if value is None else value / SCALE for value in values]


def _line(line: Line) -> dict[str, Any]:
    return {"names": _names(line.names), "low": _values(line.low), "high": _values(line.high)}


def _names(names: Sequence[tuple[int, str | None]]) -> list[list[int | str | None]]:
    return [[first, name] for first, name in names]


def _budget(budget: Budget) -> dict[str, Any]:
    return {
        "rule": text("chart.budget", rule=budget.rule),
        "label": label_of_budget(budget),
        "total": budget.total // 1000,
        "points": [[_ms(at), left // 1000] for at, left in budget.points],
    }
