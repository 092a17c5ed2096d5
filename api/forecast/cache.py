"""The forecasts of the whole site, kept current in the background, so that a page only reads what is there.

What is normal for a sensor is learned from its last days and kept for hours. Where the last reading lies within the
range that the place usually runs in, nothing else is looked at; elsewhere the last day is read.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from api.forecast.forecasts import LEARNED_FROM, Read, SensorForecast, forecast_by, read
from api.forecast.sensors import ForecastSensor, MountedProbe, forecast_sensors
from api.snapshot import Snapshot, Snapshots
from domain.numbers import SCALE
from domain.offsets import offset_at
from domain.times import DAY, HOUR
from forecast.normal import Normal
from forecast.trend import Trend, learn_until_now, leaving
from store.database import Database
from store.readings import latest_of
from store.series import find

# What is normal changes slowly; where too little was known it is tried again in every round.
KEPT_FOR = 6 * HOUR
# A site that has just been started is learned over some rounds.
LEARNED_A_ROUND = 100
# After each sensor that costs something it rests for so many times as long: a quarter of a core at most.
REST = 3.0

Which = tuple[MountedProbe, int]  # and the side
Pause = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class _Normals:
    """What is normal on each side, learned at an instant; None: too little is known."""

    at: int
    of: Mapping[int, Normal | None]

    def are_due(self, signs: Sequence[int], now: int) -> bool:
        return now - self.at >= KEPT_FOR or any(self.of.get(sign) is None for sign in signs)


class ForecastCache:
    """Keeps what is normal and the forecasts. Safe to share among threads; one at a time calls `look`."""

    def __init__(self, database: Database, snapshots: Snapshots, now: Callable[[], int]) -> None:
        self._database = database
        self._snapshots = snapshots
        self._now = now
        self._normals: dict[MountedProbe, _Normals] = {}
        self._found: dict[Which, SensorForecast] = {}

    @property
    def found(self) -> list[SensorForecast]:
        """The forecast of each sensor, as of the last round, in the order in which a rule triggers first."""
        return sorted(list(self._found.values()), key=lambda each: (each.first, each.sensor))

    def at(self, location: str) -> SensorForecast | None:
        """Return the forecast of a location as of the last round: of the sensor whose rules trigger first."""
        return _first(each.at(location) for each in self.found if location in each.places)

    def ask(self, connection: Connection, snapshot: Snapshot, location: str, now: int) -> SensorForecast | None:
        """Return the forecast of a location right now, as `at`."""
        there = [each for each in forecast_sensors(connection, snapshot, now) if location in each.places]
        for each in there:
            if self._is_due(each, now):
                self._learn(connection, each, now)
        found = [self._forecast(connection, each, sign, now) for each in there for sign in each.signs]
        return _first(each.at(location) for each in found if each is not None)

    def look(self, pause: Pause = lambda seconds: None) -> None:
        """Bring everything up to date: one round. Raises UnavailableError if the database does not answer."""
        now = self._now()
        with self._database.read() as connection:
            everybody = forecast_sensors(connection, self._snapshots.get(connection), now)
            newest = _newest(connection, everybody)
        self._forget(everybody)
        for each in everybody:
            if each.probe in self._normals:
                self._look_at(each, newest.get(each.probe), now, pause)
        for each in self._to_learn(everybody, now):
            with _resting(pause), self._database.read() as connection:
                self._learn(connection, each, now)
            self._look_at(each, newest.get(each.probe), now, pause)

    def _look_at(self, each: ForecastSensor, newest: tuple[int, int | None] | None, now: int, pause: Pause) -> None:
        for sign in each.signs:
            if newest is None or now - newest[0] >= each.max_gap or self._is_usual(each, sign, newest[1]):
                self._found.pop((each.probe, sign), None)
                continue
            with _resting(pause), self._database.read() as connection:
                found = self._forecast(connection, each, sign, now)
            if found is None:
                self._found.pop((each.probe, sign), None)
            else:
                self._found[each.probe, sign] = found

    def _is_usual(self, each: ForecastSensor, sign: int, value: int | None) -> bool:
        """Tell whether a reading says that all is well, or nobody can know."""
        normal = self._normals[each.probe].of.get(sign)
        return normal is None or (value is not None and sign * value / SCALE <= normal.usual)

    def _forecast(self, connection: Connection, each: ForecastSensor, sign: int, now: int) -> SensorForecast | None:
        """Ask the last day. A trend that is new is looked at again by what is known now: data may have come late."""
        said = read(connection, each.probe, now - DAY, now + 1)
        if not len(said.seconds) or now - said.read_at >= each.max_gap:
            return None
        kept = self._normals[each.probe]
        trend = _trend(kept.of.get(sign), said, sign)
        if trend is not None and (each.probe, sign) not in self._found and kept.at < now:
            trend = _trend(self._learn(connection, each, now).of.get(sign), said, sign)
        return None if trend is None else forecast_by(connection, each, trend, said)

    def _to_learn(self, everybody: Iterable[ForecastSensor], now: int) -> list[ForecastSensor]:
        """Return whose normal is to be learned in this round; not while it is left, as that would become normal."""
        leaving_now = {probe for probe, _ in self._found}
        due = [
            (self._normals[each.probe].at if each.probe in self._normals else 0, each)
            for each in everybody
            if each.probe not in leaving_now and self._is_due(each, now)
        ]
        return [each for _, each in sorted(due, key=lambda pair: pair[0])[:LEARNED_A_ROUND]]

    def _is_due(self, each: ForecastSensor, now: int) -> bool:
        kept = self._normals.get(each.probe)
        return bool(each.signs) and (kept is None or kept.are_due(each.signs, now))

    def _learn(self, connection: Connection, each: ForecastSensor, now: int) -> _Normals:
        said = read(connection, each.probe, now - LEARNED_FROM, now + 1)
        of = {sign: learn_until_now(said.seconds, sign * said.values) for sign in each.signs}
        self._normals[each.probe] = learned = _Normals(now, of)
        return learned

    def _forget(self, everybody: Iterable[ForecastSensor]) -> None:
        """Keep nothing of what hangs there no more, nor of limits that are no more."""
        sides = {(each.probe, sign) for each in everybody for sign in each.signs}
        probe = {each for each, _ in sides}
        self._normals = {each: kept for each, kept in self._normals.items() if each in probe}
        self._found = {which: found for which, found in self._found.items() if which in sides}


def _first(found: Iterable[SensorForecast]) -> SensorForecast | None:
    return min((each for each in found if each.risks), key=lambda each: each.first, default=None)


def _trend(normal: Normal | None, said: Read, sign: int) -> Trend | None:
    return None if normal is None else leaving(normal, said.seconds, sign * said.values, sign)


def _newest(connection: Connection, everybody: Sequence[ForecastSensor]) -> dict[MountedProbe, tuple[int, int | None]]:
    """Return instant and value with its offset (None: a fault) that each sensor said last."""
    numbers = find(connection, [each.probe.series for each in everybody])
    said = latest_of(connection, numbers.values())
    found = {each.probe: said.get(numbers.get(each.probe.series, 0)) for each in everybody}
    return {
        probe: (at, None if value is None else value + offset_at(probe.offset, at))
        for probe, last in found.items()
        if last is not None
        for at, value in [last]
    }


@contextmanager
def _resting(pause: Pause) -> Iterator[None]:
    began = time.perf_counter()
    yield
    pause(REST * (time.perf_counter() - began))
