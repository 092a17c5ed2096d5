"""`spread`: redundant sensors disagree.

Consecutive: fires when the highest and the lowest value of the sensors that speak for a place have been more than `by`
apart for `for` (default 0: at once). Sensors that say nothing do not count; one alone never disagrees. Fields:
`quantity`, `by` (units, above 0), `for`. Source: WHO TRS 961 Annex 9 Suppl. 6 and 8 (comparison of probes, mapping),
USP <1079.4>; typically twice the sensors' accuracy plus the room's mapped spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from domain.language import gettext, mark
from domain.numbers import show_minutes, show_value
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import HOLD_FOR, QUANTITY, Form, Input
from rules.messages.reasons import during, or_more
from rules.messages.words import UNITS, describe_value, duration
from rules.series.bands import EVERYTHING, Band
from rules.subjects.outside_test import PlaceTest, Source


@dataclass(frozen=True, slots=True)
class Disagreement(PlaceTest):
    """Values of one quantity more than `by` apart."""

    quantities: tuple[str, ...]
    by: int

    def outside(self, values: Mapping[Source, int]) -> tuple[int, int] | None:
        """Return by how much they are too far apart, and how far apart they are."""
        apart = max(values.values()) - min(values.values()) if values else 0
        return (apart - self.by, apart) if apart > self.by else None

    def quiescent_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band]:
        """Return one band, as wide as they may be apart, around all."""
        if not values:
            return {}
        low = (max(values.values()) + min(values.values()) - self.by) // 2
        return dict.fromkeys(values, (low, low + self.by))

    def outside_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band]:
        """Return how far the highest may fall and the lowest rise; the others do not matter."""
        highest, lowest = max(values, key=lambda each: values[each]), min(values, key=lambda each: values[each])
        slack = (values[highest] - values[lowest] - self.by - 1) // 2
        bands = dict.fromkeys(values, EVERYTHING)
        return bands | {highest: (values[highest] - slack, NEVER), lowest: (-NEVER, values[lowest] + slack)}


@KINDS.register("spread")
@dataclass(frozen=True, slots=True)
class Spread(Consecutive):
    """`by: 2.0, for: 30min`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    test: Disagreement
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Sensors disagree"),
        mark("Sensors of the same location differ by too much."),
        (
            QUANTITY,
            Input("by", mark("By more than"), "value", "", "quantity", is_required=True),
            HOLD_FOR,
        ),
    )
    means: ClassVar[Means] = "consecutive"
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "faulty"

    @classmethod
    def read(cls, fields: Fields) -> "Spread":
        """Read quantity, by, for."""
        quantity = fields.quantity()
        return cls(quantity, Disagreement((quantity,), fields.positive_value("by")), fields.duration("for", 0) or 0)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `sensors up to 3.1 °C apart for 45 min from …, limit 2.0 °C for 30 min`."""
        since, until = self.span(at, piece, evidence)
        length = min(until, evidence.until) - since
        apart = evidence.peak(piece, since, min(until, evidence.until + 1)) or 0
        limit = describe_value(self.quantity, self.test.by)
        far = describe_value(self.quantity, apart)
        text = gettext(
            "sensors up to {far} apart {during}, limit {limit}", far=far, during=during(length, since), limit=limit
        )
        if self.hold_duration:
            text = gettext("{text} for {length}", text=text, length=duration(self.hold_duration, exact=True))
        unit, more = UNITS[self.quantity], {"minutes": show_minutes(length)}
        return Why(text, self._bound(), show_value(apart), show_value(self.test.by), unit, more)

    def _bound(self) -> str:
        return gettext("sensors more than {limit} apart", limit=describe_value(self.quantity, self.test.by))

    def describe(self) -> str:
        """Return e.g. `sensors more than 2.0 °C apart for 30 min or more`."""
        return or_more(self._bound(), self.hold_duration)
