"""The last day of a place as a line of a few pixels: allowed range shaded, outside parts marked, gaps hatched. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from api.web.components.limits import Limits

HEIGHT = 30
_MARGIN = 3.0


class Step(NamedTuple):
    """The lowest and the highest value in one bucket of time, of all sensors that spoke."""

    number: int
    low: int
    high: int


def merged(lines: Iterable[Iterable[Step]]) -> list[Step]:
    """Return the extremes over several sensors, in order of time."""
    found: dict[int, Step] = {}
    for step in (step for line in lines for step in line):
        other = found.get(step.number, step)
        found[step.number] = Step(step.number, min(step.low, other.low), max(step.high, other.high))
    return [found[number] for number in sorted(found)]


def held(steps: Sequence[Step], most: int) -> list[Step]:
    """Let each value hold over at most so many buckets in which nothing was said."""
    filled: list[Step] = []
    for step in steps:
        if filled and step.number - filled[-1].number - 1 <= most:
            last = filled[-1]
            filled += [last._replace(number=number) for number in range(last.number + 1, step.number)]
        filled.append(step)
    return filled


def draw(steps: Sequence[Step], buckets: int, limits: Limits, label: str) -> Markup:
    """Return the line over so many buckets as an SVG that stretches to its place."""
    scale = _Scale(steps, limits)
    known = {step.number for step in steps}
    gaps = _runs(number for number in range(buckets) if number not in known)
    parts = [_band(scale, buckets, limits)]
    parts += [
        Markup('<rect class="gap" x="{}" y="0" width="{}" height="{}"/>').format(a, b - a, HEIGHT) for a, b in gaps
    ]
    parts += [_line(scale, run) for run in _pieces(steps, limits)]
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(buckets, HEIGHT, label, Markup("").join(parts))


class _Scale:
    """From values to pixels, so that the line and the limits fit."""

    def __init__(self, steps: Sequence[Step], limits: Limits) -> None:
        marks = [bound.value for bound in (limits.low, limits.high) if bound is not None]
        marks += [value for step in steps for value in (step.low, step.high)]
        self._low = min(marks, default=0)
        self._span = max(marks, default=0) - self._low or 1

    def y(self, value: int) -> float:
        share = (value - self._low) / self._span
        return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)


def _band(scale: _Scale, buckets: int, limits: Limits) -> Markup:
    if not limits:
        return Markup("")
    top = scale.y(limits.high.value) if limits.high else 0
    bottom = scale.y(limits.low.value) if limits.low else HEIGHT
    return Markup('<rect class="band" x="0" y="{}" width="{}" height="{}"/>').format(
        top, buckets, round(bottom - top, 1)
    )


class _Run(NamedTuple):
    """Steps without a gap, all outside or none; `before`: the step that they follow at once."""

    is_out: bool
    steps: list[Step]
    before: Step | None


def _pieces(steps: Sequence[Step], limits: Limits) -> Iterator[_Run]:
    def sort(pair: tuple[int, Step]) -> tuple[bool, int]:
        i, step = pair
        return limits.broken_by(step.low) or limits.broken_by(step.high), step.number - i

    last: Step | None = None
    for (is_out, _), run in groupby(enumerate(steps), key=sort):
        found = [step for _, step in run]
        yield _Run(is_out, found, last if last is not None and last.number == found[0].number - 1 else None)
        last = found[-1]


def _line(scale: _Scale, run: _Run) -> Markup:
    """Return a ribbon from the lowest to the highest value; where they are one, its edge is the line."""
    start = run.before or run.steps[0]
    above = "".join(f"V{scale.y(step.high):g}H{step.number + 1}" for step in run.steps)
    below = "".join(f"V{scale.y(step.low):g}H{step.number}" for step in reversed(run.steps))
    outline = (
        f"M{run.steps[0].number} {scale.y(start.low):g}V{scale.y(start.high):g}{above}{below}V{scale.y(start.low):g}"
    )
    return Markup('<path class="{}" d="{}Z"/>').format("out" if run.is_out else "in", outline)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of following numbers as half-open intervals."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield found[0], found[-1] + 1
