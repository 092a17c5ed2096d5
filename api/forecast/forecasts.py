"""The forecast of one sensor: when limits are reached, and which rules would trigger for which units and places."""

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from api.forecast.allowances import allowed
from api.forecast.sensors import ForecastSensor, MountedProbe
from domain.model import Dated
from domain.numbers import SCALE
from domain.readings import FAULT
from domain.times import DAY, SECOND
from forecast.rises import Floats
from forecast.risk import Risk, at_risk
from forecast.trend import Trend
from store.columns import Numbers, load_columns
from store.series import find

LEARNED_FROM = 7 * DAY


@dataclass(frozen=True, slots=True)
class SensorForecast:
    """What a sensor's trend would make fire, earliest first, in seconds from its last reading on.

    sign: +1 warming, −1 cooling; place: where it hangs; places: what it speaks for.
    """

    sensor: str
    place: str
    places: frozenset[str]
    sign: int
    since: int
    read_at: int
    value: int  # the last reading
    risks: tuple[Risk, ...]

    @property
    def first(self) -> float:
        """When something would fire first, in seconds since the epoch."""
        return self.read_at / SECOND + self.risks[0].fires.likely

    def at(self, location: str) -> "SensorForecast":
        """Return the same without the own rules of other places."""
        return replace(self, risks=tuple(r for r in self.risks if r.allowance.place in (None, location)))


@dataclass(frozen=True, slots=True)
class Read:
    """What a sensor said from `begin` on, as the forecast takes it: seconds since then, and °C."""

    begin: int
    seconds: Floats
    values: Floats

    @property
    def read_at(self) -> int:
        """Return when it said something last; there must be something."""
        return self.instant(self.seconds[-1])

    def instant(self, second: float) -> int:
        """Return the instant of a second."""
        return self.begin + round(second * SECOND)


def read(connection: Connection, probe: MountedProbe, since: int, until: int) -> Read:
    """Return what a sensor said in `[since, until)` where it hangs now, with its offset; faults are left out."""
    begin = max(since, probe.since)
    number = find(connection, [probe.series]).get(probe.series)
    if number is None or begin >= until:
        return Read(begin, np.empty(0), np.empty(0))
    instants, values = load_columns(connection, number, begin, until)
    said = values != FAULT
    judged = values[said] + _added(probe.offset, instants[said])
    return Read(begin, (instants[said] - begin) / SECOND, judged / SCALE)


def _added(offset: Dated[int] | None, instants: Numbers) -> Numbers:
    """Return what is added to readings of these instants."""
    steps = () if offset is None else offset.steps
    in_force = np.searchsorted(np.array([since for since, _ in steps], np.int64), instants, side="right")
    return np.array([0, *(value for _, value in steps)], np.int64)[in_force]


def forecast_by(connection: Connection, sensor: ForecastSensor, trend: Trend, said: Read) -> SensorForecast | None:
    """Return what a trend would make fire, None if nothing."""
    risks = at_risk(trend, allowed(connection, sensor, trend.sign, said.read_at))
    if not risks:
        return None
    return SensorForecast(
        sensor=sensor.sensor,
        place=sensor.probe.place,
        places=frozenset(sensor.places),
        sign=trend.sign,
        since=said.instant(trend.since),
        read_at=said.read_at,
        value=round(said.values[-1] * SCALE),
        risks=tuple(risks),
    )
