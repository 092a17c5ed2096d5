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

from domain.times import NEVER, format_duration
from rules.bounds import Bound, Bounds
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Piece
from rules.words import describe_value

GAS_CONSTANT = 8.3144  # J/(mol·K)
ZERO_CELSIUS = 273.15  # K
USUAL_ENERGY = 83_144_000  # 83.144 kJ/mol, in 10⁻⁶ kJ/mol
_FINE = 1 << 80  # far finer than the float it scales

Step = tuple[int, int, int]  # from, to, value


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
        above = False
        for piece in pieces:
            condition: MeanKineticTemperature = piece.rule.condition
            instants = evidence.readings("temperature", piece.since, min(piece.until, evidence.until))
            for at, now_above in condition._asked(instants, evidence.temperatures()):
                if now_above and not above:
                    yield at, piece
                above = now_above

    def _asked(self, instants: Sequence[int], steps: Sequence[Step]) -> Iterator[tuple[int, bool]]:
        """Yield for each instant (in order) whether the mean over the window before it is above."""
        behind = sums_at(instants, steps, self.energy)
        before = sums_at((at - self.window for at in instants), steps, self.energy)
        surely_not = _harm(self.threshold, self.energy) * (1 - 1e-9)
        for at, (known, harm), (known_before, harm_before) in zip(instants, behind, before, strict=True):
            known, harm = known - known_before, harm - harm_before
            possible = 2 * known >= self.window and harm > surely_not * known
            yield at, possible and mean(harm / known / _FINE, self.energy) > self.threshold / 1_000_000

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


def sums_at(instants: Iterable[int], steps: Sequence[Step], energy: int) -> Iterator[tuple[int, int]]:
    """Yield known time and harm of all steps before each instant; instants and steps in order of time."""
    known = harm = i = 0
    for at in instants:
        while i < len(steps) and steps[i][1] <= at:
            start, end, value = steps[i]
            known += end - start
            harm += (end - start) * _harm(value, energy)
            i += 1
        if i < len(steps) and steps[i][0] < at:
            start, _, value = steps[i]
            yield known + at - start, harm + (at - start) * _harm(value, energy)
        else:
            yield known, harm
