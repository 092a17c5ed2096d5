"""A probe: late by its housing, off by its place, noisy, and rounded to its resolution."""

import random
from dataclasses import dataclass
from decimal import Decimal

from simulators.physics.chamber import STEP_S, Chamber

HUMIDITY_NOISE = 0.4
HUMIDITY_RESOLUTION = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """How a probe differs from the air; K, seconds, °C."""

    offset: float = 0.0
    lag_s: int = 120
    noise: float = 0.04
    resolution: Decimal = Decimal("0.1")
    humid: bool = False


class Probe:
    """A probe in a chamber."""

    def __init__(self, make: Make, chamber: Chamber, seed: str) -> None:
        self.make = make
        self._chamber = chamber
        self._random = random.Random(seed)
        self._felt = chamber.air

    def step(self) -> None:
        """Follow the air for one step."""
        self._felt += (self._chamber.air - self._felt) * STEP_S / max(STEP_S, self.make.lag_s)

    def temperature(self) -> float:
        """Return what its element measures, in °C."""
        return self._felt + self.make.offset + self._random.gauss(0.0, self.make.noise)

    def humidity(self) -> str:
        """Return what it shows, in %; "" where it measures none."""
        if not self.make.humid:
            return ""
        value = self._chamber.humidity + self._random.gauss(0.0, HUMIDITY_NOISE)
        return rounded(min(100.0, max(0.0, value)), HUMIDITY_RESOLUTION)


def rounded(value: float, resolution: Decimal) -> str:
    """Return the nearest multiple of the resolution as text; zero has no sign."""
    return str(round(value / float(resolution)) * resolution)
