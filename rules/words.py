"""Words for people: bounds, units and directions."""

from rules.bounds import Bounds

UNITS = {"temperature": "°C", "humidity": "%"}
_WORDS = {"above": "above", "at_or_above": "at or above", "below": "below", "at_or_below": "at or below"}


def describe_value(quantity: str, value: int) -> str:
    """Return e.g. `9.6 °C`, with a real minus sign."""
    text = f"{value / 1_000_000:.6f}".rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return f"{text} {UNITS[quantity]}".replace("-", "−")


def describe_bounds(quantity: str, bounds: Bounds) -> str:
    """Return e.g. `above 8.0 °C and at or below 25.0 °C`."""
    return " and ".join(f"{_WORDS[operator]} {describe_value(quantity, value)}" for operator, value in bounds.bounds)


def direction_of(bounds: Bounds) -> str:
    """Return high or low, by the first bound."""
    return "high" if bounds.sign > 0 else "low"
