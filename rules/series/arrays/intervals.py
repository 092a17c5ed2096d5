"""Intervals of a whole series: when it is known, outside some bounds, or pauses; as `series.intervals` patches them."""

from array import array

import numpy as np
from numpy.typing import NDArray

from domain.intervals import Interval
from domain.readings import FAULT
from rules.series.bounds import Bound, Bounds

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# From so many readings on it is worth the calls.
MANY = 256


def numbers(column: "array[int]") -> Numbers:
    """Return a copy: an array that numpy looks at could not grow."""
    return np.array(column, np.int64)


def known_or_outside(times: Numbers, values: Numbers, bounds: Bounds | None, max_gap: int) -> list[Interval]:
    """Return when values were known (no bounds) or outside the bounds; the last ends `max_gap` after its reading."""
    is_value = values != FAULT
    if bounds is None:
        return held(times, is_value, max_gap)
    return held(times, outside(times, np.where(is_value, values, 0), is_value, bounds, max_gap), max_gap)


def held(times: Numbers, holds: Flags, max_gap: int) -> list[Interval]:
    """Return when readings that hold do: until the next reading, at most `max_gap`; touching ones are joined."""
    places = np.flatnonzero(holds)
    if not len(places):
        return []
    follows = (np.diff(places) == 1) & (np.diff(times[places]) <= max_gap)
    breaks = np.flatnonzero(~follows)
    firsts = places[np.concatenate(([0], breaks + 1))]
    lasts = places[np.concatenate((breaks, [len(places) - 1]))]
    ends = times[lasts] + max_gap
    inner = lasts + 1 < len(times)
    ends[inner] = np.minimum(ends[inner], times[lasts[inner] + 1])
    return list(zip(times[firsts].tolist(), ends.tolist(), strict=True))


def outside(times: Numbers, values: Numbers, is_value: Flags, bounds: Bounds, max_gap: int) -> Flags:
    """Tell for each reading whether the sensor is outside from then on."""
    broken = is_value.copy()
    for bound in bounds.bounds:
        broken &= _beyond(values, bound)
    if not bounds.deadband:
        return broken
    # In the deadband a sensor stays what it was, unless nothing was known in between.
    first = bounds.bounds[0]
    near = is_value & ((values - first.value) * first.sign > -bounds.deadband) & ~broken
    near[1:] &= np.diff(times) <= max_gap
    near[:1] = False
    decided = np.where(near, 0, np.arange(len(times)))
    return broken[np.maximum.accumulate(decided)] if len(times) else broken


def pauses(times: Numbers, values: Numbers, after: int) -> list[Interval]:
    """Return the pairs of consecutive values further apart than `after`."""
    heard = times[values != FAULT]
    places = np.flatnonzero(np.diff(heard) > after)
    return list(zip(heard[places].tolist(), heard[places + 1].tolist(), strict=True))


def _beyond(values: Numbers, bound: Bound) -> Flags:
    distance = (values - bound.value) * bound.sign
    return distance >= 0 if bound.operator.startswith("at_or") else distance > 0
