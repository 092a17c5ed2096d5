"""Whether a place is leaving its normal range, and when it will reach a limit if nobody acts."""

from dataclasses import dataclass

import numpy as np

from forecast.normal import Binned, Floats, binned, learn
from forecast.thermal import Crossing, Thermal, fit

# What is fitted: enough values for three parameters and robust weights, few enough to be quick.
_VALUES = 40
_FEWEST = 8
_FINE_S = 120.0
_DAY_S = 86400.0
# The probe lags and the fan runs on: the first minutes of a rise follow no model.
_SETTLING_S = 300.0


@dataclass(frozen=True, slots=True)
class Trend:
    """A rise (`sign` +1) or fall (−1) that is longer than normal ones."""

    sign: int
    since: float  # seconds, as the times given
    model: Thermal

    def crossing(self, limit: float) -> Crossing:
        """Return when a limit in the trend's direction is reached, in seconds from the last reading."""
        return self.model.crossing(self.sign * limit)


def trend(times: Floats, values: Floats, sign: int) -> Trend | None:
    """Return the trend at the last reading, None while all is normal or too little is known.

    times: seconds, ascending, some days of them; values: °C or %; sign: +1 looks for warming, −1 for cooling.
    """
    mirrored = sign * values
    since = _start_of_rise(times, mirrored)
    if since is None:
        return None
    history = binned(times, mirrored)
    before = history.times <= since
    normal = learn(Binned(history.times[before], history.values[before]))
    if normal is None or not normal.is_left_by(history):
        return None
    rise = _thinned(times, mirrored, since + _SETTLING_S)
    return Trend(sign, since, fit(rise)) if len(rise.times) >= _FEWEST else None


def _start_of_rise(times: Floats, values: Floats) -> float | None:
    """Return when the place was last in the lower half of its last day."""
    if not len(times):
        return None
    recent = times > times[-1] - _DAY_S
    day = binned(times[recent], values[recent], _FINE_S)
    start = np.flatnonzero(day.values <= np.median(day.values))[-1]
    return float(day.times[start]) if start < len(day.times) - 1 else None


def _thinned(times: Floats, values: Floats, since: float) -> Binned:
    kept = times >= since
    if not kept.any():
        return Binned(times[:0], values[:0])
    return binned(times[kept], values[kept], max(60.0, float(times[-1] - since) / _VALUES))
