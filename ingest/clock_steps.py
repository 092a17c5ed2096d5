"""Whether the clock of this machine was set: it goes on otherwise than one that nobody can set."""

from domain.times import MINUTE, SECOND

STEP = MINUTE  # a clock that is corrected little by little is not set


class ClockSteps:
    """Compares both clocks from look to look."""

    def __init__(self) -> None:
        self._apart: int | None = None

    def seen(self, now: int, monotonic_s: float) -> int:
        """Return by how much the clock was set since the last look (µs, back: below 0); 0: it was not.

        A machine that slept looks the same as a clock that was set ahead.
        """
        apart, before = now - round(monotonic_s * SECOND), self._apart
        self._apart = apart
        return 0 if before is None or abs(apart - before) <= STEP else apart - before
