"""Exact numbers: values are integers of 10⁻⁶ of the quantity's unit; how they are read and printed."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from domain.errors import InvalidError
from domain.times import MINUTE

SCALE = 1_000_000
_STEP = Decimal(1).scaleb(-6)
_WITH_UNIT = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*((?:°|deg)?\s*[CF]|%|)", re.IGNORECASE)
# Far beyond any temperature or humidity; keeps hostile exponents from becoming huge integers.
_LARGEST = Decimal(1_000_000_000)


def parse_value(text: str) -> int:
    """Read a finite decimal as 10⁻⁶ of its unit, half to even beyond six decimals.

    Raises InvalidError for anything that is no finite number of sensible size.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    # Decimal reads `1_000`, which nobody means
    if not number.is_finite() or number.copy_abs() > _LARGEST or "_" in text:
        raise InvalidError(f"not a finite number: {text!r}{_meant(text.strip())}")
    return int(number.quantize(_STEP, ROUND_HALF_EVEN).scaleb(6))


def _meant(text: str) -> str:
    """Return ` (did you mean "8.5"?)` for a decimal comma or a unit beside the number, or that °F are not taken."""
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        return ""
    if match[2].lower().endswith("f"):
        return " (values are in °C)"
    return f' (did you mean "{match[1].replace(",", ".")}"?)'


def value_of(number: float) -> int:
    """Scale a finite float (as JSON gives it) exactly as its shortest decimal text reads."""
    return round(number * SCALE) if abs(number) < 1e6 else parse_value(repr(number))


def show_value(value: int) -> float:
    """Return the float whose shortest text is the exact value."""
    return value / SCALE


def _rounded(numerator: int, denominator: int, decimals: int) -> float:
    """Round an exact ratio half to even: the nearest decimal, as a float."""
    power: int = 10**decimals
    quotient, rest = divmod(numerator * power, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        quotient += 1
    return quotient / power


def show_minutes(duration: int) -> float:
    """Minutes of a duration in microseconds, 3 decimals, half to even."""
    return _rounded(duration, MINUTE, 3)


def show_degree_minutes(integral: int) -> float:
    """Degree-minutes of an integral in 10⁻⁶ unit · µs, 3 decimals, half to even."""
    return _rounded(integral, SCALE * MINUTE, 3)


def show_ratio(part: int, whole: int) -> float:
    """Return `part / whole` with 4 decimals, half to even; 0 if there is no whole."""
    return _rounded(part, whole, 4) if whole else 0.0
