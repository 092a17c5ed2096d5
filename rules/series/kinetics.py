"""Arrhenius: how much faster harm goes on when it is warmer. Kinetics of mean kinetic temperature and of shelf life.

Rates are scaled to integers, so that their sums are exact and no order of summing matters.
"""

from functools import lru_cache
from math import exp, log

GAS_CONSTANT = 8.3144  # J/(mol·K)
ZERO_CELSIUS = 273.15  # K
USUAL_ENERGY = 83_144_000  # 83.144 kJ/mol, in 10⁻⁶ kJ/mol
_FINE = 1 << 80  # far finer than the float it scales


def kelvins(value: int) -> float:
    """Return the kelvins of a value in 10⁻⁶ °C."""
    return value / 1_000_000 + ZERO_CELSIUS


@lru_cache(maxsize=65536)
def harm(value: int, energy: int) -> int:
    """exp(ΔH/R·(1/T₀ - 1/T)) as an integer: the rate of harm relative to that at 0 °C."""
    kelvin = kelvins(value)
    if kelvin <= 0:
        return 0
    return int(exp(energy / 1000 / GAS_CONSTANT * (1 / ZERO_CELSIUS - 1 / kelvin)) * _FINE)


def mean(relative_harm: float, energy: int) -> float:
    """Return the temperature in °C, 6 decimals, at which harm goes on at this rate relative to that at 0 °C."""
    if relative_harm <= 0:
        return -ZERO_CELSIUS
    kelvin = 1 / (1 / ZERO_CELSIUS - log(relative_harm) * GAS_CONSTANT / (energy / 1000))
    return round(kelvin - ZERO_CELSIUS, 6)


def mean_of(summed_harm: int, known: int, energy: int) -> float:
    """Return the mean kinetic temperature in °C of harm summed over known time."""
    return mean(summed_harm / known / _FINE, energy)
