"""Lengths of time as a person writes them: `90s`, `1h30min`, `-17min`, `7168d`; whole seconds inside."""

import re

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_WHOLE = re.compile(r"-?(\d+(s|min|h|d))+", re.ASCII)
_PART = re.compile(r"(\d+)(s|min|h|d)", re.ASCII)


def parse_duration(text: str) -> int:
    """Return the seconds of a text such as `1h30min`. Raises ValueError."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is no duration such as 90s, 1h30min or -17min")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -seconds if text.startswith("-") else seconds
