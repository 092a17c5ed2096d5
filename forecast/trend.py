"""Whether a place is leaving its normal range, and when it will reach a limit if nobody acts."""

from dataclasses import dataclass

import numpy as np

from forecast.normal import Normal, learn
from forecast.rises import Floats, Rise, smoothed
from forecast.thermal import Crossing, Thermal, fit

# What is fitted: enough values for three parameters and robust weights, few enough to be quick.
_VALUES = 60
_FEWEST = 4
# The ongoing rise is looked for in this.
_RECENT_S = 86400.0
# °C: what is around a cold store, and how much colder than the place a cooler that does not stop gets.
_INDOORS, _COOLER = 20.0, 20.0


@dataclass(frozen=True, slots=True)
class Trend:
    """A rise (`sign` +1) or fall (−1) that is longer than normal ones."""

    sign: int
    since: float  # seconds, as the times given: when the place was last in the range it runs in
    model: Thermal
    step: float  # the probe's resolution

    def crossing(self, limit: float) -> Crossing:
        """Return when a reading beyond a limit in the trend's direction is due, in seconds from the last reading."""
        return self.model.crossing(self.sign * limit + self.step / 2)


def trend(times: Floats, values: Floats, sign: int) -> Trend | None:
    """Return the trend at the last reading, None while all is normal or too little is known.

    times: seconds, ascending, some days of them; values: °C or %; sign: +1 looks for warming, −1 for cooling.
    """
    mirrored = sign * values
    normal = learn_until_now(times, mirrored)
    return None if normal is None else leaving(normal, times, mirrored, sign)


def learn_until_now(times: Floats, mirrored: Floats) -> Normal | None:
    """Return what is normal by some days of readings; what came after the place was as usual last is left out."""
    since = _last_usual(times, mirrored)
    if since is None:
        return None
    before = times <= since
    return learn(times[before], mirrored[before])


def leaving(normal: Normal, times: Floats, mirrored: Floats, sign: int) -> Trend | None:
    """Return the trend of a place that leaves what is normal for it; a day of readings is enough."""
    recent = times > times[-1] - _RECENT_S
    times, mirrored = times[recent], mirrored[recent]
    smooth = smoothed(mirrored)
    usual = np.flatnonzero(smooth <= normal.usual)
    if not len(usual) or usual[-1] == len(smooth) - 1 or not normal.is_left(times, smooth):
        return None
    since = float(times[usual[-1]])
    rise = _thinned(times, mirrored, since)
    if len(rise.times) < _FEWEST:
        return None
    end = _INDOORS if sign > 0 else float(mirrored[-1]) + _COOLER
    return Trend(sign, since, fit(rise, normal.rate, end), normal.step)


def _last_usual(times: Floats, values: Floats) -> float | None:
    """Return when the place was last at its median of the last day or below; what comes later may be the failure."""
    recent = np.flatnonzero(times > times[-1] - _RECENT_S) if len(times) else np.array([], np.int64)
    if len(recent) < _FEWEST:
        return None
    smooth = smoothed(values[recent])
    low = np.flatnonzero(smooth <= np.median(smooth))
    return float(times[recent[low[-1]]])


def _thinned(times: Floats, values: Floats, since: float) -> Rise:
    """Return the readings from an instant on, as medians over equal bins where there are many."""
    kept = times >= since
    times, values = times[kept], values[kept]
    if len(times) <= _VALUES:
        return Rise(times, values)
    bins = np.array_split(np.arange(len(times)), _VALUES)
    return Rise(
        np.array([times[part].mean() for part in bins]), np.array([float(np.median(values[part])) for part in bins])
    )
