"""What is foreseen for a place from its last days: when limits are reached, and which rules would fire for which units.

Only temperature follows a thermal model.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from api.allowances import QUANTITY, Allowed, allowed_at, speaking_at
from api.deps import View
from domain.numbers import SCALE
from domain.times import DAY, SECOND
from forecast.risk import Risk, at_risk
from forecast.trend import Trend, trend
from store.readings import load

LEARNED_FROM = 7 * DAY


class Foreseen(NamedTuple):
    """A trend of one sensor of a place, from its last reading on, and what it would make fire, earliest first."""

    sensor: str
    since: int
    read_at: int
    trend: Trend
    risks: Sequence[Risk]

    @property
    def first(self) -> float:
        """When something would fire first, in seconds since the epoch."""
        return self.read_at / SECOND + self.risks[0].fires.likely


def foresee(view: View, location: str) -> Foreseen | None:
    """Return what the sensor says whose trend would make something fire first; None while nothing is foreseen."""
    allowed = list(allowed_at(view, location))
    found = [
        foreseen
        for sensor in sorted(speaking_at(view, location))
        for sign in sorted({each.sign for each in allowed})
        if (foreseen := _of_sensor(view, sensor, sign, allowed)) is not None
    ]
    return min(found, key=lambda each: each.first, default=None)


def _of_sensor(view: View, sensor: str, sign: int, allowed: Sequence[Allowed]) -> Foreseen | None:
    found = view.snapshot.site.sensors[sensor]
    since = view.now - LEARNED_FROM
    instants, values = load(view.connection, found.device, found.probe or "", QUANTITY, since, view.now + 1)
    read = [(at, value) for at, value in zip(instants, values, strict=True) if value is not None]
    seconds = np.array([(at - since) / SECOND for at, _ in read])
    leaving = trend(seconds, np.array([value / SCALE for _, value in read]), sign)
    if leaving is None:
        return None
    risks = at_risk(leaving, [each.requirement for each in allowed if each.sign == sign])
    begun = since + round(leaving.since * SECOND)
    return Foreseen(sensor, begun, read[-1][0], leaving, risks) if risks else None
