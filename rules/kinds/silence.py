"""`silence`: nothing heard for a place.

Consecutive: fires when a place has had no value (of `quantity`, or of any) for `after`, counted from the last value
heard for it or the start of the watch, and none at that very instant; once per interval. Faults are no values.
Fields: `quantity`, `after`. Durations as everywhere. Source: WHO PQS E006 (sensor lost), EU GDP 3.3 (alarms).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.language import gettext, mark
from domain.model import QUANTITIES
from domain.numbers import show_minutes
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import ANY_QUANTITY, Form, Input
from rules.messages.reasons import allowed, during, or_more
from rules.messages.words import quantity_word


@KINDS.register("silence")
@dataclass(frozen=True, slots=True)
class Silence:
    """`after: 30min`, in microseconds; `quantity` None: of any."""

    quantity: str | None
    after: int
    form: ClassVar[Form] = Form(
        mark("No data"),
        mark("No reading has come from a location for too long."),
        (ANY_QUANTITY, Input("after", mark("After"), "duration", is_required=True)),
    )
    means: ClassVar[Means] = "consecutive"
    bounds: ClassVar[None] = None
    test: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    is_over_in_range: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "silent"

    @classmethod
    def read(cls, fields: Fields) -> "Silence":
        """Read quantity, after."""
        quantity = fields.text("quantity") and fields.choice("quantity", QUANTITIES)
        return cls(quantity or None, fields.positive_duration("after"))

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield for each silent interval the first instant at which a version in force finds it long enough."""
        last_at = min(evidence.until, evidence.watch[1])
        last_fired = -NEVER
        for piece in pieces:
            condition: Silence = piece.rule.condition
            for heard, following in evidence.silences(piece, condition.quantity, condition.after):
                at = max(heard + condition.after, piece.since)
                if last_fired <= heard and at < following and at <= min(piece.until, last_at):
                    yield at, piece
                    last_fired = at

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when the silence since the last value will be long enough, unless a live sensor is waited for."""
        if evidence.is_live(piece, self.quantity):
            return NEVER
        at = max(evidence.last_value_at(piece, self.quantity) + self.after, piece.since)
        return at if evidence.until < at <= evidence.watch[1] else NEVER

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the silent interval around the instant, while it is watched: nobody listens for what has left."""
        around = evidence.silence_around(piece, self.quantity, self.after, at)
        return (around[0], min(around[1], evidence.watch[1])) if around else (at, at)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `no temperature data for 45 min from …, allowed 30 min`."""
        since, until = self.span(at, piece, evidence)
        length = min(until, evidence.until) - since
        text = allowed(f"{self._bound()} {during(length, since)}", self.after)
        return Why(text, self._bound(), show_minutes(length), show_minutes(self.after), "min")

    def _bound(self) -> str:
        return (
            gettext("no {quantity} data", quantity=quantity_word(self.quantity))
            if self.quantity
            else gettext("no data")
        )

    def describe(self) -> str:
        """Return e.g. `no temperature data for 30 min or more`."""
        return or_more(self._bound(), self.after)
