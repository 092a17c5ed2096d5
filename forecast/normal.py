"""What is normal for a place: the range it runs in, how long and how fast it rises, learned from its own last days.

Compressor cycles, defrosts and door openings are rises too. They end, and a place has had them before; so a rise is
a trend only when it lasts longer than any rise in normal running did. While a compressor rests the air warms as it
does when the compressor fails: this is how fast a failure begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.rises import Floats, Rise, least_fall, rises, smoothed, times_above

_DAY_S = 86400.0
# Less than this says nothing of what is normal.
LEARNED_AT_LEAST_S = 12 * 3600.0
_FEWEST_READINGS = 50
# A rise may last a little longer than any before and still be normal.
_MARGIN, _MARGIN_READINGS, _MARGIN_S = 1.05, 2, 240.0
# So many rises a day that last longer are mishaps by themselves.
_MISHAPS_A_DAY = 0.3
_LEVELS = 16
# The range a place runs in; what is above it is not the thermostat's doing.
_USUAL = 0.95
# A probe follows the air late; the first readings of a rise say little of its rate.
_LATE_READINGS = 2
_FEWEST_OF_RISE, _FEWEST_RISES = 6, 15
# Rises that are like the median one: a door and a defrost are not.
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast the air of a place warms by itself at its usual level: °C a second at °C."""

    per_s: float
    level: float


@dataclass(frozen=True, slots=True)
class Normal:
    """How a place runs when all is well."""

    levels: Floats  # ascending, from its median to its peak
    longest_s: Floats  # the longest that a rise was above each of them, but for mishaps; inf: it never rises
    above_s: Floats  # the longest that the place was above each of them, rising or falling, but for mishaps
    fall: float  # what ends a rise
    usual: float  # the upper end of the range it runs in
    interval_s: float
    step: float  # the probe's resolution
    rate: Rate | None  # None: it does not rise regularly

    def is_left(self, times: Floats, values: Floats) -> bool:
        """Tell whether the place rises, or stays above some level, for longer than normal; smoothed values."""
        _, going = rises(times, values, self.fall)
        rising = going is not None and self._outlasts(times_above(going, self.levels), self.longest_s)
        return rising or self._outlasts(_since_below(times, values, self.levels), self.above_s)

    def _outlasts(self, lasts: Floats, longest: Floats) -> bool:
        needed = longest * _MARGIN + _MARGIN_READINGS * self.interval_s
        return bool(np.any(lasts > np.maximum(needed, _MARGIN_S)))


def learn(times: Floats, values: Floats) -> Normal | None:
    """Return what is normal, None where too little is known. What the history holds counts as normal, all of it.

    times: seconds, ascending; values: °C or %, their upper side looked at.
    """
    if len(times) < _FEWEST_READINGS or times[-1] - times[0] < LEARNED_AT_LEAST_S:
        return None
    smooth = smoothed(values)
    fall = least_fall(smooth)
    ended, _ = rises(times, smooth, fall)
    median, usual, top = np.quantile(smooth, [0.5, _USUAL, 1.0])
    levels = np.linspace(median, top, _LEVELS)
    mishaps = int(_MISHAPS_A_DAY * float(times[-1] - times[0]) / _DAY_S)
    longest = _longest([times_above(rise, levels) for rise in ended], mishaps)
    above = _longest(_longest_times_above(times, smooth, levels, mishaps), mishaps)
    interval = float(np.median(np.diff(times)))
    return Normal(levels, longest, above, fall, float(usual), interval, _resolution(values), _rate(ended))


def _longest(lasted: Sequence[Floats], mishaps: int) -> Floats:
    """Return the longest at each level but for mishaps; inf where there is nothing to learn from."""
    if len(lasted) <= mishaps:
        return np.full(_LEVELS, np.inf)
    return np.asarray(np.sort(lasted, axis=0)[-1 - mishaps])


def _longest_times_above(times: Floats, values: Floats, levels: Floats, mishaps: int) -> list[Floats]:
    """Return the longest stays above each level, one more than there are mishaps."""
    ranked = []
    for level in levels:
        gaps = np.sort(np.diff(times[values <= level], prepend=times[0]))[::-1]
        ranked.append(np.resize(gaps, mishaps + 1))
    return list(np.array(ranked).T)


def _since_below(times: Floats, values: Floats, levels: Floats) -> Floats:
    """Return how long ago the place was at each level or below it last."""
    below = [np.flatnonzero(values <= level) for level in levels]
    return np.array([times[-1] - (times[each[-1]] if len(each) else times[0]) for each in below])


def _resolution(values: Floats) -> float:
    steps = np.diff(np.unique(values))
    return min(0.5, float(steps.min())) if len(steps) else 0.0


def _rate(ended: Sequence[Rise]) -> Rate | None:
    """Return the slope of the average of the rises that are like the median one."""
    regular = [rise for rise in ended if len(rise.times) > _FEWEST_OF_RISE]
    if len(regular) < _FEWEST_RISES:
        return None
    lasted = np.array([rise.times[-1] - rise.times[0] for rise in regular])
    slopes = np.array([rise.values[-1] - rise.values[0] for rise in regular]) / lasted
    alike = (np.abs(lasted / np.median(lasted) - 1) < _ALIKE) & (np.abs(slopes / np.median(slopes) - 1) < _ALIKE)
    chosen = [rise for rise, like in zip(regular, alike, strict=True) if like]
    if len(chosen) < _FEWEST_RISES:
        return None
    length = min(len(rise.times) for rise in chosen)
    values = np.mean([rise.values[_LATE_READINGS:length] for rise in chosen], axis=0)
    times = np.mean([rise.times[_LATE_READINGS:length] - rise.times[0] for rise in chosen], axis=0)
    slope = float(np.polyfit(times, values, 1)[0])
    return Rate(slope, float(values.mean())) if slope > 0 else None
