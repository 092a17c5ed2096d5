"""Where the mean kinetic temperature of a rolling window is above a threshold, as `rules.kinds.mkt` defines it.

Floats decide where they are surely right; where the mean is within a millionth of the threshold the exact sums do.
"""

from collections.abc import Callable, Sequence
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.fast.stretches import Flags, Numbers
from rules.fast.warmest import Steps
from rules.kinetics import GAS_CONSTANT, ZERO_CELSIUS

Floats = NDArray[np.float64]

_ROUNDING = 1e-6  # K: beyond the sixth decimal
_FLOAT = 1e-9  # relative: what sums of floats are surely exact to


class Exact(NamedTuple):
    """Known time, and for each value how long it was: all that exact sums need."""

    known: int
    durations: Sequence[tuple[int, int]]  # value, microseconds


def above(
    steps: Steps,
    instants: Numbers,
    window: int,
    threshold: int,
    energy: int,
    decide: Callable[[Exact], bool],
) -> Flags:
    """Tell for each instant whether the mean over the window before it is above; `decide` settles the close ones.

    Instants are microseconds, values 10⁻⁶ °C, the energy 10⁻⁶ kJ/mol.
    """
    sums = _Sums(steps, energy)
    known = sums.known(instants) - sums.known(instants - window)
    harm = sums.harm(instants) - sums.harm(instants - window)
    enough = (2 * known >= window) & (known > 0)
    kelvin = threshold / 1_000_000 + ZERO_CELSIUS
    a_kelvin = energy / 1000 / GAS_CONSTANT / kelvin**2 if kelvin > 0 else 0.0  # relative harm of one more
    with np.errstate(all="ignore"):
        beyond = np.log(harm / np.maximum(known, 1) / _harm_of(threshold, energy))
    surely = beyond > a_kelvin * _ROUNDING + _FLOAT
    surely_not = beyond < -_FLOAT
    found: Flags = enough & surely
    for place in np.flatnonzero(enough & ~surely & ~surely_not).tolist():
        found[place] = decide(exactly(steps, int(instants[place]) - window, int(instants[place])))
    return found


class _Sums:
    """Known time and harm of all steps before an instant."""

    def __init__(self, steps: Steps, energy: int) -> None:
        self._steps = steps
        durations = steps.ends - steps.starts
        self._rates = _rates(steps.values, energy)
        self._known = np.concatenate(([0], np.cumsum(durations)))
        self._harm = np.concatenate(([0.0], np.cumsum(durations * self._rates)))

    def known(self, instants: Numbers) -> Numbers:
        """Return microseconds, exactly."""
        last, inside = self._inside(instants)
        found: Numbers = self._known[last] + inside
        return found

    def harm(self, instants: Numbers) -> Floats:
        """Return microseconds at the rate of 0 °C."""
        last, inside = self._inside(instants)
        rates = np.concatenate((self._rates, [0.0]))
        found: Floats = self._harm[last] + inside * rates[last]
        return found

    def _inside(self, instants: Numbers) -> tuple[Numbers, Numbers]:
        """Return how many steps have ended before, and how much of the next has passed."""
        last = np.searchsorted(self._steps.ends, instants, "right")
        starts = np.append(self._steps.starts, np.iinfo(np.int64).max)
        return last, np.maximum(instants - np.minimum(starts[last], instants), 0)


def _rates(values: Numbers, energy: int) -> Floats:
    distinct, places = np.unique(values, return_inverse=True)
    rates: Floats = np.array([_harm_of(value, energy) for value in distinct.tolist()], np.float64)[places]
    return rates


def _harm_of(value: int, energy: int) -> float:
    """Return the rate of harm relative to that at 0 °C."""
    kelvin = value / 1_000_000 + ZERO_CELSIUS
    return exp(energy / 1000 / GAS_CONSTANT * (1 / ZERO_CELSIUS - 1 / kelvin)) if kelvin > 0 else 0.0


def exactly(steps: Steps, since: int, until: int) -> Exact:
    """Return what exact sums over `[since, until)` need."""
    low = int(np.searchsorted(steps.ends, since, "right"))
    high = int(np.searchsorted(steps.starts, until, "left"))
    lengths = np.minimum(steps.ends[low:high], until) - np.maximum(steps.starts[low:high], since)
    distinct, places = np.unique(steps.values[low:high], return_inverse=True)
    durations = np.zeros(len(distinct), np.int64)
    np.add.at(durations, places, lengths)
    return Exact(int(lengths.sum()), list(zip(distinct.tolist(), durations.tolist(), strict=True)))
