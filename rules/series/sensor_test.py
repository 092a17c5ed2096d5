"""What a test of a single sensor is, and what it may ask of that sensor's readings."""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from domain.intervals import Interval
from rules.series.arrays.intervals import Numbers

T = TypeVar("T")


class Readings(Protocol):
    """The readings of one quantity of one sensor, sorted by instant; `rules.series.view.View` has them."""

    @property
    def times(self) -> "array[int]":
        """Instants."""

    @property
    def values(self) -> "array[int]":
        """Values; whether one is a fault is for `is_fault` to say."""

    @property
    def last_at(self) -> int:
        """The instant of the last reading or fault."""

    def need(self, at: int) -> None:
        """Have the readings here from before an instant on, the one just before it included: older ones may not be."""

    def thinned(self, band: Interval, gap: int) -> tuple[Numbers, Numbers] | None:
        """Return instants and values (FAULT: none) of all time, few where they are in the band; None: have all here.

        There they are in the band, and none is later than `gap` after the one before.
        """

    def is_fault(self, value: int) -> bool:
        """Tell whether a number of the array is no value."""

    def column(self, low: int, high: int) -> Numbers:
        """Return the values at these places, FAULT for what is none."""

    def first_value(self, since: int, until: int) -> int | None:
        """Return the instant of the first value in `[since, until)`."""

    def last_value(self, since: int, until: int) -> int | None:
        """Return the instant of the last value in `[since, until)`."""

    def remember(self, test: "Windowed", max_gap: int, make: Callable[[], T]) -> T:
        """Return what a test keeps between two scans, made at the first."""


class Stepwise(Protocol):
    """A test whose answer at a reading needs that reading and the answer just before."""

    def broken_by(self, value: int, was_outside: bool) -> bool:
        """Tell whether a sensor reading this value is outside."""

    def quiescent_range(self) -> tuple[int, int]:
        """Return a closed range of values that are surely inside for a sensor that is not outside."""

    def outside_range(self, value: int) -> tuple[int, int]:
        """Return a closed range of values that are surely outside for a sensor that is outside with this one."""


class TestByKind(ABC):
    """A stepwise test that is another one at each kind of place; asked itself, it is that of any other place."""

    __slots__ = ()

    @abstractmethod
    def at(self, kinds: Iterable[str]) -> Stepwise:
        """Return the test at a place, given its kind and those of the places around it, nearest first."""


class Windowed(ABC):
    """A test whose answer at an instant needs what was read in the `memory` before it and nothing older."""

    __slots__ = ()

    @property
    @abstractmethod
    def memory(self) -> int:
        """How long a reading matters."""

    @abstractmethod
    def outside(self, view: Readings, since: int, until: int, max_gap: int) -> Iterable[Interval]:
        """Yield when the sensor was outside within `[since, until)`, in order; the last may end in the future."""

    @abstractmethod
    def scan_at(self, view: Readings, max_gap: int) -> int:
        """Return the earliest instant at which it can be outside with quiescent readings only.

        -NEVER: every reading must be scanned.
        """
