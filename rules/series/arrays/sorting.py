"""Readings in the order of a file, sorted into series all at once; what counts of several at one instant is the same.

Of two different values at one instant the first received counts, and a value beats a fault.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from domain.readings import FAULT
from rules.series.arrays.intervals import Flags, Numbers


class Sorted(NamedTuple):
    """One series: instants in order, one reading each."""

    code: int
    times: Numbers
    values: Numbers


class Refused(NamedTuple):
    """A value that another one at the same instant was received before."""

    code: int
    at: int
    kept: int
    refused: int


def sort_series(codes: Numbers, times: Numbers, values: Numbers) -> tuple[list[Sorted], list[Refused]]:
    """Return the series by their codes, and every value refused. FAULT is a fault."""
    order = np.lexsort((times, codes))  # stable: what was received first stays first
    codes, times, values = codes[order], times[order], values[order]
    same = (codes[1:] == codes[:-1]) & (times[1:] == times[:-1])
    refused: list[Refused] = []
    if same.any():
        counts = np.ones(len(codes), np.bool_)
        for start, end in _groups(same):
            refused += _settle(start, end, codes, times, values)
            counts[start + 1 : end] = False
        codes, times, values = codes[counts], times[counts], values[counts]
    edges = np.flatnonzero(np.diff(codes)) + 1
    bounds = [0, *edges.tolist(), len(codes)] if len(codes) else [0]
    series = [Sorted(int(codes[a]), times[a:b], values[a:b]) for a, b in pairwise(bounds)]
    return series, refused


def _groups(same: Flags) -> Iterator[tuple[int, int]]:
    """Yield from where to where readings are of one instant."""
    steps = np.diff(np.concatenate(([False], same, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    yield from zip(starts.tolist(), (ends + 1).tolist(), strict=True)


def _settle(start: int, end: int, codes: Numbers, times: Numbers, values: Numbers) -> Iterator[Refused]:
    """Put what counts of a group first; yield what is refused."""
    measured = [value for value in values[start:end].tolist() if value != FAULT]
    if not measured:
        return
    kept = values[start] = measured[0]
    for value in measured[1:]:
        if value != kept:
            yield Refused(int(codes[start]), int(times[start]), kept, value)
