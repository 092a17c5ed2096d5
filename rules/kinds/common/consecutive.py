"""Consecutive: what is outside for a while. Fires once per stretch, when it has lasted `for` (0: at its start)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from domain.intervals import Interval
from domain.times import NEVER
from rules.kinds.common.evidence import Evidence
from rules.subjects.pieces import Piece


class Lasting:
    """Fires at the first instant of each stretch at which a version in force finds it long enough."""

    __slots__ = ()
    if TYPE_CHECKING:

        @property
        def hold_duration(self) -> int: ...

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield the first instant of each stretch outside at which a version in force finds it long enough."""
        if not pieces:
            return
        for start, end in evidence.outside(pieces[0]):
            for piece in pieces:
                at = max(start + piece.rule.condition.hold_duration, piece.since)
                if at <= min(end, piece.until, evidence.until):
                    yield at, piece
                    break

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when the stretch that goes on will have lasted long enough."""
        stretches = evidence.outside(piece)
        if not stretches or stretches[-1][1] <= evidence.until:
            return NEVER
        at = max(stretches[-1][0] + self.hold_duration, piece.since)
        return at if at > evidence.until else NEVER

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the stretch outside that holds the instant."""
        return around(at, evidence.outside(piece))


def around(at: int, stretches: Sequence[Interval]) -> Interval:
    """Return the last stretch that holds the instant, ends included; the instant alone if there is none."""
    return next((stretch for stretch in reversed(stretches) if stretch[0] <= at <= stretch[1]), (at, at))
