"""Where the mean kinetic temperature of a rolling window is above a threshold, as `rules.kinds.mkt` defines it.

Floats decide where they are surely right; where the mean is within a millionth of the threshold the exact sums do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.times import NEVER
from rules.series.arrays.intervals import Flags, Numbers
from rules.series.arrays.warmest import Steps
from rules.series.kinetics import GAS_CONSTANT, ZERO_CELSIUS

Floats = NDArray[np.float64]

_ROUNDING = 1e-6  # K: beyond the sixth decimal
_PARTS = 64  # of a window, at least, that are looked at each by itself
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


class Outlook:
    """What the mean over the window that ends at a coming instant can be at most, or at least.

    Each answer is a present or coming instant before which it surely is not so, not necessarily one at which it is.
    """

    def __init__(self, steps: Steps, now: int, window: int, energy: int) -> None:
        """Take what was known in the window before now."""
        self._now, self._window, self._energy = now, window, energy
        edges = np.concatenate((steps.starts, steps.ends)) + window
        even = now + window * np.arange(_PARTS + 1) // _PARTS
        self._ends = np.sort(np.concatenate((edges[(now < edges) & (edges < now + window)], even)), kind="stable")
        sums = _Sums(steps, energy)
        gone = self._ends - window
        self._known = sums.known(np.array([now]))[0] - sums.known(
            gone
        )  # of what is known now, then still in the window
        self._harm = sums.harm(np.array([now]))[0] - sums.harm(gone)

    def above(self, threshold: int, ceiling: int | None) -> int:
        """Return from when the mean can be above if nothing is above the ceiling (None: known) from now on.

        Between two ends each sum is a line.
        """
        limit = _harm_of(threshold, self._energy)
        gain = 0.0 if ceiling is None else _harm_of(ceiling, self._energy) - limit
        excess = self._harm - self._known * limit
        most = np.maximum(excess[:-1], excess[1:])
        ahead = 0 * self._ends[1:] if ceiling is None else self._ends[1:] - self._now
        least_ahead = np.maximum((self._window + 1) // 2 - self._known[:-1], 0)  # for half the window to be known
        possible = least_ahead <= ahead
        possible &= most + gain * (ahead if gain > 0 else least_ahead) > -_FLOAT * limit * self._window
        return self._first(possible)

    def not_above(self, threshold: int) -> int:
        """Return from when the mean can be not above, whatever comes."""
        limit = _harm_of(threshold, self._energy)
        excess = self._harm - self._known * limit
        least = np.minimum(excess[:-1], excess[1:]) - limit * (self._ends[1:] - self._now)
        possible = (2 * self._known[1:] < self._window) | (least < 2 * _ROUNDING * limit * self._window)
        return self._first(possible)

    def _first(self, possible: Flags) -> int:
        places = np.flatnonzero(possible)
        return int(self._ends[places[0]]) if len(places) else NEVER


def _rates(values: Numbers, energy: int) -> Floats:
    """Return the rates of harm relative to that at 0 °C."""
    kelvins = values / 1_000_000 + ZERO_CELSIUS
    with np.errstate(all="ignore"):
        rates: Floats = np.exp(energy / 1000 / GAS_CONSTANT * (1 / ZERO_CELSIUS - 1 / kelvins))
    return np.where(kelvins > 0, rates, 0.0)


def _harm_of(value: int, energy: int) -> float:
    return float(_rates(np.array([value]), energy)[0])


def exactly(steps: Steps, since: int, until: int) -> Exact:
    """Return what exact sums over `[since, until)` need."""
    low = int(np.searchsorted(steps.ends, since, "right"))
    high = int(np.searchsorted(steps.starts, until, "left"))
    lengths = np.minimum(steps.ends[low:high], until) - np.maximum(steps.starts[low:high], since)
    distinct, places = np.unique(steps.values[low:high], return_inverse=True)
    durations = np.zeros(len(distinct), np.int64)
    np.add.at(durations, places, lengths)
    return Exact(int(lengths.sum()), list(zip(distinct.tolist(), durations.tolist(), strict=True)))
