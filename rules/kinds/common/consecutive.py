"""Consecutive: what is outside for a while. Fires once per interval, when it has lasted `for` (0: at its start)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from domain.intervals import Interval
from domain.times import NEVER
from rules.kinds.common.evidence import Evidence
from rules.subjects.pieces import Piece


class Consecutive:
    """Fires at the first instant of each interval at which a version in force finds it long enough."""

    __slots__ = ()
    is_over_in_range: ClassVar[bool] = True
    goes_on: ClassVar[bool] = True
    if TYPE_CHECKING:

        @property
        def hold_duration(self) -> int: ...

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield the first instant of each interval outside at which a version in force finds it long enough."""
        if not pieces:
            return
        for start, end in evidence.outside(pieces[0]).later_than(evidence.judged_until(pieces[0])):
            for piece in pieces:
                at = max(start + piece.rule.condition.hold_duration, piece.since)
                if at <= min(end, piece.until, evidence.until):
                    yield at, piece
                    break

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when the interval that is ongoing will have lasted long enough."""
        intervals = evidence.outside(piece)
        if not intervals or intervals[-1][1] <= evidence.until:
            return NEVER
        at = max(intervals[-1][0] + self.hold_duration, piece.since)
        return at if at > evidence.until else NEVER

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the interval outside that holds the instant."""
        return interval_around(at, evidence.outside(piece))


def interval_around(at: int, intervals: Sequence[Interval]) -> Interval:
    """Return the last interval that holds the instant, ends included; the instant alone if there is none."""
    return next((interval for interval in reversed(intervals) if interval[0] <= at <= interval[1]), (at, at))
