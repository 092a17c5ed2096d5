"""`gap`: unknown time of a unit or a place that adds up.

Cumulative: fires at the first instant at which unknown time inside the last `window` (default: whole life) adds up to
`total`; again only after it was below it again. Unknown is what the coverage calls so: no value of a quantity that the
profile's limits name, or of `quantity` alone, and time under watch spent nowhere. Time that the profile calls safe is
known. Fields: `quantity`, `total`, `window`. Source: EU GDP 2013/C 343/01, 9.2 (proof of
conditions) and ALCOA+ ("complete"): a record with holes proves nothing about them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.language import gettext, mark
from domain.model import QUANTITIES
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import interval_around
from rules.kinds.common.cumulative import cumulative_due, cumulative_firings
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import ANY_QUANTITY, TOTAL, WINDOW, Form
from rules.messages.reasons import cumulative_reason, in_total
from rules.messages.words import quantity_word


@KINDS.register("gap")
@dataclass(frozen=True, slots=True)
class Gap:
    """`total: 2h, window: 24h`, in microseconds; `quantity` None: any that counts in the coverage."""

    quantity: str | None
    budget: int
    window: int | None = None
    form: ClassVar[Form] = Form(
        mark("Missing data"),
        mark("Time without data that adds up."),
        (ANY_QUANTITY, TOTAL, WINDOW),
    )
    means: ClassVar[Means] = "cumulative"
    bounds: ClassVar[None] = None
    test: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    is_over_in_range: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "silent"

    @classmethod
    def read(cls, fields: Fields) -> "Gap":
        """Read quantity, total, window."""
        quantity = fields.text("quantity") and fields.choice("quantity", QUANTITIES)
        return cls(quantity or None, *fields.budget())

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each instant at which unknown time reaches the total of the version in force."""
        last = min(evidence.until, evidence.watch[1])
        yield from cumulative_firings(pieces, _unknown(pieces, evidence), last, _budget_of)

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return when unknown time that is ongoing will add up to the total."""
        unknown = _unknown(evidence.alike(piece), evidence)
        return cumulative_due(unknown, evidence.until, self.budget, self.window)

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the unknown interval that holds the instant."""
        return interval_around(at, _unknown(evidence.alike(piece), evidence))

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `2 h 5 min of 2 h allowed without data within 24 h used by …`."""
        unknown = _unknown(evidence.alike(piece), evidence)
        return cumulative_reason(
            self._bound(), at, piece, evidence, unknown, (self.budget, self.window), is_value=False
        )

    def describe(self) -> str:
        """Return e.g. `without data for a total of 2 h within 24 h`."""
        return in_total(self._bound(), self.budget, self.window)

    def _bound(self) -> str:
        if self.quantity is None:
            return gettext("without data")
        return gettext("without {quantity} data", quantity=quantity_word(self.quantity))


def _unknown(pieces: Sequence[Piece], evidence: Evidence) -> list[Interval]:
    """Return unknown intervals, each piece asked for its own quantity; one that is ongoing ends after `until`."""
    return evidence.unknown([(piece, piece.rule.condition.quantity) for piece in pieces])


def _budget_of(piece: Piece) -> tuple[int, int | None]:
    return piece.rule.condition.budget, piece.rule.condition.window
