"""Readings of a file as three numbers each: where it stands in the list of series, instant and value."""

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.faults import Fault
from domain.readings import LAST_FAULT


class Faults(NamedTuple):
    """How often a sensor said a fault of a kind, with which number (None: a word), and when first."""

    sensor: str
    quantity: str
    fault: Fault
    number: int | None
    times: int
    first: int


class Row(NamedTuple):
    """A reading of the file; `value` None is a fault."""

    sensor: str
    quantity: str
    measured_at: int
    value: int | None


class Rows:
    """All readings in the order of the file; `last` is the greatest instant of a line that may be right, None: none."""

    def __init__(self, series: Sequence[tuple[str, str]]) -> None:
        self.last: int | None = None
        self.read_to = 0  # bytes of the file up to here, about
        self.faults: Sequence[Faults] = ()  # what kinds there are, where the file was read with its gates
        self.codes = array("I")  # places in `series`
        self.times = array("q")
        self.values = array("q")
        self._series = series

    def __len__(self) -> int:
        return len(self.times)

    @property
    def series(self) -> Sequence[tuple[str, str]]:
        """Sensor and quantity of each code."""
        return self._series

    def emptied(self) -> "Rows":
        """Return rows to go on with."""
        return Rows(self._series)

    def __iter__(self) -> Iterator[Row]:
        series = self._series
        for code, measured_at, value in zip(self.codes, self.times, self.values, strict=True):
            sensor, quantity = series[code]
            yield Row(sensor, quantity, measured_at, None if value <= LAST_FAULT else value)
