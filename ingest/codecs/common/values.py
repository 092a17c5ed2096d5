"""Values as sensors write them: numbers, numbers in text, words and numbers that say that there is none."""

import re
from typing import Any

from domain.errors import DecodeError, InvalidError
from domain.faults import Fault, fault_in
from domain.numbers import SCALE, parse_value
from domain.units import CELSIUS, FAHRENHEIT, KELVIN, PERCENT, in_celsius, unit_of

_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(\S{0,12})", re.ASCII)
# A decimal comma; three digits behind it could as well be thousands.
_COMMA = re.compile(r"([+-]?\d+),(\d{1,2}|\d{4,6})(?!\d)", re.ASCII)
# Nothing measured here comes near it; also what keeps hostile exponents from becoming huge integers.
_LARGEST = 1e6
_WORDS = {dict: "an object", list: "an array", type(None): "null"}


def shown(raw: object) -> str:
    """Return a value for an error's text in the words of formats, cut short."""
    text = _WORDS.get(type(raw)) or (str(raw).lower() if isinstance(raw, bool) else repr(raw))
    return text if len(text) <= 60 else f"{text[:57]}..."


def number_of(raw: Any, what: str) -> tuple[int | Fault, str | None]:
    """Return (10⁻⁶ of the unit, unit if the text names one); the fault for whatever says that there is no value.

    Raises DecodeError for what is neither a number nor such a word: booleans, lists, other text.
    """
    if type(raw) is float or type(raw) is int:
        if -_LARGEST < raw < _LARGEST:
            return round(raw * SCALE), None
        return (Fault.NO_VALUE if raw != raw else Fault.IMPOSSIBLE), None
    if raw is None:
        return Fault.NO_VALUE, None
    if isinstance(raw, str):
        return _number_in(raw.strip(), what)
    raise DecodeError(f"{what} is not a number: {shown(raw)}")


def _number_in(text: str, what: str) -> tuple[int | Fault, str | None]:
    plain = text.replace("\N{MINUS SIGN}", "-")
    match = _NUMBER.fullmatch(_COMMA.sub(r"\1.\2", plain, count=1)) if len(plain) <= 60 else None
    if match is None:
        fault = fault_in(text)
        if fault is None:
            raise DecodeError(f"{what} is not a number: {shown(text)}")
        return fault, None
    try:
        unit = unit_of(match[2]) if match[2] else None
        return (parse_value(match[1]) if abs(float(match[1])) < _LARGEST else Fault.IMPOSSIBLE), unit
    except InvalidError as error:
        if (fault := fault_in(text)) is not None:  # 1.#QNAN
            return fault, None
        raise DecodeError(f"{what} is not a number with a unit: {shown(text)} ({error})") from error


def temperature(raw: Any, unit: str = CELSIUS, what: str = "temperature") -> int | Fault:
    """Return 10⁻⁶ °C, or the fault for what is no number; whether the sensor can say it is its gate's matter."""
    value, own_unit = number_of(raw, what)
    unit = own_unit or unit
    if unit == CELSIUS or isinstance(value, Fault):
        return value
    if unit not in (FAHRENHEIT, KELVIN):
        raise DecodeError(f"{what} is not in a unit of temperature: {shown(raw)} {unit}")
    return in_celsius(value, unit)


def humidity(raw: Any, unit: str = PERCENT, what: str = "humidity") -> int | Fault:
    """Return 10⁻⁶ % relative humidity, or the fault for what is no number."""
    value, own_unit = number_of(raw, what)
    if (own_unit or unit) != PERCENT:
        raise DecodeError(f"{what} is not in %: {shown(raw)}")
    return value


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
