"""`cumulative`: exposure that adds up.

Cumulative: fires at the first instant at which the exposure inside the last `window` (default: whole life) adds up to
`total`; again only after it was below it again. Fields: `quantity`, one bound or a band, `deadband`, `total`, `window`,
and for budgets that count together:

- `within: RULE`: this budget is a part of that one, another cumulative rule of the same version. Whatever uses this one
  uses that one too, at the same time once: the exposure to RULE is the union of its own and of all budgets within it.
- `at_kinds: [truck, shipper]`: only time at locations of these kinds counts.

Values in °C or %, durations as everywhere. Sources: stability budgets and "time out of refrigeration"; the Comirnaty
SmPC of July 2021, section 6.3 (4 h at 8..30 °C, which include 2 h before use); WHO shipping indicators (cumulative).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.language import mark
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import interval_around
from rules.kinds.common.cumulative import cumulative_due, cumulative_firings
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import BOUNDS, DEADBAND, QUANTITY, TOTAL, WINDOW, Form, Input
from rules.messages.reasons import cumulative_reason, in_total
from rules.messages.words import describe_bounds, direction_of
from rules.series.bounds import Bounds


@KINDS.register("cumulative")
@dataclass(frozen=True, slots=True)
class Cumulative:
    """`above: 8.0, total: 12h, window: null`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    bounds: Bounds
    budget: int
    window: int | None = None
    within: str | None = None
    at_kinds: tuple[str, ...] = ()
    form: ClassVar[Form] = Form(
        mark("Cumulative time"),
        mark("Time out of range that adds up over separate excursions, such as time out of storage."),
        (
            QUANTITY,
            BOUNDS,
            DEADBAND,
            TOTAL,
            WINDOW,
            Input(
                "within", mark("Part of"), "text", mark("Rule ID of a larger time budget that this one uses up too.")
            ),
            Input("at_kinds", mark("Only at"), "list", mark("Kinds of locations whose time counts: truck, shipper.")),
        ),
    )
    means: ClassVar[Means] = "cumulative"
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = True
    is_over_in_range: ClassVar[bool] = True
    counts_in_coverage: ClassVar[bool] = True
    goes_on: ClassVar[bool] = True

    @classmethod
    def read(cls, fields: Fields) -> "Cumulative":
        """Read quantity, bounds, deadband, total, window, within, at_kinds."""
        budget, window = fields.budget()
        quantity, bounds = fields.quantity(), fields.bounds(deadband=True)
        return cls(quantity, bounds, budget, window, fields.text("within"), fields.texts("at_kinds"))

    @property
    def test(self) -> Bounds:
        """What is outside."""
        return self.bounds

    @property
    def direction(self) -> str:
        """Return high or low."""
        return direction_of(self.bounds)

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each instant at which the sum reaches the total of the version in force."""
        if pieces:
            last = min(evidence.until, evidence.watch[1])  # a later version says nothing of what is gone
            after = evidence.judged_until(pieces[0])
            yield from cumulative_firings(pieces, evidence.outside(pieces[0]), last, _budget_of, after)

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return the earliest instant at which what is left of the budget can be used up."""
        return cumulative_due(evidence.outside(piece), evidence.until, self.budget, self.window)

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the exposure that holds the instant."""
        return interval_around(at, evidence.outside(piece))

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `33 of 30 min allowed above 8.0 °C used by …, peak 9.6 °C`."""
        bound = describe_bounds(self.quantity, self.bounds)
        return cumulative_reason(bound, at, piece, evidence, evidence.outside(piece), (self.budget, self.window))

    def describe(self) -> str:
        """Return e.g. `above 8.0 °C for a total of 12 h`."""
        return in_total(describe_bounds(self.quantity, self.bounds), self.budget, self.window)


def _budget_of(piece: Piece) -> tuple[int, int | None]:
    return piece.rule.condition.budget, piece.rule.condition.window
