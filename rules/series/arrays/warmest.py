"""The warmest value over time of everywhere a subject was, as columns; as `subjects.evidence` defines it by steps."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from domain.intervals import Interval
from domain.readings import FAULT
from rules.series.arrays.intervals import Numbers, numbers
from rules.series.view import View

_NOTHING = np.empty(0, np.int64)


class Steps(NamedTuple):
    """Known values over time: `[starts[i], ends[i])` has `values[i]`; in order, disjoint."""

    starts: Numbers
    ends: Numbers
    values: Numbers


NO_STEPS = Steps(_NOTHING, _NOTHING, _NOTHING)


class SensorSpan(NamedTuple):
    """The readings of a sensor while it spoke for a place; `stay` numbers the stay there."""

    view: View
    since: int
    until: int
    stay: int


def warmest(sensors: Sequence[SensorSpan], stays: Sequence[Interval], since: int, until: int, max_gap: int) -> Steps:
    """Return the warmest value within `[since, until)`, wherever every stay of that moment has one."""
    parts = [_part(each, since, until, max_gap) for each in sensors]
    edges = _edges(parts, stays, since, until)
    if len(edges) < 2:
        return NO_STEPS
    starts, ends = edges[:-1], edges[1:]
    known = np.zeros((len(stays), len(starts)), np.bool_)
    best = np.full(len(starts), FAULT)
    for each, part in zip(sensors, parts, strict=True):
        values = _values_at(part, starts)
        known[each.stay] |= values != FAULT
        np.maximum(best, values, out=best)
    lit = np.zeros(len(starts), np.bool_)
    dark = np.zeros(len(starts), np.bool_)
    for stay, (start, end) in zip(known, stays, strict=True):
        here = (starts >= start) & (starts < end)
        lit |= here
        dark |= here & ~stay
    kept = lit & ~dark & (best != FAULT)
    return Steps(starts[kept], ends[kept], best[kept])


def joined(parts: Iterable[Steps]) -> Steps:
    """Return steps that follow each other as one."""
    columns = list(zip(*parts, strict=True))
    return Steps(*(np.concatenate(column) for column in columns)) if columns else NO_STEPS


def instants_of(spans: Iterable[tuple[View, int, int]]) -> Numbers:
    """Return the instants at which any sensor had a value within its `[since, until)`, sorted."""
    found = [_NOTHING]
    for view, since, until in spans:
        view.need(since)
        low, high = bisect_left(view.times, since), bisect_left(view.times, until)
        found.append(numbers(view.times[low:high])[view.column(low, high) != FAULT])
    return _distinct(np.concatenate(found))


def _part(sensors: SensorSpan, since: int, until: int, max_gap: int) -> Steps:
    """Return the steps of one sensor while it spoke, within `[since, until)`."""
    start, end = max(sensors.since, since), min(sensors.until, until)
    low, high = sensors.view.places(start, end)
    if start >= end or low == high:
        return NO_STEPS
    times, values = numbers(sensors.view.times[low : high + 1]), sensors.view.column(low, high)
    starts = times[: high - low]
    ends = starts + max_gap
    following = times[1:]
    ends[: len(following)] = np.minimum(ends[: len(following)], following)
    starts, ends = np.maximum(starts, start), np.minimum(ends, end)
    kept = (values != FAULT) & (starts < ends)
    return Steps(starts[kept], ends[kept], values[kept])


def _edges(parts: Sequence[Steps], stays: Sequence[Interval], since: int, until: int) -> Numbers:
    ends = [edge for stay in stays for edge in stay if since < edge < until]
    columns = [column for part in parts for column in part[:2]]
    return _distinct(np.concatenate([*columns, np.array([since, until, *ends], np.int64)]))


def _distinct(numbers: Numbers) -> Numbers:
    """Return each number once, in order; quick for what consists of a few runs that are in order already."""
    numbers.sort(kind="stable")
    kept = np.ones(len(numbers), np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=kept[1:])
    return numbers[kept]


def _values_at(part: Steps, instants: Numbers) -> Numbers:
    """Return the value in force at each instant; FAULT where none is."""
    if not len(part.starts):
        return np.full(len(instants), FAULT)
    places = np.searchsorted(part.starts, instants, "right") - 1
    found = np.maximum(places, 0)
    held = (places >= 0) & (instants < part.ends[found])
    return np.where(held, part.values[found], FAULT)
