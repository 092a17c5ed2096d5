"""A cooled chamber and the probes in it: two heat capacities, a compressor with a thermostat, doors, moisture.

Small and honest: heat flows by temperature differences, nothing is drawn by hand. Seconds, °C, W, J/K.
"""

import math
import random
from dataclasses import dataclass

STEP_S = 5
DAY_S = 86_400
# How much faster heat and moisture come in through an open door.
OPEN_DOOR = 12.0
# Moisture settles on a cold evaporator quickly and comes in through closed walls slowly.
DRYING_S, MOISTENING_S = 1_200.0, 18_000.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The air outside the chamber, warmest in the afternoon."""

    mean: float
    swing: float
    dew_point: float

    def at(self, second: int) -> float:
        """Return its temperature; second 0 is midnight."""
        return self.mean + self.swing * math.cos(math.tau * (second / DAY_S - 0.625))


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What a chamber is made of."""

    set_point: float | None  # None: nothing cools it
    hysteresis: float = 0.7
    air: float  # J/K: air, walls and shelves
    stock: float  # J/K: what stands in it
    leak: float  # W/K to the surroundings
    exchange: float  # W/K between air and stock
    cooling: float = 0.0  # W
    doors_a_day: float = 0.0
    door_s: tuple[int, int] = (30, 180)


class Chamber:
    """A room, freezer or truck body. `works` False: its compressor has failed."""

    def __init__(self, build: Build, surroundings: Surroundings, seed: int) -> None:
        start = surroundings.at(0) if build.set_point is None else build.set_point
        self.works = True
        self.air = self.stock = start
        self.dew_point = min(surroundings.dew_point, start - 5)
        self._build = build
        self._surroundings = surroundings
        self._random = random.Random(seed)
        self._runs = False
        self._open_until = 0

    def step(self, second: int) -> None:
        """Go on by one step, which begins at this second."""
        build, outside = self._build, self._surroundings.at(second)
        self._thermostat()
        self._door(second)
        opened = OPEN_DOOR if second < self._open_until else 1.0
        to_stock = build.exchange * (self.air - self.stock)
        heat = build.leak * opened * (outside - self.air) - to_stock - (build.cooling if self._runs else 0.0)
        self.air += heat * STEP_S / build.air
        self.stock += to_stock * STEP_S / build.stock
        self._moisture(opened)

    @property
    def humidity(self) -> float:
        """Relative, in %."""
        return min(100.0, 100.0 * _vapour(self.dew_point) / _vapour(self.air))

    def _thermostat(self) -> None:
        target, band = self._build.set_point, self._build.hysteresis
        if target is None or not self.works or self.air <= target - band:
            self._runs = False
        elif self.air >= target + band:
            self._runs = True

    def _door(self, second: int) -> None:
        if second >= self._open_until and self._random.random() < self._build.doors_a_day * STEP_S / DAY_S:
            self._open_until = second + self._random.randint(*self._build.door_s)

    def _moisture(self, opened: float) -> None:
        if self._runs:
            self.dew_point += (self.air - 6.0 - self.dew_point) * STEP_S / DRYING_S
        self.dew_point += (self._surroundings.dew_point - self.dew_point) * STEP_S / MOISTENING_S * opened


class Probe:
    """A sensor in a chamber: late by its housing, off by its place, noisy, and rounded to its resolution."""

    def __init__(self, chamber: Chamber, seed: int, offset: float = 0.0, lag_s: float = 120.0) -> None:
        self._chamber = chamber
        self._random = random.Random(seed)
        self._offset = offset
        self._lag_s = lag_s
        self._felt = chamber.air

    def step(self) -> None:
        """Follow the air for one step."""
        self._felt += (self._chamber.air - self._felt) * STEP_S / self._lag_s

    def temperature(self) -> str:
        """Return what it shows, to 0.1 °C."""
        return _shown(self._felt + self._offset + self._random.gauss(0.0, 0.04))

    def humidity(self) -> str:
        """Return what it shows, to 0.1 %."""
        return _shown(min(100.0, max(0.0, self._chamber.humidity + self._random.gauss(0.0, 0.4))))


def _shown(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}"  # adding 0.0 takes the sign off a -0.0


def _vapour(temperature: float) -> float:
    """Saturation pressure over water in hPa (Magnus)."""
    return 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
