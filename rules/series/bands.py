"""Ranges of values: what a sensor can read at all, and bands in which the next reading changes nothing."""

from dataclasses import dataclass

import numpy as np

from domain.readings import FAULT
from domain.times import NEVER
from rules.series.arrays.intervals import Numbers

Band = tuple[int, int]  # closed
EVERYTHING: Band = (-NEVER, NEVER)
NOTHING: Band = (NEVER, -NEVER)


def narrow(left: Band, right: Band) -> Band:
    """Return what lies in both."""
    return max(left[0], right[0]), min(left[1], right[1])


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a sensor of a quantity can read: a closed range less values that are known to mean a fault."""

    low: int
    high: int
    sentinels: frozenset[int]

    def rejects(self, value: int) -> bool:
        """Tell whether the value is no measurement."""
        return not self.low <= value <= self.high or value in self.sentinels

    def taken(self, values: Numbers) -> Numbers:
        """Return the values with FAULT for every implausible one."""
        doubted = (values < self.low) | (values > self.high) | np.isin(values, list(self.sentinels))
        found: Numbers = np.where(doubted, FAULT, values)
        return found

    def band_around(self, value: int) -> Band:
        """Return a closed range around a plausible value that holds no implausible one."""
        low = max((each + 1 for each in self.sentinels if each < value), default=self.low)
        high = min((each - 1 for each in self.sentinels if each > value), default=self.high)
        return max(low, self.low), min(high, self.high)
