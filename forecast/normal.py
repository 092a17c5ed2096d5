"""What is normal for a place: the range it runs in and the longest it rises, learned from its own last days.

Compressor cycles, defrosts and door openings are rises too. They end, and a place has had them before; so a rise is
a trend only when it lasts longer than any rise in normal running did.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Shorter than a rise worth knowing, longer than most door openings: one value stands for this long.
BIN_S = 300.0
# Less than this says nothing of what is normal.
LEARNED_AT_LEAST_S = 12 * 3600.0
# A stay above a level may be a little longer than any before and still be normal.
_MARGIN = 1.25
_MARGIN_S = 2 * BIN_S
_LEVELS = 12
LOW = 0.25


class Binned(NamedTuple):
    """Medians over equal bins; bins without a reading are left out. Seconds, °C or %."""

    times: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Normal:
    """How a place runs when all is well: the longest it stayed above each level, from its low quarter to its peak."""

    levels: Floats  # ascending
    longest_s: Floats

    def is_left_by(self, recent: Binned) -> bool:
        """Tell whether the place is above some level for longer than it ever was."""
        now = float(recent.times[-1])
        stays = [now - _above_since(recent, float(level)) for level in self.levels]
        return bool(np.any(np.array(stays) > self.longest_s * _MARGIN + _MARGIN_S))


def binned(times: Floats, values: Floats, width_s: float = BIN_S) -> Binned:
    """Return the medians of the readings in each bin, dated by their mean time."""
    if not len(times):
        return Binned(times, values)
    bins = np.floor(times / width_s)
    starts = np.flatnonzero(np.diff(bins, prepend=-np.inf))
    counts = np.diff(starts, append=len(times))
    ranked = values[np.lexsort((values, bins))]
    medians = (ranked[starts + (counts - 1) // 2] + ranked[starts + counts // 2]) / 2
    return Binned(np.add.reduceat(times, starts) / counts, medians)


def learn(history: Binned) -> Normal | None:
    """Return what is normal, None where too little is known. What the history holds counts as normal, all of it."""
    times, values = history
    if len(times) < 2 or times[-1] - times[0] < LEARNED_AT_LEAST_S:
        return None
    levels = np.linspace(float(np.quantile(values, LOW)), float(values.max()), _LEVELS)
    return Normal(levels, np.array([_longest_above(history, float(level)) for level in levels]))


def _longest_above(history: Binned, level: float) -> float:
    """Return the longest time between two instants at which the place was at the level or below it."""
    times = history.times[history.values <= level]
    return float(np.diff(times).max()) if len(times) > 1 else 0.0


def _above_since(recent: Binned, level: float) -> float:
    """Return when the place was last at the level or below it."""
    under = np.flatnonzero(recent.values <= level)
    return float(recent.times[under[-1]] if len(under) else recent.times[0])
