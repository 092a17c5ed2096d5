"""`limit`: an exposure that lasts.

Consecutive: fires once per exposure, at the first instant at which it has lasted `for` (default 0: at its start).
Fields: `quantity`, one bound or a band, `deadband`, `for`. Values in °C or %, durations as everywhere.
Source: the alarm of WHO PQS E006 loggers, ISA-18.2's on-delay; the record starts at the first reading outside.
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.language import mark
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import BOUNDS, DEADBAND, HOLD_FOR, QUANTITY, Form
from rules.messages.reasons import consecutive_reason, or_more
from rules.messages.words import describe_bounds, direction_of
from rules.series.bounds import Bounds


@KINDS.register("limit")
@dataclass(frozen=True, slots=True)
class Limit(Consecutive):
    """`above: 8.0, for: 60min`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    bounds: Bounds
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Limit"),
        mark("Out of range for longer than the delay, in one go."),
        (QUANTITY, BOUNDS, DEADBAND, HOLD_FOR),
    )
    means: ClassVar[Means] = "consecutive"
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = True
    counts_in_coverage: ClassVar[bool] = True

    @classmethod
    def read(cls, fields: Fields) -> "Limit":
        """Read quantity, bounds, deadband, for."""
        return cls(fields.quantity(), fields.bounds(deadband=True), fields.duration("for", 0) or 0)

    @property
    def test(self) -> Bounds:
        """What is outside."""
        return self.bounds

    @property
    def direction(self) -> str:
        """Return high or low."""
        return direction_of(self.bounds)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `above 8.0 °C for 1 h 15 min from …, allowed 1 h, peak 9.6 °C`."""
        bound = describe_bounds(self.quantity, self.bounds)
        return consecutive_reason(bound, at, piece, evidence, self.span(at, piece, evidence))

    def describe(self) -> str:
        """Return e.g. `above 8.0 °C for 1 h or more`."""
        return or_more(describe_bounds(self.quantity, self.bounds), self.hold_duration)
