"""Ranges of values: what a sensor can read at all, and bands in which the next reading changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from domain.readings import FAULT
from domain.times import MINUTE, NEVER
from rules.series.arrays.intervals import Flags, Numbers

Band = tuple[int, int]  # closed
EVERYTHING: Band = (-NEVER, NEVER)
NOTHING: Band = (NEVER, -NEVER)


def narrow(left: Band, right: Band) -> Band:
    """Return what lies in both."""
    return max(left[0], right[0]), min(left[1], right[1])


STEP_WITHIN = 15 * MINUTE  # of readings further apart than this no step is too large


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a sensor of a quantity can read: a closed range less values that are known to mean a fault.

    `step`: a reading further than this from the one just before it is no value either (None: any may be); the next
    one that agrees with it is.
    """

    low: int
    high: int
    sentinels: frozenset[int]
    step: int | None = None

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
        if self.step is not None:  # readings within half a step of one are within a step of each other
            low, high = max(low, value - self.step // 2), min(high, value + self.step // 2)
        return max(low, self.low), min(high, self.high)

    def is_jump(self, before: int, value_before: int, at: int, value: int) -> bool:
        """Tell whether a value that can be read is too far from the one read before it."""
        if self.step is None or at - before > STEP_WITHIN or self.rejects(value_before):
            return False
        return abs(value - value_before) > self.step

    def jumps(self, times: Numbers, values: Numbers) -> Flags:
        """Tell of each reading but the first whether it is too far from the one before; faults are not compared."""
        if self.step is None:
            return np.zeros(max(len(times) - 1, 0), np.bool_)
        taken = self.taken(values)
        both = (taken[1:] != FAULT) & (taken[:-1] != FAULT) & (np.diff(times) <= STEP_WITHIN)
        found: Flags = both & (np.abs(np.where(both, np.diff(values), 0)) > self.step)
        return found


@dataclass(frozen=True, slots=True)
class ByKind:
    """What a sensor can read by the kind of the place it hangs at; `elsewhere`: at a place of no kind that is named."""

    kinds: Mapping[str, Plausible] = field(compare=False)
    elsewhere: Plausible
    name: str  # of the table: what is called the same is the same

    def at(self, kinds: Iterable[str]) -> Plausible:
        """Return what a sensor can read at a place, given its kind and those of the places around it, nearest first."""
        words = (kind.casefold().replace("_", "-").replace(" ", "-") for kind in kinds)
        return next((self.kinds[word] for word in words if word in self.kinds), self.elsewhere)
