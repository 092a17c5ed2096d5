"""Lines of a file whose time cannot be right: of clocks that were never set, and from the future."""

from array import array

import numpy as np

from domain.readings import AHEAD_AT_MOST, UNSET_BEFORE
from domain.times import NEVER
from sites.rows import Rows

_NAMED = 5


class Untimely:
    """Counts them and remembers the first. `now` None: nothing is from the future."""

    def __init__(self, now: int | None) -> None:
        self.latest = NEVER if now is None else now + AHEAD_AT_MOST
        self._unset: list[int] = []
        self._future: list[int] = []

    def is_timely(self, instant: int) -> bool:
        """Tell whether an instant may be right."""
        return UNSET_BEFORE <= instant <= self.latest

    def add(self, instant: int, line: int) -> None:
        """Take a line whose time cannot be right."""
        (self._unset if instant < UNSET_BEFORE else self._future).append(line)

    def __len__(self) -> int:
        return len(self._unset) + len(self._future)

    def warnings(self, name: str) -> list[str]:
        """Return a sentence for each kind, named after the file."""
        kinds = (
            (self._unset, "before the year 2001: a clock that was never set"),
            (self._future, "from the future: a clock that is ahead"),
        )
        return [f"{name}: not judged, because {why}: {_lines(lines)}" for lines, why in kinds if lines]

    def left_out(self, rows: Rows) -> Rows:
        """Return the rows without them."""
        if not len(self):
            return rows
        times = np.frombuffer(rows.times, np.int64)
        kept = (times >= UNSET_BEFORE) & (times <= self.latest)
        left = rows.emptied()
        left.last, left.read_to, left.faults = rows.last, rows.read_to, rows.faults
        left.codes = array("I", np.frombuffer(rows.codes, np.uint32)[kept].tobytes())
        left.times = array("q", times[kept].tobytes())
        left.values = array("q", np.frombuffer(rows.values, np.int64)[kept].tobytes())
        return left


def _lines(lines: list[int]) -> str:
    first = ", ".join(map(str, lines[:_NAMED]))
    more = f" and {len(lines) - _NAMED} more" if lines[_NAMED:] else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {first}{more}"
