"""Readings as they are kept for an engine that holds hardly any."""

from array import array
from collections.abc import Sequence

from domain.readings import FAULT
from rules.series.intake import Memory
from tests.oracle.world import Row


class Kept:
    """Readings in whatever order they came: at one instant the first value counts, and it beats a fault."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], dict[int, int | None]] = {}
        self.recalled = 0  # how often the engine asked for older ones
        self.memory = Memory(self._recall, last=1, recalled=0)

    def keep(self, row: Row) -> None:
        """Keep a reading, after the engine heard of it."""
        series = self._series.setdefault((row.sensor, row.quantity), {})
        if series.get(row.measured_at) is None:
            series[row.measured_at] = row.value

    def load(self, sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        """Return instants and values of all there are, in order."""
        series = sorted(self._series.get((sensor, quantity), {}).items())
        return [when for when, _ in series], [value for _, value in series]

    def _recall(self, sensor: str, quantity: str, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        self.recalled += 1
        found = [(at, value) for at, value in zip(*self.load(sensor, quantity), strict=True) if since <= at < until]
        return array("q", [at for at, _ in found]), array("q", [FAULT if v is None else v for _, v in found])
