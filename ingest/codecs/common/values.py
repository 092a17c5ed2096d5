"""Values as sensors write them: numbers, numbers in text, words and numbers that say that there is none."""

import re
from typing import Any

from domain.errors import DecodeError, InvalidError
from domain.numbers import SCALE, parse_value

_NO_VALUE = {"", "-", "--", "---", "nan", "inf", "+inf", "-inf", "infinity", "-infinity", "null", "none", "nil", "n/a"}
_NO_VALUE |= {"na", "unavailable", "not available", "no value", "unknown", "undefined", "unset", "invalid"}
_NO_VALUE |= {"error", "err", "read error", "fail", "failed", "fault", "disconnected", "open", "short"}
_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(\S{0,12})", re.ASCII)
# A decimal comma; three digits behind it could as well be thousands.
_COMMA = re.compile(r"([+-]?\d+),(\d{1,2}|\d{4,6})(?!\d)", re.ASCII)

CELSIUS, FAHRENHEIT, KELVIN, PERCENT = "C", "F", "K", "%"
_UNITS = {
    CELSIUS: "c °c ºc degc deg_c cel celsius ℃ degreescelsius",
    FAHRENHEIT: "f °f ºf degf deg_f fahrenheit ℉ degreesfahrenheit",
    KELVIN: "k °k kelvin degk",
    PERCENT: "% %rh rh percent pct %r.h.",
}
_UNIT_WORDS = {word: unit for unit, words in _UNITS.items() for word in words.split()}

_TOO_COLD = -273_150_000  # absolute zero is what a sensor without a value says, too
_TOO_HOT = 400_000_000
# What chips send for "no probe", "read error" and "just switched on", in °C.
_SENTINELS = frozenset({327_670_000, -327_680_000, -127_000_000, 85_000_000})
_TOO_HUMID = 110_000_000  # sensors near saturation say a little more than 100


def shown(raw: object) -> str:
    """Return a value for an error's text, cut short."""
    text = repr(raw) if not isinstance(raw, list | dict) else type(raw).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."


def unit_of(text: str) -> str:
    """Return C, F, K or % for a unit's name. Raises InvalidError for another."""
    word = text.strip().casefold().replace(" ", "")
    if word not in _UNIT_WORDS:
        raise InvalidError(f"unknown unit {shown(text)}; known: °C, °F, K, %")
    return _UNIT_WORDS[word]


def number_of(raw: Any, what: str) -> tuple[int | None, str | None]:
    """Return (10⁻⁶ of the unit, unit if the text names one); None for whatever says that there is no value.

    Raises DecodeError for what is neither a number nor such a word: booleans, lists, other text.
    """
    if type(raw) is float or type(raw) is int:
        # Also false for NaN; nothing measured here comes near a million.
        return (round(raw * SCALE), None) if -1e6 < raw < 1e6 else (None, None)
    if raw is None:
        return None, None
    if isinstance(raw, str):
        return _number_in(raw.strip(), what)
    raise DecodeError(f"{what} is not a number: {shown(raw)}")


def _number_in(text: str, what: str) -> tuple[int | None, str | None]:
    if text.casefold() in _NO_VALUE:
        return None, None
    match = _NUMBER.fullmatch(_COMMA.sub(r"\1.\2", text, count=1)) if len(text) <= 60 else None
    if match is None:
        raise DecodeError(f"{what} is not a number: {shown(text)}")
    try:
        unit = unit_of(match[2]) if match[2] else None
        return parse_value(match[1]), unit
    except InvalidError as error:
        raise DecodeError(f"{what} is not a number with a unit: {shown(text)} ({error})") from error


def temperature(raw: Any, unit: str = CELSIUS, what: str = "temperature") -> int | None:
    """Return 10⁻⁶ °C; None for a fault: no value, a known sentinel, or what is no temperature at all."""
    value, own_unit = number_of(raw, what)
    unit = own_unit or unit
    if value is None:
        return None
    if unit == FAHRENHEIT:
        value = (10 * (value - 32_000_000) + 9) // 18  # · 5/9, to the nearest; there are no ties
    elif unit == KELVIN:
        value -= 273_150_000
    elif unit != CELSIUS:
        raise DecodeError(f"{what} is not in a unit of temperature: {shown(raw)} {unit}")
    return value if _TOO_COLD < value < _TOO_HOT and value not in _SENTINELS else None


def humidity(raw: Any, unit: str = PERCENT, what: str = "humidity") -> int | None:
    """Return 10⁻⁶ % relative humidity; None for a fault: no value, or what is no humidity at all."""
    value, own_unit = number_of(raw, what)
    if (own_unit or unit) != PERCENT:
        raise DecodeError(f"{what} is not in %: {shown(raw)}")
    return value if value is not None and 0 <= value <= _TOO_HUMID else None


def plain_number(raw: Any) -> float | None:
    """Return a number said beside the readings (battery, signal), or None: it never makes a message unreadable."""
    if isinstance(raw, str):
        raw = raw.strip().removesuffix("%").removesuffix("V").removesuffix("dBm")
    try:
        number = float(raw) if isinstance(raw, int | float | str) and not isinstance(raw, bool) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e12 else None


def name_of(raw: Any, what: str) -> str:
    """Return the name of a device or probe; whole numbers are names, too.

    Raises DecodeError for what no database could keep or nobody could have meant.
    """
    text = raw.strip() if isinstance(raw, str) else str(raw) if type(raw) is int and abs(raw) < 1 << 64 else ""
    if not text or len(text) > 200 or not text.isprintable():
        raise DecodeError(f"{what} is not a name: {shown(raw)}")
    return text
