"""What makes a sensor or a place outside: the test of a rule, and how its profile version takes readings and gaps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from domain.model import ProfileVersion
from rules.series.bands import Band, ByKind, Plausible
from rules.series.sensor_test import Stepwise, TestByKind, Windowed

Source = tuple[str, str]  # sensor, quantity


class PlaceTest(ABC):
    """A test of what all sensors of a place say together at one instant."""

    __slots__ = ()
    if TYPE_CHECKING:

        @property
        def quantities(self) -> tuple[str, ...]:
            """What it needs values of."""

    @abstractmethod
    def outside(self, values: Mapping[Source, int]) -> tuple[int, int] | None:
        """Return how far outside, and the value that shows it; None: inside."""

    @abstractmethod
    def quiescent_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band] | None:
        """Return bands in which each value can move while the place surely stays inside; None: there are none."""

    @abstractmethod
    def outside_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band] | None:
        """Return bands in which each value can move while the place surely stays outside; None: there are none."""


Test = Stepwise | Windowed | PlaceTest


class Taken(NamedTuple):
    """How a profile version takes readings of a quantity: how long one holds, and what is none."""

    quantity: str
    max_gap: int
    plausible: Plausible | ByKind | None = None


class OutsideTest(NamedTuple):
    """What makes a place outside."""

    taken: tuple[Taken, ...]  # of each quantity that the test needs
    test: Test
    sign: int  # the direction in which values are far
    gaps_are_exposed: bool = False
    linger: int = 0


def sensor_test(outside_test: OutsideTest, kinds: Iterable[str]) -> Stepwise | Windowed:
    """Return what makes a sensor outside while it hangs at a place of these kinds, the nearest first."""
    test = outside_test.test
    assert not isinstance(test, PlaceTest)
    return test.at(kinds) if isinstance(test, TestByKind) else test


def taken_by(version: ProfileVersion, quantity: str) -> Taken:
    """Return how a version takes a quantity: an implausible value is a fault."""
    return Taken(quantity, version.max_gap, _plausible(version, quantity))


def _plausible(version: ProfileVersion, quantity: str) -> Plausible | ByKind | None:
    for rule in version.rules:
        if rule.kind == "plausible" and rule.condition.quantity == quantity:
            found: Plausible | ByKind = rule.condition.plausible
            return found
    return None
