"""Units that values come in, and their conversion to °C and %; exact, in 10⁻⁶ of the unit."""

from domain.errors import InvalidError
from domain.faults import Fault
from domain.gate import CHIP_NUMBERS, DEVICE_NUMBERS
from domain.numbers import SCALE

CELSIUS, FAHRENHEIT, KELVIN, PERCENT = "C", "F", "K", "%"
_UNITS = {
    CELSIUS: "c °c ºc *c degc deg_c cel celsius ℃ degreescelsius",
    FAHRENHEIT: "f °f ºf *f degf deg_f fahrenheit ℉ degreesfahrenheit",
    KELVIN: "k °k kelvin degk",
    PERCENT: "% %rh rh percent pct %r.h. rh% rh(%)",
}
_UNIT_WORDS = {word: unit for unit, words in _UNITS.items() for word in words.split()}


def unit_of(text: str) -> str:
    """Return C, F, K or % for a unit's name. Raises InvalidError for another."""
    word = text.strip().casefold().replace(" ", "")
    if word not in _UNIT_WORDS:
        raise InvalidError(f"unknown unit {text[:40]!r}; known: °C, °F, K, %")
    return _UNIT_WORDS[word]


def _rounded_in_fahrenheit() -> dict[int, int]:
    """Return °C by °F of the numbers that chips give for a fault: devices round what they convert."""
    found: dict[int, int] = {}
    for celsius in CHIP_NUMBERS:
        exact = celsius * 9 // 5 + 32 * SCALE
        for unit in (1, 1_000, 10_000, 100_000):
            found[round(exact / unit) * unit] = celsius
    return found


_IN_FAHRENHEIT = _rounded_in_fahrenheit()


def in_celsius(value: int, unit: str) -> int | Fault:
    """Return a temperature in °C; the fault for a number that means one in whatever unit.

    Raises InvalidError for what is no unit of temperature.
    """
    if unit == CELSIUS:
        return value
    if unit not in (FAHRENHEIT, KELVIN):
        raise InvalidError(f"not a unit of temperature: {unit}")
    if value in DEVICE_NUMBERS:
        return DEVICE_NUMBERS[value]
    if unit == KELVIN:
        return value - 273_150_000
    known = _IN_FAHRENHEIT.get(value)
    return (10 * (value - 32_000_000) + 9) // 18 if known is None else known  # · 5/9, to the nearest; no ties
