"""`mkt`: mean kinetic temperature (USP <1079.2>, ICH Q1A): the constant temperature that does the same harm.

    T_K = (ΔH/R) / -ln( Σ wᵢ·exp(-ΔH/(R·Tᵢ)) / Σ wᵢ ),   R = 8.3144 J/(mol·K), 0 °C = 273.15 K

weighted by the time each value of the warmest sensor is known. Fires at the first reading instant at which the mean
over the last `window` is `above`, once known time fills half the window; again only after it was not. Compared at six
decimals. Exponentials are scaled to integers, so that their sums are exact and no order of summing matters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import ClassVar

from domain.intervals import Interval, clip, union
from domain.times import NEVER, format_duration
from rules.bounds import Bound, Bounds
from rules.fast.kinetic import GAS_CONSTANT, ZERO_CELSIUS, Exact, above
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Piece
from rules.words import describe_value

USUAL_ENERGY = 83_144_000  # 83.144 kJ/mol, in 10⁻⁶ kJ/mol
_FINE = 1 << 80  # far finer than the float it scales


@KINDS.register("mkt")
@dataclass(frozen=True, slots=True)
class MeanKineticTemperature:
    """`above: 8.0, window: 24h, activation_energy_kj_mol: 83.144`."""

    threshold: int
    window: int
    energy: int = USUAL_ENERGY  # 10⁻⁶ kJ/mol
    exposes: ClassVar[bool] = False
    quantity: ClassVar[str] = "temperature"
    direction: ClassVar[str] = "high"

    @classmethod
    def read(cls, fields: Fields) -> "MeanKineticTemperature":
        """Read above, window, activation_energy_kj_mol (and quantity, which can only be temperature)."""
        if fields.text("quantity") not in (None, "temperature"):
            fields.wrong("quantity", "a mean kinetic temperature is of temperature only")
        fields.required("above")
        energy = fields.value("activation_energy_kj_mol", USUAL_ENERGY) or 0
        if energy <= 0:
            fields.wrong("activation_energy_kj_mol", "must be above 0")
        return cls(fields.value("above") or 0, fields.positive_duration("window"), energy or USUAL_ENERGY)

    @property
    def linger(self) -> int:
        """Return how long a value beyond the bounds matters: as long as it is inside the window."""
        return self.window

    @property
    def bounds(self) -> Bounds:
        """Return what must have happened for the mean to be above: a value was."""
        return Bounds((Bound("above", self.threshold),))

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each reading instant at which the mean is newly above."""
        if not any(evidence.ever_outside(piece) for piece in pieces):
            return
        patience = max(piece.version.max_gap for piece in pieces)
        is_above = False
        for piece in pieces:
            condition: MeanKineticTemperature = piece.rule.condition
            last = min(piece.until, evidence.until)
            asked_to = piece.since
            for since, until in condition._possible(piece, patience, evidence):
                is_above = is_above and not evidence.heard_within("temperature", asked_to, since)
                for at, now_above in condition._asked(since, min(until, last), evidence):
                    if now_above and not is_above:
                        yield at, piece
                    is_above = now_above
                asked_to = until + 1
            is_above = is_above and not evidence.heard_within("temperature", asked_to, last + 1)

    def _possible(self, piece: Piece, patience: int, evidence: Evidence) -> list[Interval]:
        """Return when a value above lies in the window, at most: at any other instant the mean is not above."""
        reach = self.window + patience  # another version may let a value hold for longer
        spans = union((since, until + reach) for since, until in evidence.beyond(piece))
        return clip(spans, piece.since, min(piece.until, evidence.until) + 1)

    def _asked(self, since: int, until: int, evidence: Evidence) -> Iterable[tuple[int, bool]]:
        """Return each reading instant of the closed span with whether the mean over the window before it is above."""
        instants = evidence.readings("temperature", since, until)
        steps = evidence.warmest(since - self.window, until + 1)
        found = above(steps, instants, self.window, self.threshold, self.energy, self._is_above)
        return zip(instants.tolist(), found.tolist(), strict=True)

    def _is_above(self, exact: Exact) -> bool:
        """Decide by exact sums."""
        known, harm = exact.known, sum(duration * _harm(value, self.energy) for value, duration in exact.durations)
        return 2 * known >= self.window and mean(harm / known / _FINE, self.energy) > self.threshold / 1_000_000

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return NEVER: only readings bring it about."""
        return NEVER

    def describe(self) -> str:
        """Return e.g. `mean kinetic temperature above 8.0 °C over 24h`."""
        limit = describe_value("temperature", self.threshold)
        return f"mean kinetic temperature above {limit} over {format_duration(self.window)}"


@lru_cache(maxsize=65536)
def _harm(value: int, energy: int) -> int:
    """exp(ΔH/R·(1/T₀ - 1/T)) as an integer: the rate of harm relative to that at 0 °C."""
    kelvin = value / 1_000_000 + ZERO_CELSIUS
    if kelvin <= 0:
        return 0
    return int(exp(energy / 1000 / GAS_CONSTANT * (1 / ZERO_CELSIUS - 1 / kelvin)) * _FINE)


def mean(relative_harm: float, energy: int) -> float:
    """Return the temperature in °C, 6 decimals, at which harm goes on at this rate relative to that at 0 °C."""
    if relative_harm <= 0:
        return -ZERO_CELSIUS
    kelvin = 1 / (1 / ZERO_CELSIUS - log(relative_harm) * GAS_CONSTANT / (energy / 1000))
    return round(kelvin - ZERO_CELSIUS, 6)
