"""One axis of time for all sensors: columns between the instants at which any of them changes. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from api.web.charts.model import Columns, Limit, Line, SensorSteps

Values = list[int | None]


def columns_of(heard: Sequence[SensorSteps], limits: Sequence[Limit]) -> Columns:
    """Lay out what sensors said; where several spoke, the farthest out of them is the thick one."""
    edges = sorted({edge for each in heard for step in each.steps for edge in step[:2]})
    lines = [_line(members, edges) for members in _share(heard)]
    low = _over(lines, edges, lambda line: line.low, min)
    high = _over(lines, edges, lambda line: line.high, max)
    return Columns(edges, lines, low, high, _thick(edges, low, high, limits))


def _share(heard: Sequence[SensorSteps]) -> list[list[SensorSteps]]:
    """Put sensors that never speak at once on one line."""
    lines: list[list[SensorSteps]] = []
    for each in sorted((each for each in heard if each.steps), key=lambda each: each.steps[0].since):
        free = (line for line in lines if line[-1].steps[-1].until <= each.steps[0].since)
        line = next(free, None)
        if line is None:
            lines.append(line := [])
        line.append(each)
    return lines


def _line(members: Sequence[SensorSteps], edges: Sequence[int]) -> Line:
    low: Values = [None] * len(edges)
    high: Values = [None] * len(edges)
    names = []
    for each in members:
        names.append((bisect_left(edges, each.steps[0].since), each.name))
        i = 0
        for step in each.steps:
            i = bisect_left(edges, step.since, i)
            while i < len(edges) and edges[i] < step.until:
                low[i], high[i] = step.low, step.high
                i += 1
    return Line(tuple(names), low, high)


def _over(
    lines: Sequence[Line],
    edges: Sequence[int],
    side: Callable[[Line], Values],
    farthest: Callable[[Iterable[int]], int],
) -> Values:
    if len(lines) == 1:
        return side(lines[0])
    values = zip(*map(side, lines), strict=True) if lines else ()
    known = ([value for value in column if value is not None] for column in values)
    return [farthest(column) if column else None for column in known]


def _thick(edges: Sequence[int], low: Values, high: Values, limits: Sequence[Limit]) -> Values:
    """Take the warmest, but the coldest where that is farther out, and where there are lower limits only."""
    upper = [limit for limit in limits if limit.side > 0]
    lower = [limit for limit in limits if limit.side < 0]
    if not lower:
        return high
    if not upper:
        return low
    thick = []
    for at, least, most in zip(edges, low, high, strict=True):
        under = max((limit.value - (least or 0) for limit in lower if limit.since <= at < limit.until), default=0)
        over = max(((most or 0) - limit.value for limit in upper if limit.since <= at < limit.until), default=0)
        thick.append(least if under > max(over, 0) else most)
    return thick
