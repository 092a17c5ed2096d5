"""Turnover as a picture without any script: the level as a line, what was used and wasted as bars. Pure."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from markupsafe import Markup

from api.web.charts.ticks import numbers, times
from api.web.frame.formats import number
from batches.turnover import Slice
from domain.numbers import SCALE

WIDTH, HEIGHT = 860, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 246


class _Scale:
    def __init__(self, since: int, until: int, lowest: int, highest: int) -> None:
        self.since, self.until, self.lowest, self.highest = since, until, lowest, highest

    def x(self, instant: int) -> float:
        return round(_LEFT + (WIDTH - _RIGHT - _LEFT) * (instant - self.since) / (self.until - self.since), 1)

    def y(self, value: int) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - self.lowest) / (self.highest - self.lowest), 1)


def picture(slices: Sequence[Slice], opening: int, reorder_point: int | None, zone: tzinfo, label: str) -> Markup:
    """Return the SVG."""
    values = [
        0,
        opening,
        reorder_point or 0,
        *(value for each in slices for value in (each.level, each.used, each.wasted)),
    ]
    top = max(max(values), SCALE)
    scale = _Scale(slices[0].since, slices[-1].until, min(values), top + top // 12)
    parts = [*_ground(scale, zone), *_bars(slices, scale), _level(slices, opening, scale)]
    if reorder_point is not None:
        y = scale.y(reorder_point)
        parts.append(Markup('<path class="point" d="M{},{}H{}"/>').format(_LEFT, y, WIDTH - _RIGHT))
    head = Markup('<svg class="picture" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, label)
    return head + Markup("").join(parts) + Markup("</svg>")


def _ground(scale: _Scale, zone: tzinfo) -> Iterator[Markup]:
    for value in numbers(scale.lowest, scale.highest):
        y = scale.y(value)
        yield Markup('<path class="line" d="M{},{}H{}"/>').format(_LEFT, y, WIDTH - _RIGHT)
        yield Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
            _LEFT - 8, y + 4, number(value / SCALE, 0)
        )
    for at, words in times(scale.since, scale.until, zone, 7):
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(scale.x(at), HEIGHT - 10, words)


def _bars(slices: Sequence[Slice], scale: _Scale) -> Iterator[Markup]:
    """Used and wasted of each part of the period, side by side."""
    for each in slices:
        left, width = scale.x(each.since), scale.x(each.until) - scale.x(each.since)
        for name, value, place in (("used", each.used, 0.16), ("wasted", each.wasted, 0.5)):
            if value > 0:
                bar = (round(left + width * place, 1), scale.y(value), round(width * 0.34, 1))
                yield Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    name, *bar, round(scale.y(0) - scale.y(value), 1)
                )


def _level(slices: Sequence[Slice], opening: int, scale: _Scale) -> Markup:
    """The level as known at the end of each part."""
    steps = [f"M{scale.x(slices[0].since)},{scale.y(opening)}"]
    steps += [f"H{scale.x(each.until)}V{scale.y(each.level)}" for each in slices]
    return Markup('<path class="level" d="{}"/>').format("".join(steps))
