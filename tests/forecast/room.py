"""A cold room of two thermal masses, its doors, and its compressor's failure: written down here by itself."""

import numpy as np

from forecast.rises import smoothed

MINUTE = 60.0
AMBIENT = 21.0


def room(minutes, fails_at=None, seed=1, leak=38.0, stock=2.1e6, doors=()):
    """Return a room of two thermal masses with a thermostat at 5 °C, noise of its probe, whose compressor may fail."""
    air = mass = 5.0
    cooling, measured = False, []
    for minute in range(minutes):
        cooling = (air > 5.7 or (cooling and air > 4.3)) and (fails_at is None or minute < fails_at)
        to_stock = 80.0 * (air - mass)
        door = 12 if minute in doors else 0
        air += MINUTE * (leak * (1 + door) * (AMBIENT - air) - to_stock - 1500.0 * cooling) / 3e5
        mass += MINUTE * to_stock / stock
        measured.append(air)
    noise = np.random.default_rng(seed).normal(0, 0.04, minutes)
    return np.arange(minutes) * MINUTE, np.round(np.array(measured) + noise, 1)


def reached(times, values, limit, fails_at):
    """Return the minute in which a failing place is beyond a limit to stay."""
    beyond = smoothed(values) > limit
    return next(i for i in range(fails_at, len(beyond)) if beyond[i : i + 10].all())
