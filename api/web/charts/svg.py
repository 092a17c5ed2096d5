"""A chart as a picture without any script: in the page before the script runs, on paper, and as a file. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from api.web.charts.model import Chart, Columns, Limit
from api.web.charts.ticks import numbers, times
from api.web.charts.words import label_of_gap, label_of_limit, place_of
from api.web.frame.formats import Clock, number
from domain.numbers import SCALE

WIDTH, HEIGHT = 860, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 40, 266
_CHARACTER = 6.2  # of the labels' font, about
# Of a file that stands alone; on a page chart.css says the same with the page's colours.
_STYLE = """<style>
.still{font:11px system-ui,sans-serif;fill:#56616d}.still .place{fill:#e9edf2}.still .grid{stroke:#eef0f2}
.still .shade{fill:#fdecea}.still .hatch{stroke:#c9cfd6;stroke-width:2}.still .band{fill:#dfe4ea}
.still .thin{fill:none;stroke:#a7b0ba}.still .thick{fill:none;stroke:#38424e;stroke-width:1.7}
.still .limit{stroke:#b3261e;stroke-dasharray:4 4;opacity:.7}.still .outside{fill:#b3261e;opacity:.28}
.still .bound{fill:#b3261e}.still .sheet{fill:#fff}
</style>"""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where instants and values are on the picture."""

    since: int
    until: int
    lowest: int
    highest: int

    def x(self, instant: int) -> float:
        inside = min(max(instant, self.since), self.until) - self.since
        return round(_LEFT + (WIDTH - _RIGHT - _LEFT) * inside / (self.until - self.since), 1)

    def y(self, value: int) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - self.lowest) / (self.highest - self.lowest), 1)


def as_svg(chart: Chart, clock: Clock, label: str, alone: bool = False) -> Markup:
    """Return the picture as SVG; `alone`: as a file of its own, with its colours."""
    scale = _Scale(chart.since, chart.until, *value_range(chart))
    parts = [*_ground(chart, scale, clock), *_measured(chart, scale), *_limits(chart, scale)]
    name = Markup('<svg class="still" viewBox="0 0 {} {}" role="img" aria-label="{}" {}>').format(
        WIDTH, HEIGHT, label, Markup('xmlns="http://www.w3.org/2000/svg" width="860" height="300"') if alone else ""
    )
    sheet = Markup(_STYLE + f'<rect class="sheet" width="{WIDTH}" height="{HEIGHT}"/>') if alone else ""
    return name + sheet + Markup("").join(parts) + Markup("</svg>")


def value_range(chart: Chart) -> tuple[int, int]:
    """Return the values between which it is drawn: all that was measured, and the nearest limits."""
    known = [value for side in (chart.columns.low, chart.columns.high) for value in side if value is not None]
    upper = min((limit.value for limit in chart.limits if limit.side > 0), default=None)
    lower = max((limit.value for limit in chart.limits if limit.side < 0), default=None)
    values = known + [value for value in (upper, lower) if value is not None]
    if not values:
        return 0, 10 * SCALE
    margin = max((max(values) - min(values)) // 12, SCALE // 2)
    return min(values) - margin, max(values) + margin


def _ground(chart: Chart, scale: _Scale, clock: Clock) -> Iterator[Markup]:
    yield Markup(
        '<defs><pattern id="hatch-{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0,0V6"/></pattern></defs>'
    ).format(chart.quantity)
    for value in numbers(scale.lowest, scale.highest):
        yield _line("grid", _LEFT, scale.y(value), WIDTH - _RIGHT, scale.y(value))
        yield _text("tick", _LEFT - 8, scale.y(value) + 4, number(value / SCALE, 0), "end")
    for at, label in times(chart.since, chart.until, clock.zone, 7):
        yield _text("tick", scale.x(at), HEIGHT - 14, label, "middle")
    for stand in chart.stands:
        x, width = scale.x(stand.since), scale.x(stand.until) - scale.x(stand.since)
        yield _rect("place", x, 12, max(width - 1, 1), 17)
        yield _text("name", x + 6, 24, place_of(stand), room=width - 8)
    for shade in chart.shades:
        end = chart.until if shade.until is None else shade.until
        yield _rect("shade", scale.x(shade.since), _TOP, max(scale.x(end) - scale.x(shade.since), 1.5))
    for gap in chart.gaps:
        x, width = scale.x(gap.since), max(scale.x(gap.until) - scale.x(gap.since), 1.5)
        yield Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="url(#hatch-{})"/>').format(
            x, _TOP, width, _BOTTOM - _TOP, chart.quantity
        )
        yield from _beside(x, width, label_of_gap(gap))


def _beside(x: float, width: float, label: str) -> Iterator[Markup]:
    """Name a gap beside its hatch, where there is room."""
    length = len(label) * _CHARACTER
    if width >= 4 and x + width + 6 + length < WIDTH - _RIGHT:
        yield _text("gap", x + width + 6, _BOTTOM - 6, label)
    elif width >= 4 and x - 6 - length > _LEFT:
        yield _text("gap", x - 6, _BOTTOM - 6, label, "end")


def _measured(chart: Chart, scale: _Scale) -> Iterator[Markup]:
    columns = chart.columns
    if chart.reduced:
        yield _path("band", "".join(_boxes(columns, scale)))
    for line in columns.lines if len(columns.lines) > 1 else ():
        yield _path("thin", _steps(columns.edges, line.high, scale))
    for limit in chart.limits:
        yield _path("outside", "".join(_beyond(columns, limit, scale)))
    yield _path("thick", _steps(columns.edges, columns.thick, scale))


def _limits(chart: Chart, scale: _Scale) -> Iterator[Markup]:
    for limit in chart.limits:
        if scale.lowest <= limit.value <= scale.highest:
            y = scale.y(limit.value)
            yield _line("limit", scale.x(limit.since), y, scale.x(limit.until), y)
            label = label_of_limit(limit, chart.quantity)
            yield _text("bound", scale.x(limit.until) - 2, y - 5 if limit.side > 0 else y + 13, label, "end")


def _steps(edges: Sequence[int], values: Sequence[int | None], scale: _Scale) -> str:
    """Return a path: each value holds to the next edge; where there is none, nothing is drawn."""
    parts, last = [], None
    for (since, until), value in zip(pairwise(edges), values, strict=False):
        if value is None:
            last = None
            continue
        y = scale.y(value)
        if last is None:
            parts.append(f"M{scale.x(since)},{y}")
        elif last != y:
            parts.append(f"V{y}")
        parts.append(f"H{scale.x(until)}")
        last = y
    return "".join(parts)


def _boxes(columns: Columns, scale: _Scale) -> Iterator[str]:
    for (since, until), low, high in zip(pairwise(columns.edges), columns.low, columns.high, strict=False):
        if low is not None and high is not None and low < high:
            yield f"M{scale.x(since)},{scale.y(low)}V{scale.y(high)}H{scale.x(until)}V{scale.y(low)}Z"


def _beyond(columns: Columns, limit: Limit, scale: _Scale) -> Iterator[str]:
    values = columns.high if limit.side > 0 else columns.low
    for (since, until), value in zip(pairwise(columns.edges), values, strict=False):
        start, end = max(since, limit.since), min(until, limit.until)
        if value is not None and (value - limit.value) * limit.side > 0 and start < end:
            y = scale.y(limit.value)
            yield f"M{scale.x(start)},{y}V{scale.y(value)}H{scale.x(end)}V{y}Z"


def _path(kind: str, drawn: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn) if drawn else Markup("")


def _rect(kind: str, x: float, y: float, width: float, height: float = _BOTTOM - _TOP) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(kind, x, y, round(width, 1), height)


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, x, y, to_x, to_y)


def _text(kind: str, x: float, y: float, words: str, anchor: str = "start", room: float = WIDTH) -> Markup:
    """Write words, as many as there is room for."""
    most = int(room / _CHARACTER)
    if most < 2:
        return Markup("")
    shown = words if len(words) <= most else words[: most - 1] + "…"
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, round(x, 1), round(y, 1), anchor, escape(shown)
    )
