"""Words for people: bounds, units, directions and lengths of time."""

from domain.language import current
from domain.times import HOUR
from rules.series.bounds import Bounds

UNITS = {"temperature": "°C", "humidity": "%"}
_WORDS = {"above": "above", "at_or_above": "at or above", "below": "below", "at_or_below": "at or below"}


def describe_value(quantity: str, value: int) -> str:
    """Return e.g. `9.6 °C`, with a real minus sign."""
    text = f"{value / 1_000_000:.6f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return f"{text} {UNITS[quantity]}".replace("-", "−").replace(".", current().decimal_point)


def describe_bounds(quantity: str, bounds: Bounds) -> str:
    """Return e.g. `above 8.0 °C and at or below 25.0 °C`."""
    return " and ".join(f"{_WORDS[operator]} {describe_value(quantity, value)}" for operator, value in bounds.bounds)


def direction_of(bounds: Bounds) -> str:
    """Return high or low, by the first bound."""
    return "high" if bounds.sign > 0 else "low"


def describe_duration(minutes: float) -> str:
    """Return e.g. `75 min`; from 3 hours on `12 h 30 min`, from 3 days on `30 d 4 h`; `2.5 min`, `40 s`."""
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    if minutes < 180:
        return f"{minutes:.{int(minutes < 10)}f}".removesuffix(".0") + " min"
    whole = round(minutes)
    if whole < 4320:
        return _two(whole // 60, "h", whole % 60, "min")
    hours = round(minutes / 60)
    return _two(hours // 24, "d", hours % 24, "h")


def _two(count: int, unit: str, rest: int, smaller: str) -> str:
    return f"{count} {unit} {rest} {smaller}" if rest else f"{count} {unit}"


def per(duration: int) -> str:
    """Return what something happens per: `hour`, `30 min`."""
    return "hour" if duration == HOUR else describe_duration(duration / HOUR * 60)
