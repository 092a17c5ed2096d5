"""Words for people: bounds, values with their unit, directions and lengths of time, each in one notation."""

from math import floor

from domain.faults import Fault, name_of
from domain.language import current, gettext, mark
from domain.times import DAY, HOUR, MINUTE, SECOND
from rules.series.bounds import Bounds

UNITS = {"temperature": "°C", "humidity": "%"}
_WORDS = {
    "above": mark("above {value}"),
    "at_or_above": mark("at or above {value}"),
    "below": mark("below {value}"),
    "at_or_below": mark("at or below {value}"),
}
_QUANTITIES = {"temperature": mark("temperature"), "humidity": mark("humidity")}
_SIZES = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
_IN_DAYS_FROM = 3 * DAY + HOUR  # up to here in hours: standards say 24 h and 72 h


def decimal(number: str) -> str:
    """Return a number in the notation of the language, with a real minus sign."""
    return number.replace("-", "−").replace(".", current().decimal_point)


def percent(share: float) -> str:
    """Return a share as a percentage of at most two decimals, cut, so that only all is 100: `99.99`, `87.5`, `100`."""
    return decimal(f"{floor(round(share * 10_000, 4)) / 100:g}")


def describe_value(quantity: str, value: int) -> str:
    """Return e.g. `9.6 °C`, with a real minus sign."""
    text = f"{value / 1_000_000:.6f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return decimal(f"{text} {UNITS[quantity]}")


def describe_fault(quantity: str, fault: Fault, number: int | None = None) -> str:
    """Return e.g. `power-on value, 85.0 °C`; `number` is what was sent, if that was one."""
    return name_of(fault) if number is None else f"{name_of(fault)}, {describe_value(quantity, number)}"


def describe_bounds(quantity: str, bounds: Bounds) -> str:
    """Return e.g. `above 8.0 °C and at or below 25.0 °C`."""
    said = [gettext(_WORDS[operator], value=describe_value(quantity, value)) for operator, value in bounds.bounds]
    return said[0] if len(said) == 1 else gettext("{first} and {last}", first=said[0], last=said[1])


def quantity_word(quantity: str) -> str:
    """Return `temperature` or `humidity` as it stands in a sentence."""
    return gettext(_QUANTITIES.get(quantity, quantity))


def direction_of(bounds: Bounds) -> str:
    """Return high or low, by the first bound."""
    return "high" if bounds.sign > 0 else "low"


def duration(length: int, *, exact: bool = False) -> str:
    """Return a length of time in microseconds: `40 s`, `1 min 24 s`, `34 min`, `1 h 15 min`, `72 h`, `30 d 4 h`.

    What was measured is cut to what matters: no seconds from ten minutes on, no minutes where it is days. A limit is
    `exact`.
    """
    left = max(0, length)
    if exact and left % SECOND:
        return decimal(f"{left / SECOND:g} s")
    if not exact:
        left -= left % _step(left)
    parts = []
    for size, unit in _SIZES if left >= _IN_DAYS_FROM else _SIZES[1:]:
        count, left = divmod(left, size)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts) or "0 s"


def _step(length: int) -> int:
    """Return to what a measured length of time is cut."""
    return HOUR if length >= _IN_DAYS_FROM else MINUTE if length >= 10 * MINUTE else SECOND


def parts_of_length(whole: int, last: int) -> tuple[str, str] | None:
    """Return what is told of a length but its last part, and the last part, so that both add up to what is told of it.

    None where one of them is too short to be told beside the whole.
    """
    step = _step(whole)
    told, of_last = whole - whole % step, last - last % step
    return (duration(told - of_last), duration(of_last)) if 0 < of_last < told else None


def minutes_long(minutes: float) -> str:
    """Return a length of time that is given in minutes."""
    return duration(round(minutes * MINUTE))


def per(length: int) -> str:
    """Return what something happens per: `hour`, `30 min`."""
    return gettext("hour") if length == HOUR else duration(length, exact=True)
