"""`silence`: nothing heard for a place.

Fires when a place has had no value (of `quantity`, or of any) for `after`, counted from the last value heard for it or
the start of the watch, and none at that very instant; once per stretch. Faults are no values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.model import QUANTITIES
from domain.times import NEVER, format_duration
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Piece


@KINDS.register("silence")
@dataclass(frozen=True, slots=True)
class Silence:
    """`after: 30min`, in microseconds; `quantity` None: of any."""

    quantity: str | None
    after: int
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    direction: ClassVar[str] = "silent"

    @classmethod
    def read(cls, fields: Fields) -> "Silence":
        """Read quantity, after."""
        quantity = fields.text("quantity") and fields.choice("quantity", QUANTITIES)
        return cls(quantity or None, fields.positive_duration("after"))

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield for each silent stretch the first instant at which a version in force finds it long enough."""
        found: dict[int, tuple[int, Piece]] = {}
        last = min(evidence.until, evidence.watch[1])
        for piece in pieces:
            condition: Silence = piece.rule.condition
            for heard, following in evidence.quiet(condition.quantity, condition.after):
                at = max(heard + condition.after, piece.since)
                if at < following and at <= min(piece.until, last) and heard not in found:
                    found[heard] = (at, piece)
        yield from sorted(found.values(), key=lambda firing: firing[0])

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when the silence since the last value will be long enough, unless a sensor heard now is waited for."""
        if evidence.heard_live(self.quantity):
            return NEVER
        at = max(evidence.last_heard(self.quantity) + self.after, piece.since)
        return at if evidence.until < at <= evidence.watch[1] else NEVER

    def describe(self) -> str:
        """Return e.g. `no temperature for 30min`."""
        return f"no {self.quantity or 'value'} for {format_duration(self.after)}"
