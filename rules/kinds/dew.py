"""`dew`: moisture is about to condense.

Consecutive: fires when the dew point has been at most `margin` below what it would condense on, or above it, for `for`
(default 0: at once). That is `surface` (°C: goods or walls of a known temperature) where it is given, else the air
itself: then the air need only cool by the margin; at 100 % it need not at all. The dew point is Magnus' over water,

    g = ln(RH / 100 %) + a·T / (b + T),   T_dew = b·g / (a - g),   a = 17.62, b = 243.12 °C

for each humidity with the temperature of the same sensor, or with every temperature of the place if it has none; the
worst counts. 0 % has no dew point; above 100 % counts as 100 %. Compared at six decimals. Fields: `margin` (K, at least
0), `surface` (°C), `for`. Source: WMO-No. 8, Annex 4.B (Sonntag 1990), -45..60 °C.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import ClassVar

from domain.language import gettext, mark
from domain.numbers import show_minutes, show_value
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import HOLD_FOR, Form, Input
from rules.messages.reasons import allowed, during, or_more
from rules.messages.words import decimal, describe_value
from rules.series.bands import EVERYTHING, Band
from rules.subjects.outside_test import PlaceTest, Source

_A, _B = 17.62, 243.12
_DEGREE = 1_000_000
_COLDEST = -200 * _DEGREE  # far below any dew point that matters; Magnus has a pole at -243.12 °C
_SLACKS = tuple(_DEGREE * 8 >> i for i in range(7))  # 8 … 0.125: by how much values may move and stay quiescent


@lru_cache(maxsize=65536)
def dew_point(temperature: int, humidity: int) -> int:
    """Return the dew point in 10⁻⁶ °C of a temperature in 10⁻⁶ °C and a humidity in 10⁻⁶ %."""
    if humidity <= 0 or temperature <= _COLDEST:
        return _COLDEST
    celsius = temperature / _DEGREE
    gamma = log(min(humidity, 100 * _DEGREE) / (100 * _DEGREE)) + _A * celsius / (_B + celsius)
    return max(round(_B * gamma / (_A - gamma) * _DEGREE), _COLDEST)


@dataclass(frozen=True, slots=True)
class Condensing(PlaceTest):
    """The dew point is at most `margin` below the surface, or below the air."""

    margin: int
    surface: int | None
    quantities: ClassVar[tuple[str, ...]] = ("temperature", "humidity")

    def outside(self, values: Mapping[Source, int]) -> tuple[int, int] | None:
        """Return how far inside the margin it is, and the dew point."""
        pairs = ((values[air], values[damp]) for air, damp in _pairs(values))
        worst = max(((self._lacking(*pair), dew_point(*pair)) for pair in pairs), default=None)
        return worst if worst is not None and worst[0] >= 0 else None

    def _lacking(self, air: int, damp: int) -> int:
        return self.margin - ((air if self.surface is None else self.surface) - dew_point(air, damp))

    def quiescent_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band] | None:
        """Return bands of equal width around all values in whose worst corners the margin is kept."""
        pairs = [(values[air], values[damp]) for air, damp in _pairs(values)]
        for slack in _SLACKS:
            if all(self._lacking(air + moved, damp + slack) < 0 for air, damp in pairs for moved in (-slack, slack)):
                return {
                    source: (value - slack if source[1] == "temperature" else -NEVER, value + slack)
                    for source, value in values.items()
                }
        return None

    def outside_bands(self, values: Mapping[Source, int]) -> Mapping[Source, Band] | None:
        """Return bands around the worst pair in whose best corners it is inside the margin; the rest may move."""
        air, damp = max(_pairs(values), key=lambda pair: self._lacking(values[pair[0]], values[pair[1]]))
        for slack in _SLACKS:
            if all(self._lacking(values[air] + moved, values[damp] - slack) >= 0 for moved in (-slack, slack)):
                near = {air: (values[air] - slack, values[air] + slack), damp: (values[damp] - slack, NEVER)}
                return dict.fromkeys(values, EVERYTHING) | near
        return None


def _pairs(values: Mapping[Source, int]) -> Iterator[tuple[Source, Source]]:
    """Yield temperatures and humidities that belong together."""
    airs = [source for source in values if source[1] == "temperature"]
    for damp in values:
        if damp[1] == "humidity":
            own = (damp[0], "temperature")
            for air in [own] if own in values else airs:
                yield air, damp


@KINDS.register("dew")
@dataclass(frozen=True, slots=True)
class Dew(Consecutive):
    """`margin: 2.0, surface: 5.0, for: 30min`: values in 10⁻⁶ K or °C, durations in microseconds."""

    test: Condensing
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Condensation"),
        mark("The air is about to condense: its dew point is too near."),
        (
            Input("margin", mark("Margin"), "value", mark("How near the dew point may come."), "K", is_required=True),
            Input(
                "surface",
                mark("Surface temperature"),
                "value",
                mark("Of what it would condense on. Empty: the air itself."),
                "°C",
            ),
            HOLD_FOR,
        ),
    )
    means: ClassVar[Means] = "consecutive"
    quantity: ClassVar[str] = "humidity"
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "high"

    @classmethod
    def read(cls, fields: Fields) -> "Dew":
        """Read margin, surface, for (and quantity, which can only be humidity)."""
        if fields.text("quantity") not in (None, "humidity"):
            fields.wrong("quantity", "a dew point is told of humidity")
        margin = fields.required_value("margin")
        if margin < 0:
            fields.wrong("margin", "must not be negative")
        return cls(Condensing(margin, fields.value("surface")), fields.duration("for", 0) or 0)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `dew point up to 4.2 °C, within 2.0 °C of the surface at 5.0 °C, for 40 min from …`."""
        since, until = self.span(at, piece, evidence)
        length = min(until, evidence.until) - since
        highest = evidence.peak(piece, since, min(until, evidence.until + 1)) or 0
        reached = describe_value("temperature", round(highest, -4))
        text = gettext(
            "dew point up to {reached}, {bound}, {during}",
            reached=reached,
            bound=self._bound(),
            during=during(length, since),
        )
        limit = self.hold_duration
        more = {"dew_point": show_value(highest)}
        return Why(allowed(text, limit), self._bound(), show_minutes(length), show_minutes(limit), "min", more)

    def _bound(self) -> str:
        surface, margin = self.test.surface, decimal(f"{self.test.margin / _DEGREE:g} K")
        if surface is None:
            return gettext("less than {margin} below the air", margin=margin)
        at = describe_value("temperature", surface)
        return gettext("less than {margin} below the surface at {surface}", margin=margin, surface=at)

    def describe(self) -> str:
        """Return e.g. `dew point less than 2 K below the air for 30 min or more`."""
        return or_more(gettext("dew point {bound}", bound=self._bound()), self.hold_duration)
