"""`mkt`: mean kinetic temperature (USP <1079.2>, ICH Q1A): the constant temperature that does the same harm.

    T_K = (ΔH/R) / -ln( Σ wᵢ·exp(-ΔH/(R·Tᵢ)) / Σ wᵢ ),   R = 8.3144 J/(mol·K), 0 °C = 273.15 K

Cumulative: weighted by the time each value of the warmest sensor is known. Fires at the first reading instant at which
the mean over the last `window` is `above`, once known time fills half the window; again only after it was not. Compared
at six decimals. Fields: `above` (°C), `window`, `activation_energy_kj_mol` (preset 83.144), and

- `method`: `time-weighted` (preset); `usp-room-temperature`: USP <1079.2>, 30 consecutive days, preset above 25;
  `usp-cold-chain`: USP <1079.2>, 24 hours, preset above 8;
- `floor` (°C): the mean is for high excursions only; what is colder counts as the floor, so that cold time buys
  no warm time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from domain.intervals import Interval, clip, union
from domain.language import gettext, mark
from domain.numbers import show_ratio, show_value
from domain.times import DAY, HOUR, NEVER, format_duration
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import ENERGY, Form, Input
from rules.messages.reasons import moment
from rules.messages.words import decimal, describe_value, duration, percent
from rules.series.arrays.kinetic import Exact, Outlook, above, exactly
from rules.series.arrays.warmest import Steps
from rules.series.bounds import Bound, Bounds
from rules.series.kinetics import USUAL_ENERGY, harm, mean, mean_of

__all__ = ["MeanKineticTemperature", "mean"]

# method → window, above
_METHODS = {"usp-room-temperature": (30 * DAY, 25_000_000), "usp-cold-chain": (24 * HOUR, 8_000_000)}


@KINDS.register("mkt")
@dataclass(frozen=True, slots=True)
class MeanKineticTemperature:
    """`above: 8.0, window: 24h, activation_energy_kj_mol: 83.144`."""

    threshold: int
    window: int
    energy: int = USUAL_ENERGY  # 10⁻⁶ kJ/mol
    floor: int | None = None
    method: str = "time-weighted"
    form: ClassVar[Form] = Form(
        mark("Mean kinetic temperature"),
        mark("The mean kinetic temperature of the last hours or days is above the limit."),
        (
            Input(
                "method",
                mark("Method"),
                "choice",
                mark("The USP methods have a limit and a time span of their own."),
                preset="time-weighted",
                choices=("time-weighted", *_METHODS),
            ),
            Input("above", mark("Above"), "value", mark("Needed for time-weighted."), "°C"),
            Input("window", mark("Over the last"), "duration", mark("Needed for time-weighted; leave out for USP.")),
            ENERGY,
            Input("floor", mark("Floor"), "value", mark("What is colder counts as this temperature."), "°C"),
        ),
    )
    means: ClassVar[Means] = "cumulative"
    exposes: ClassVar[bool] = False
    is_over_in_range: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = True
    linger: ClassVar[int] = 0
    quantity: ClassVar[str] = "temperature"
    direction: ClassVar[str] = "high"

    @classmethod
    def read(cls, fields: Fields) -> "MeanKineticTemperature":
        """Read above, window, activation_energy_kj_mol, method, floor (and quantity, which can only be temperature)."""
        fields.temperature_only("a mean kinetic temperature")
        method = fields.choice("method", ("time-weighted", *_METHODS), "time-weighted")
        window, above = _METHODS.get(method, (None, None))
        if window is None:
            fields.required("above")
            window = fields.positive_duration("window")
        elif fields.duration("window", window) != window:
            fields.wrong("window", f"of {method} is {format_duration(window)}; leave it out")
        threshold = fields.value("above", above) or 0
        floor = fields.value("floor")
        if floor is not None and floor > threshold:
            fields.wrong("floor", "is above the limit itself")
        return cls(threshold, window, fields.energy(), floor, method)

    @property
    def bounds(self) -> Bounds:
        """Return what must have happened for the mean to be above: a value was."""
        return Bounds((Bound("above", self.threshold),))

    @property
    def test(self) -> Bounds:
        """What is outside."""
        return self.bounds

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each reading instant at which the mean is newly above."""
        patience = max((piece.version.max_gap for piece in pieces), default=0)
        is_above = False
        for piece in pieces:
            condition: MeanKineticTemperature = piece.rule.condition
            last = min(piece.until, evidence.until)
            asked_to = piece.since
            for since, until in condition._possible(piece, patience, evidence):
                is_above = is_above and not evidence.has_value(piece, "temperature", asked_to, since)
                for at, now_above in condition._asked(piece, since, min(until, last), evidence):
                    if now_above and not is_above:
                        yield at, piece
                    is_above = now_above
                asked_to = until + 1
            is_above = is_above and not evidence.has_value(piece, "temperature", asked_to, last + 1)

    def _possible(self, piece: Piece, patience: int, evidence: Evidence) -> list[Interval]:
        """Return when a value above lies in the window, at most: at any other instant the mean is not above."""
        reach = self.window + patience  # another version may let a value hold for longer
        spans = union((since, until + reach) for since, until in evidence.ever_outside(piece, patience))
        return clip(spans, piece.since, min(piece.until, evidence.until) + 1)

    def _asked(self, piece: Piece, since: int, until: int, evidence: Evidence) -> Iterable[tuple[int, bool]]:
        """Return each reading instant of the closed span with whether the mean over the window before it is above."""
        instants = evidence.readings(piece, "temperature", since, until)
        steps = self._floored(evidence.warmest(since - self.window, until + 1))
        found = above(steps, instants, self.window, self.threshold, self.energy, self._is_above)
        return zip(instants.tolist(), found.tolist(), strict=True)

    def _floored(self, steps: Steps) -> Steps:
        return steps if self.floor is None else steps._replace(values=np.maximum(steps.values, self.floor))

    def _is_above(self, exact: Exact) -> bool:
        """Decide by exact sums."""
        return 2 * exact.known >= self.window and self._mean(exact) > self.threshold / 1_000_000

    def _mean(self, exact: Exact) -> float:
        summed = sum(duration * harm(value, self.energy) for value, duration in exact.durations)
        return mean_of(summed, exact.known, self.energy)

    def last_mean(self, piece: Piece, at: int, evidence: Evidence) -> float | None:
        """Return the mean at the last reading up to an instant, in °C; None: none lies in the window."""
        instants = evidence.readings(piece, "temperature", at - self.window, at)
        if not len(instants):
            return None
        last = int(instants[-1])
        exact = exactly(self._floored(evidence.warmest(last - self.window, last)), last - self.window, last)
        return self._mean(exact) if exact.known else None

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return the earliest instant at which the mean can be newly above; the present: at the next reading."""
        now, patience = evidence.until, max(each.version.max_gap for each in evidence.alike(piece))
        hot = evidence.ever_outside(piece, patience)
        if not hot or hot[-1][1] + self.window + patience < now:
            return NEVER  # the next value above the limit is news
        warmest = self.threshold if hot[-1][1] <= now else evidence.ceiling(piece)
        outlook = Outlook(self._floored(evidence.warmest(now - self.window, now)), now, self.window, self.energy)
        last = evidence.last_value_at(piece, "temperature")
        if last >= piece.since and any(above for _, above in self._asked(piece, last, last, evidence)):
            return outlook.not_above(self.threshold)
        return outlook.above(self.threshold, warmest)

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the instant itself."""
        return at, at

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return the mean with method, window, activation energy, number of readings and coverage."""
        exact = exactly(self._floored(evidence.warmest(at - self.window, at)), at - self.window, at)
        value, share = self._mean(exact), show_ratio(exact.known, self.window)
        energy = self.energy / 1_000_000
        used = (at - self.window, at - 1)
        count = evidence.count(piece, "temperature", used[0], at)
        text = gettext(
            "mean kinetic temperature {mean} over {window} to {at}, limit {limit} "
            "({method}, ΔH {energy} kJ/mol, {count} readings, data coverage {share} %)",
            mean=describe_value("temperature", round(value * 1000) * 1000),
            window=duration(self.window, exact=True),
            at=moment(at),
            limit=describe_value("temperature", self.threshold),
            method=self.method,
            energy=decimal(f"{energy:g}"),
            count=count,
            share=percent(share),
        )
        more = {
            "method": self.method,
            "activation_energy_kj_mol": energy,
            "window": format_duration(self.window),
            "coverage": share,
            **({} if self.floor is None else {"floor": show_value(self.floor)}),
        }
        return Why(text, self._bound(), value, show_value(self.threshold), "°C", more, used)

    def describe(self) -> str:
        """Return e.g. `mean kinetic temperature above 8.0 °C over 24 h`."""
        return gettext("{bound} over {window}", bound=self._bound(), window=duration(self.window, exact=True))

    def _bound(self) -> str:
        return gettext("mean kinetic temperature above {limit}", limit=describe_value("temperature", self.threshold))
