"""Bounds: when a value is outside, how far, and when it is back."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.times import NEVER

Operator = Literal["above", "at_or_above", "below", "at_or_below"]
OPERATORS: tuple[Operator, ...] = ("above", "at_or_above", "below", "at_or_below")


class Bound(NamedTuple):
    """One side: `above: 8.0` is Bound("above", 8_000_000)."""

    operator: Operator
    value: int

    @property
    def sign(self) -> int:
        """Return +1 for an upper bound, -1 for a lower one."""
        return 1 if self.operator in ("above", "at_or_above") else -1

    def broken_by(self, value: int) -> bool:
        """Tell whether the value lies beyond the bound."""
        operator = self.operator
        if operator == "above":
            return value > self.value
        if operator == "below":
            return value < self.value
        return value >= self.value if operator == "at_or_above" else value <= self.value


@dataclass(frozen=True, slots=True)
class Bounds:
    """One bound, or two that make a band (being inside the band is what counts), in the order of the file.

    With a deadband (one bound only) a sensor outside comes back only at the bound less the deadband, or beyond.
    """

    bounds: tuple[Bound, ...]
    deadband: int = 0

    @property
    def sign(self) -> int:
        """Return the direction of the first bound: +1 up, -1 down."""
        return self.bounds[0].sign

    def broken_by(self, value: int, was_outside: bool) -> bool:
        """Tell whether a sensor reading this value is outside, given what it was just before."""
        for bound in self.bounds:
            if not bound.broken_by(value):
                break
        else:
            return True
        if not (was_outside and self.deadband):
            return False
        first = self.bounds[0]
        return (value - first.value) * first.sign > -self.deadband

    def distance(self, value: int) -> int:
        """Return how far beyond the first bound, at least 0."""
        first = self.bounds[0]
        return max(0, (value - first.value) * first.sign)

    def quiescent_range(self) -> tuple[int, int]:
        """Return a closed range of values that are surely inside for a sensor that is not outside."""
        operator, value = self.bounds[0]
        if operator == "above":
            return -NEVER, value
        if operator == "at_or_above":
            return -NEVER, value - 1
        return (value, NEVER) if operator == "below" else (value + 1, NEVER)

    def inside_range(self) -> tuple[int, int]:
        """Return a closed range of values that are surely inside whatever the sensor was."""
        low, high = self.quiescent_range()
        return (low, high - self.deadband) if self.sign > 0 else (low + self.deadband, high)

    def outside_range(self, value: int) -> tuple[int, int]:
        """Return the closed range of values that are outside for a sensor that is."""
        low, high = -NEVER, NEVER
        for operator, limit in self.bounds:
            beyond = 0 if operator.startswith("at_or") else 1
            if operator.endswith("above"):
                low = max(low, limit - self.deadband + 1 if self.deadband else limit + beyond)
            else:
                high = min(high, limit + self.deadband - 1 if self.deadband else limit - beyond)
        return low, high
