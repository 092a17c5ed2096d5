"""What is outside: air that is warmest in the afternoon."""

import math
from dataclasses import dataclass
from typing import NamedTuple

DAY_S = 86_400
_WARMEST = 0.625  # of the day: 15:00


class Air(NamedTuple):
    """Temperature and dew point in °C."""

    temperature: float
    dew_point: float


@dataclass(frozen=True, slots=True)
class Ambient:
    """`mean` ± `swing` over the day; second 0 is midnight."""

    mean: float
    swing: float
    dew_point: float

    def at(self, second: int) -> Air:
        """Return the air at a second."""
        swing = self.swing * math.cos(math.tau * (second / DAY_S - _WARMEST))
        return Air(self.mean + swing, self.dew_point)
