"""`life`: shelf life used up by warmth.

    used(t) = Σ Δt / life(T),   life(T) at the warmest value that is known

Cumulative, over the whole life: fires when what is left has come down to `left` (a share, default 0: nothing), and at
the first value outside the range that was studied, from which on nobody knows what is left. `life(T)` is one of

- Arrhenius: `life` at `reference` (°C) and `activation_energy_kj_mol`: life·exp(ΔH/R·(1/T - 1/T_ref));
- Q10: `life` at `reference` and `q10`: life·q10^((T_ref - T)/10), as ASTM F1980;
- a table: `table: [37 = 7d, 25 = 45d]`, Arrhenius between neighbours and beyond the ends; or `table: VVM7`, a vaccine
  vial monitor of WHO E6/IN5 (2002): VVM2, VVM7, VVM14, VVM30.

It holds only from `studied_from` to `studied_to` (°C, both inside; preset for a table: its ends, for a VVM 5 and 37).
Unknown time uses nothing; the coverage says how much there was. Never for what fails at an edge (freezing, melting).
Lives are rounded to microseconds, rates up to 2⁻¹²⁸ of a life per µs. Sources: ICH Q1A(R2), ASTM F1980,
WHO/V&B/99.18 on VVMs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.language import gettext, mark
from domain.numbers import SCALE, show_value
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import ENERGY, Form, Input
from rules.kinds.common.shelf_life import WHOLE, Model, check_temperature, degrees, read_model, using
from rules.messages.reasons import moment
from rules.messages.words import decimal, duration, percent


@dataclass(frozen=True, slots=True)
class Unstudied:
    """A value outside the range that was studied."""

    low: int
    high: int

    def broken_by(self, value: int, was_outside: bool) -> bool:
        """Tell whether nobody knows what this value does."""
        return not self.low <= value <= self.high

    def quiescent_range(self) -> tuple[int, int]:
        """Return the range."""
        return self.low, self.high

    def outside_range(self, value: int) -> tuple[int, int]:
        """Return all that lies on the same side of the range."""
        return (-NEVER, self.low - 1) if value < self.low else (self.high + 1, NEVER)


@KINDS.register("life")
@dataclass(frozen=True, slots=True)
class Life:
    """`table: VVM7, left: 0.2`: values in 10⁻⁶ °C, shares in 10⁻⁶, durations in microseconds."""

    model: Model
    test: Unstudied
    left: int = 0
    form: ClassVar[Form] = Form(
        mark("Shelf life used up"),
        mark("Warmth uses up shelf life by a stability model."),
        (
            Input(
                "table",
                mark("Table"),
                "list",
                mark("Life at temperatures: 37 = 7d, 25 = 45d; or one of VVM2, VVM7, VVM14, VVM30."),
            ),
            Input(
                "reference",
                mark("Reference temperature"),
                "value",
                mark("Instead of a table: life at one temperature."),
                "°C",
            ),
            Input("life", mark("Life at the reference"), "duration"),
            ENERGY,
            Input("q10", mark("Q10"), "value", mark("Instead of an activation energy.")),
            Input("studied_from", mark("Studied from"), "value", mark("Needed without a table."), "°C"),
            Input("studied_to", mark("Studied to"), "value", mark("Needed without a table."), "°C"),
            Input(
                "left",
                mark("Share left"),
                "value",
                mark("Triggers when this share of life is left: 0.2 is a fifth."),
                preset="0",
            ),
        ),
    )
    means: ClassVar[Means] = "cumulative"
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    quantity: ClassVar[str] = "temperature"
    exposes: ClassVar[bool] = False
    is_over_in_range: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "high"

    @classmethod
    def read(cls, fields: Fields) -> "Life":
        """Read the model's fields, studied_from, studied_to, left (and quantity, which can only be temperature)."""
        fields.temperature_only("life")
        model, low, high = read_model(fields)
        preset = low is not None
        low, high = fields.value("studied_from", low), fields.value("studied_to", high)
        if not preset:
            fields.required("studied_from")
            fields.required("studied_to")
        for field, value in (("studied_from", low), ("studied_to", high)):
            check_temperature(fields, field, value)
        if low is not None and high is not None and low >= high:
            fields.wrong("studied_to", "is not above studied_from")
        left = fields.value("left", 0) or 0
        if not 0 <= left < SCALE:
            fields.wrong("left", "must be from 0 to below 1")
        return cls(model, Unstudied(low or 0, high or 0), left)

    @property
    def using(self) -> Callable[[int], int]:
        """Return how much of a life is used per µs at a value."""
        return using(self.model, self.test.low, self.test.high)

    @property
    def budget(self) -> int:
        """How much of a life may be used."""
        return WHOLE * (SCALE - self.left) // SCALE

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield when enough is used, and the first instant outside the studied range, in order of time."""
        if not pieces:
            return
        found = [*_used_up(pieces, evidence), *_unstudied(pieces, evidence)]
        yield from sorted({at: (at, piece) for at, piece in reversed(found)}.values(), key=lambda firing: firing[0])

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return the earliest instant at which enough can be used while nothing gets much warmer than now."""
        left = self.budget - used_by(evidence.alike(piece), evidence, evidence.until)
        ceiling = evidence.ceiling(piece)
        if left <= 0 or ceiling is None:
            return NEVER
        rate = self.using(min(max(ceiling, self.test.low), self.test.high))
        return min(evidence.until + max(left // rate, 1), NEVER) if rate else NEVER

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the instant itself."""
        return at, at

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `100 % of the shelf life used by …, limit 80 %`, or the value outside the studied range."""
        used = used_by(evidence.alike(piece), evidence, at)
        share, limit = round(used / WHOLE, 6), show_value(SCALE - self.left)
        more = {
            "model": self._model(),
            "studied_from": show_value(self.test.low),
            "studied_to": show_value(self.test.high),
        }
        if used < self.budget:
            value = _value_outside(self.test, evidence.warmth().steps(at, at + 1))
            more["unstudied"] = None if value is None else show_value(value)
            text = gettext(
                "{value} at {at} is outside the studied range of {low} to {high}; {share} % of the shelf life used",
                value=gettext("a value") if value is None else degrees(value),
                at=moment(at),
                low=degrees(self.test.low),
                high=degrees(self.test.high),
                share=percent(share),
            )
        else:
            text = gettext(
                "{share} % of the shelf life used by {at}, limit {limit} % ({model})",
                share=percent(share),
                at=moment(at),
                limit=decimal(f"{limit * 100:g}"),
                model=self._model(),
            )
        return Why(text, self.describe(), share, limit, "of a life", more, (evidence.watch[0], at))

    def _model(self) -> str:
        entries = [
            gettext("{life} at {value}", life=duration(life, exact=True), value=degrees(value))
            for value, life in self.model.table
        ]
        if self.model.q10 is not None:
            entries.append(decimal(f"Q10 {show_value(self.model.q10):g}"))
        elif self.model.energy is not None:
            entries.append(decimal(f"ΔH {show_value(self.model.energy):g} kJ/mol"))
        return ", ".join(entries)

    def describe(self) -> str:
        """Return e.g. `no more than 20 % of the shelf life left (7 d at 37.0 °C, 45 d at 25.0 °C)`."""
        if not self.left:
            return gettext("no shelf life left ({model})", model=self._model())
        share = decimal(f"{show_value(self.left) * 100:g}")
        return gettext("no more than {share} % of the shelf life left ({model})", share=share, model=self._model())


def used_by(pieces: Sequence[Piece], evidence: Evidence, instant: int) -> int:
    """Return how much of a life was used before an instant, each version counting while it is in force."""
    warmth = evidence.warmth()
    spans = ((piece, min(piece.until, instant)) for piece in pieces)
    return sum(warmth.weighed(p.rule.condition.using, p.since, end) for p, end in spans if p.since < end)


def _used_up(pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
    used, last = 0, min(evidence.until, evidence.watch[1])
    for piece in pieces:
        since, until = max(piece.since, evidence.watch[0]), min(piece.until, last)
        if since > until:
            continue
        condition: Life = piece.rule.condition
        at = evidence.warmth().reaches(condition.using, since, until, condition.budget - used)
        if at < NEVER:
            yield at, piece
            return
        used += evidence.warmth().weighed(condition.using, since, until)


def _unstudied(pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
    for since, _ in evidence.outside(pieces[0])[:1]:
        yield since, next(piece for piece in pieces if piece.since <= since < piece.until)


def _value_outside(test: Unstudied, steps: Sequence[tuple[int, int, int]]) -> int | None:
    return next((value for _, _, value in steps if test.broken_by(value, False)), None)
