"""`plausible`: what a sensor cannot have measured is a fault, never a value.

A value outside `[from, to]`, or one of the `sentinels` that electronics say instead of a value, counts as a fault for
every rule of the same version: it starts unknown time, is no value for silence, and is in no mean, peak or exposure.
The reading itself is kept as it came. Consecutive: fires when implausible readings have gone on for `for` (default 0:
at once), each until the next reading, at most `max_gap`. Fields: `quantity`, `from`, `to` (units), `sentinels`, `for`;
one rule for each quantity of a version. Preset sentinels for temperature: -127 and 85 (DS18B20: no sensor, unread),
-3276.8, 3276.7, 6553.5, -327.68, 327.67, 655.35 (0x8000, 0x7FFF and 0xFFFF in tenths and hundredths), -999.9, 999.9;
for humidity 6553.5, 655.35 and 255. Sources: DS18B20 data sheet and drivers; the formats' own documents.
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidError
from domain.language import gettext, mark
from domain.numbers import parse_value, show_minutes, show_value
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import HOLD_FOR, QUANTITY, Form, Input
from rules.messages.reasons import allowed, during, or_more
from rules.messages.words import describe_value, quantity_word
from rules.series.bands import Plausible as Range

_WORDS_OF_16_BITS = ("-3276.8", "3276.7", "6553.5", "-327.68", "327.67", "655.35")
SENTINELS = {
    "temperature": ("-127", "85", *_WORDS_OF_16_BITS, "-999.9", "999.9"),
    "humidity": ("6553.5", "655.35", "255"),
}


@dataclass(frozen=True, slots=True)
class Implausible:
    """A value that is no measurement."""

    plausible: Range

    def broken_by(self, value: int, was_outside: bool) -> bool:
        """Tell whether the sensor cannot have measured this."""
        return self.plausible.rejects(value)

    def quiescent_range(self) -> tuple[int, int]:
        """Return the plausible values around zero."""
        near = min(max(0, self.plausible.low), self.plausible.high)
        while near in self.plausible.sentinels:
            near += 1
        return self.plausible.band_around(near)

    def outside_range(self, value: int) -> tuple[int, int]:
        """Return the value alone."""
        return value, value


@KINDS.register("plausible")
@dataclass(frozen=True, slots=True)
class Plausible(Consecutive):
    """`from: -40, to: 80, sentinels: [-127]`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    plausible: Range
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Implausible value"),
        mark("A value that cannot be a measurement; it is not judged as one."),
        (
            QUANTITY,
            Input("from", mark("Plausible from"), "value", "", "quantity"),
            Input("to", mark("Plausible to"), "value", "", "quantity"),
            Input(
                "sentinels",
                mark("Error values"),
                "list",
                mark("Values with which a sensor reports an error. Empty: the usual ones."),
            ),
            HOLD_FOR,
        ),
    )
    means: ClassVar[Means] = "consecutive"
    takes_raw: ClassVar[bool] = True  # for itself, an implausible value is no fault
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "faulty"

    @classmethod
    def read(cls, fields: Fields) -> "Plausible":
        """Read quantity, from, to, sentinels, for."""
        quantity = fields.quantity()
        low, high = fields.value("from", -NEVER), fields.value("to", NEVER)
        assert low is not None and high is not None  # they have presets
        if low > high:
            fields.wrong("to", "is below from: nothing would be plausible")
        sentinels = fields.texts("sentinels") or SENTINELS[quantity]
        return cls(quantity, Range(low, high, _values(fields, sentinels)), fields.duration("for", 0) or 0)

    @property
    def test(self) -> Implausible:
        """What is outside."""
        return Implausible(self.plausible)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `implausible temperature: 85.0 °C, for 10 min from …`."""
        since, until = self.span(at, piece, evidence)
        length = min(until, evidence.until) - since
        value = evidence.peak(piece, since, min(until, evidence.until + 1))
        said, limit = during(length, since), self.hold_duration
        if value is None:
            text = gettext("{bound}, {during}", bound=self._bound(), during=said)
        else:
            shown = describe_value(self.quantity, value)
            text = gettext("{bound}: {value}, {during}", bound=self._bound(), value=shown, during=said)
        more = {} if value is None else {"read": show_value(value)}
        return Why(allowed(text, limit), self._bound(), show_minutes(length), show_minutes(limit), "min", more)

    def _bound(self) -> str:
        return gettext("implausible {quantity}", quantity=quantity_word(self.quantity))

    def describe(self) -> str:
        """Return e.g. `implausible temperature for 10 min or more`."""
        return or_more(self._bound(), self.hold_duration)


def _values(fields: Fields, texts: tuple[str, ...]) -> frozenset[int]:
    values = set()
    for text in texts:
        try:
            values.add(parse_value(text))
        except InvalidError as error:
            fields.wrong("sentinels", str(error))
    return frozenset(values)
