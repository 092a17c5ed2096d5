"""`limit`: an exposure that lasts.

Consecutive: fires once per exposure, at the first instant at which it has lasted `for` (default 0: at its start).
This is the alarm of WHO PQS E006 loggers and of ISA-18.2's on-delay; the record starts at the first reading outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.times import NEVER, format_duration
from rules.bounds import Bounds
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Piece
from rules.words import describe_bounds, direction_of


@KINDS.register("limit")
@dataclass(frozen=True, slots=True)
class Limit:
    """`above: 8.0, for: 60min`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    bounds: Bounds
    hold_duration: int = 0
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = True

    @classmethod
    def read(cls, fields: Fields) -> "Limit":
        """Read quantity, bounds, deadband, for."""
        return cls(fields.quantity(), fields.bounds(deadband=True), fields.duration("for", 0) or 0)

    @property
    def direction(self) -> str:
        """Return high or low."""
        return direction_of(self.bounds)

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield the first instant of each exposure at which a version in force finds it long enough."""
        if not pieces:
            return
        for start, end in evidence.exposures(pieces[0].rule.id):
            for piece in pieces:
                at = max(start + piece.rule.condition.hold_duration, piece.since)
                if at <= min(end, piece.until, evidence.until):
                    yield at, piece
                    break

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when the exposure that goes on will have lasted long enough."""
        exposures = evidence.exposures(piece.rule.id)
        if not exposures or exposures[-1][1] <= evidence.until:
            return NEVER
        at = max(exposures[-1][0] + self.hold_duration, piece.since)
        return at if at > evidence.until else NEVER

    def describe(self) -> str:
        """Return e.g. `above 8 °C for 60min`."""
        lasting = f" for {format_duration(self.hold_duration)}" if self.hold_duration else ""
        return f"{describe_bounds(self.quantity, self.bounds)}{lasting}"
