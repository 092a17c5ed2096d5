"""The rises in a series: from each low to the peak after it, small dips left out.

A compressor's rest, a defrost and an open door are rises as much as a failure is; what tells them apart is how long
they last.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A fall of less than this ends no rise: a share of the range the place runs in, the probe's noise, and K or % at least.
_SHARE, _NOISES, _LEAST = 0.25, 4.0, 0.2
# Values this close to the peak are the peak.
_NEAR = 0.05


class Rise(NamedTuple):
    """Times (seconds) and values from a low to the last value near the peak."""

    times: Floats
    values: Floats


def smoothed(values: Floats) -> Floats:
    """Return the medians of three neighbours; the ends stay as they are."""
    if len(values) < 3:
        return values
    middle = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    return np.concatenate([values[:1], middle, values[-1:]])


def least_fall(values: Floats) -> float:
    """Return how far a place must fall for its rise to have ended."""
    low, high = np.quantile(values, [0.05, 0.95])
    noise = float(np.median(np.abs(np.diff(values, prepend=values[:1]))))
    return max(_SHARE * float(high - low), _NOISES * noise, _LEAST)


def rises(times: Floats, values: Floats, fall: float) -> tuple[list[Rise], Rise | None]:
    """Return the rises that have ended by a fall, and the ongoing one."""
    ended: list[Rise] = []
    low = peak = 0
    rising = False
    for i, value in enumerate(values.tolist()):
        if rising and value > values[peak]:
            peak = i
        elif rising and values[peak] - value >= fall:
            ended.append(_rise(times, values, low, i))
            rising, low = False, i
        elif not rising and value < values[low]:
            low = i
        elif not rising and value - values[low] >= fall:
            rising, peak = True, i
    return ended, _rise(times, values, low, len(values)) if rising else None


def _rise(times: Floats, values: Floats, low: int, end: int) -> Rise:
    part = values[low:end]
    last = low + int(np.flatnonzero(part >= part.max() - _NEAR)[-1]) + 1
    return Rise(times[low:last], values[low:last])


def times_above(rise: Rise, levels: Floats) -> Floats:
    """Return how long a rise has been above each level when it ends, in seconds; 0 where it does not get there."""
    first = np.searchsorted(np.maximum.accumulate(rise.values), levels, side="right")
    last = len(rise.times) - 1
    return np.where(first <= last, rise.times[-1] - rise.times[np.minimum(first, last)], 0.0)
