"""What people carry while the demonstration runs, told through the API."""

from collections.abc import Callable, Mapping
from typing import Any

from simulators.times import SECOND, format_time

# Seconds after the start, where it is told, what is told. The times are when it is done, even if it is told later.
PLAN: tuple[tuple[int, str, Mapping[str, Any]], ...] = (
    # Out of the warm room before its hour is full: this pallet stays free.
    (25, "/placements/move", {"product": "INS", "lot": "B203", "unit": "PALLET-7", "location": "TRUCK-1"}),
    (
        40,
        "/placements",
        {"product": "PLA", "lot": "C302", "unit": "PALLET-9", "location": "FREEZER-1", "quantity": 90, "to": None},
    ),
)


class Stock:
    """Carries out the plan."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._plan = list(PLAN)

    def move_due(self, post: Callable[[str, Mapping[str, Any]], object], now: int) -> None:
        """Tell what has been done until now."""
        while self._plan and (at := self._start + self._plan[0][0] * SECOND) <= now:
            _, path, body = self._plan[0]
            post(path, {**body, "at" if path.endswith("/move") else "from": format_time(at)})
            del self._plan[0]
