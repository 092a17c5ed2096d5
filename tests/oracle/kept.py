"""Readings as they are kept for an engine that holds hardly any."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np

from domain.readings import FAULT
from domain.times import MINUTE, NEVER
from rules.series.arrays.thinned import NO_DAYS, Days
from rules.series.intake import Memory
from tests.oracle.world import Row

_DAY = 7 * MINUTE


class Kept:
    """Readings in whatever order they came: at one instant the first value counts, and it beats a fault."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], dict[int, int | None]] = {}
        self.recalled = 0  # how often the engine asked for older ones
        self.memory = Memory(self._recall, self._recent, self._days, last=1, recalled=0)

    def keep(self, row: Row) -> None:
        """Keep a reading, after the engine heard of it."""
        series = self._series.setdefault((row.sensor, row.quantity), {})
        if series.get(row.measured_at) is None:
            series[row.measured_at] = row.value

    def load(self, sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        """Return instants and values of all there are, in order."""
        series = sorted(self._series.get((sensor, quantity), {}).items())
        return [when for when, _ in series], [value for _, value in series]

    def _recent(self, sensor: str, quantity: str, now: int) -> tuple["array[int]", "array[int]", bool]:
        times, values = self._recall(sensor, quantity, -NEVER, NEVER)
        first = bisect_left(times, now) - 2
        return (times[first:], values[first:], False) if first > 0 else (times, values, True)

    def _days(self, sensor: str, quantity: str, before: int) -> Days:
        """Days are short here, so that there are some."""
        rows = []
        for start, group in groupby(
            zip(*self.load(sensor, quantity), strict=True), lambda each: each[0] // _DAY * _DAY
        ):
            said = list(group)
            times, values = [at for at, _ in said], [0 if value is None else value for _, value in said]
            pause = max((b - a for a, b in pairwise(times)), default=0)
            known = times[0], values[0], times[-1], values[-1], min(values), max(values), pause
            rows.append((start, start + _DAY, *known, int(None not in (value for _, value in said))))
        columns = zip(*(row for row in rows if row[1] <= before), strict=True)
        found = [np.array(column) for column in columns]
        return Days(*found) if found else NO_DAYS

    def _recall(self, sensor: str, quantity: str, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        self.recalled += 1
        found = [(at, value) for at, value in zip(*self.load(sensor, quantity), strict=True) if since <= at < until]
        return array("q", [at for at, _ in found]), array("q", [FAULT if v is None else v for _, v in found])
