"""A chamber: two heat capacities, a compressor with a thermostat, defrosting, doors and moisture.

Heat flows by temperature differences; nothing is drawn by hand.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from simulators.physics.ambient import DAY_S, Air
from simulators.physics.builds import Build

STEP_S = 5
# How much faster heat and moisture come in through a door that stands wide open.
OPEN_DOOR = 12.0
# A compressor that has just stopped cannot start against the pressure.
REST_S = 180
# Without a fan air and stock exchange heat by themselves only.
STILL_AIR = 0.4
# Moisture settles on a cold evaporator quickly and comes in through closed walls slowly.
DRYING_S, MOISTENING_S = 1_200.0, 18_000.0
WORK_BEGINS_S, WORK_ENDS_S = 6 * 3600, 18 * 3600


@dataclass(slots=True)
class Trouble:
    """What is wrong with a chamber just now; faults set it anew at every step."""

    door: float = 0.0  # how far it stands open, of 1
    compressor: bool = False  # does not start
    power: bool = False  # is cut


class Chamber:
    """A room, a freezer, a truck's body, or a hall that nothing cools."""

    def __init__(self, build: Build, around: Callable[[int], Air], seed: str) -> None:
        outside = around(0)
        start = outside.temperature if build.set_point is None else build.set_point
        self.trouble = Trouble()
        self.air = self.stock = start
        self.dew_point = min(outside.dew_point, start - 5)
        self._build = build
        self._around = around
        self._random = random.Random(seed)
        self._runs = False
        self._rests_until = 0
        self._open_until = 0

    def at(self, second: int) -> Air:
        """Return its air, for what stands in it."""
        return Air(self.air, self.dew_point)

    def step(self, second: int) -> None:
        """Go on by one step, which begins at this second."""
        build, outside = self._build, self._around(second)
        defrosts = self._defrosts(second)
        self._thermostat(second, defrosts)
        opened = 1 + OPEN_DOOR * self._door(second)
        still = STILL_AIR if self.trouble.power else 1.0
        to_stock = build.exchange * still * (self.air - self.stock)
        heat = build.leak * opened * (outside.temperature - self.air) - to_stock
        heat += (build.defrost_heat if defrosts else 0.0) - (build.cooling if self._runs else 0.0)
        self.air += heat * STEP_S / build.air
        self.stock += to_stock * STEP_S / build.stock
        self._moisture(opened, outside)

    @property
    def humidity(self) -> float:
        """Relative, in %."""
        return min(100.0, 100.0 * _vapour(self.dew_point) / _vapour(self.air))

    def _defrosts(self, second: int) -> bool:
        every = self._build.defrost_every_s
        return every > 0 and not self.trouble.power and every - self._build.defrost_s <= second % every

    def _thermostat(self, second: int, defrosts: bool) -> None:
        target, band = self._build.set_point, self._build.hysteresis
        ran = self._runs
        if target is None or defrosts or self.trouble.compressor or self.trouble.power or self.air <= target - band:
            self._runs = False
        elif self.air >= target + band and second >= self._rests_until:
            self._runs = True
        if ran and not self._runs:
            self._rests_until = second + REST_S

    def _door(self, second: int) -> float:
        """Return how far the door stands open; people come in working hours only."""
        works = WORK_BEGINS_S <= second % DAY_S < WORK_ENDS_S
        chance = self._build.doors_a_day * STEP_S / (WORK_ENDS_S - WORK_BEGINS_S)
        if works and second >= self._open_until and self._random.random() < chance:
            self._open_until = second + self._random.randint(*self._build.door_s)
        return max(self.trouble.door, 1.0 if second < self._open_until else 0.0)

    def _moisture(self, opened: float, outside: Air) -> None:
        if self._runs:
            self.dew_point += (self.air - 6.0 - self.dew_point) * STEP_S / DRYING_S
        self.dew_point += (outside.dew_point - self.dew_point) * STEP_S / MOISTENING_S * opened


def _vapour(temperature: float) -> float:
    """Saturation pressure over water in hPa (Magnus)."""
    return 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
