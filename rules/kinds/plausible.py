"""`plausible`: what a sensor cannot have measured is a fault, never a value.

A value outside `[from, to]`, or one of the `sentinels` that electronics say instead of a value, counts as a fault for
every rule of the same version: it starts unknown time, is no value for silence, and is in no mean, peak or exposure.
So does a value further than `step` from the reading before it, at most 15 min earlier; the next one that agrees with
it is a value again. The reading itself is kept as it came. `table: places-2026` presets range and step by the kind of
the location at which the sensor hangs, or of the nearest one around it that the table has. Consecutive: fires when
readings out of range have gone on for `for` (default 0: at once), each until the next reading, at most `max_gap`.
Fields: `quantity`, `from`, `to`, `step` (units), `table`, `sentinels`, `for`; one rule for each quantity of a version.
Preset sentinels for temperature: -127 and 85 (DS18B20: no sensor, unread), -3276.8, 3276.7, 6553.5, -327.68, 327.67,
655.35 (0x8000, 0x7FFF and 0xFFFF in tenths and hundredths), -999.9, 999.9; for humidity 6553.5, 655.35 and 255.
Sources: DS18B20 data sheet and drivers; the formats' own documents; the table: `rules.kinds.common.reach`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from domain.errors import InvalidError
from domain.language import gettext, mark
from domain.numbers import parse_value, show_minutes, show_value
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields, nearest
from rules.kinds.common.form import HOLD_FOR, QUANTITY, Form, Input
from rules.kinds.common.reach import ANYTHING, TABLES, Reach
from rules.messages.reasons import allowed, during, or_more
from rules.messages.words import describe_value, quantity_word
from rules.series.bands import ByKind
from rules.series.bands import Plausible as Range
from rules.series.sensor_test import TestByKind

_WORDS_OF_16_BITS = ("-3276.8", "3276.7", "6553.5", "-327.68", "327.67", "655.35")
SENTINELS = {
    "temperature": ("-127", "85", *_WORDS_OF_16_BITS, "-999.9", "999.9"),
    "humidity": ("6553.5", "655.35", "255"),
}


@dataclass(frozen=True, slots=True)
class Implausible(TestByKind):
    """A value that is no measurement."""

    plausible: Range | ByKind

    def at(self, kinds: Iterable[str]) -> "Implausible":
        """Return what is no measurement at a place of these kinds."""
        return Implausible(self.plausible.at(kinds)) if isinstance(self.plausible, ByKind) else self

    def broken_by(self, value: int, was_outside: bool) -> bool:
        """Tell whether the sensor cannot have measured this."""
        return self._range.rejects(value)

    def quiescent_range(self) -> tuple[int, int]:
        """Return the plausible values around zero."""
        plausible = replace(self._range, step=None)  # a jump is a fault, and of one reading only
        near = min(max(0, plausible.low), plausible.high)
        while near in plausible.sentinels:
            near += 1
        return plausible.band_around(near)

    @property
    def _range(self) -> Range:
        return self.plausible.elsewhere if isinstance(self.plausible, ByKind) else self.plausible

    def outside_range(self, value: int) -> tuple[int, int]:
        """Return the value alone."""
        return value, value


@KINDS.register("plausible")
@dataclass(frozen=True, slots=True)
class Plausible(Consecutive):
    """`from: -40, to: 80, sentinels: [-127]`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    plausible: Range | ByKind
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Implausible value"),
        mark("A value that cannot be a measurement; it is not judged as one."),
        (
            QUANTITY,
            Input("from", mark("Plausible from"), "value", "", "quantity"),
            Input("to", mark("Plausible to"), "value", "", "quantity"),
            Input(
                "step", mark("Largest step"), "value", mark("Within 15 min, from one reading to the next."), "quantity"
            ),
            Input("table", mark("Table"), "text", mark("Range and step by kind of location: places-2026.")),
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
        """Read quantity, table, from, to, step, sentinels, for."""
        quantity = fields.quantity()
        low, high, step = fields.value("from"), fields.value("to"), fields.value("step")
        if low is not None and high is not None and low > high:
            fields.wrong("to", "is below from: nothing would be plausible")
        if step is not None and step <= 0:
            fields.wrong("step", "must be more than 0")
        sentinels = _values(fields, fields.texts("sentinels") or SENTINELS[quantity])
        own = Own(low, high, step, sentinels)
        table = fields.text("table")
        plausible = own.range() if table is None else _of_table(fields, table, quantity, own)
        return cls(quantity, plausible, fields.duration("for", 0) or 0)

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


class Own(NamedTuple):
    """What a rule says itself; None: it does not."""

    low: int | None
    high: int | None
    step: int | None
    sentinels: frozenset[int]

    def range(self, reach: Reach = ANYTHING) -> Range:
        """Return what can be read where a table has `reach`."""
        low = reach.low if self.low is None else self.low
        high = reach.high if self.high is None else self.high
        return Range(low, high, self.sentinels, reach.step if self.step is None else self.step)


def _of_table(fields: Fields, name: str, quantity: str, own: Own) -> Range | ByKind:
    if name not in TABLES:
        fields.wrong("table", f"no table {name!r}; known: {', '.join(TABLES)}{nearest(name, list(TABLES))}")
        return own.range()
    if quantity != "temperature":
        fields.wrong("table", "is of temperatures")
    kinds = {kind: own.range(reach) for kind, reach in TABLES[name].items() if kind}
    return ByKind(kinds, own.range(TABLES[name][""]), name)


def _values(fields: Fields, texts: tuple[str, ...]) -> frozenset[int]:
    values = set()
    for text in texts:
        try:
            values.add(parse_value(text))
        except InvalidError as error:
            fields.wrong("sentinels", str(error))
    return frozenset(values)
