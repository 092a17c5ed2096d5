"""Instants and durations as exact integers of microseconds; text only at the edge.

Instants count from 1970-01-01T00:00:00Z. Durations are read as `90s`, `15min`, `10h`, `30d` or ISO 8601 (`PT15M`).
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.errors import InvalidError

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# An instant later than any other: a far future instead of None keeps min() and max() simple.
NEVER = 1 << 62

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What can be printed again, in UTC.
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_UNITS = {"us": 1, "ms": 1000, "s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_PLAIN = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d|w)")
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_ISO_UNITS = (7 * DAY, DAY, HOUR, MINUTE, SECOND)
_MISSPELT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zµ]+)\.?", re.IGNORECASE)
_MEANT = {
    "min": ("m", "mins", "minute", "minutes", "minuten", "mn"),
    "h": ("hr", "hrs", "hour", "hours", "std"),
    "s": ("sec", "secs", "second", "seconds", "sek"),
    "d": ("day", "days", "tage"),
    "w": ("wk", "wks", "week", "weeks"),
}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d))?(?:[.,](\d+))?\s*([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def instant_of(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def datetime_of(instant: int) -> datetime:
    """Return the aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> int:
    """Read RFC 3339 with a zone; digits beyond microseconds are cut.

    Raises InvalidError for anything else, a missing zone included.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None or match[5] is None:
        raise InvalidError(f"not an RFC 3339 time with a zone: {text!r}")
    day, clock, seconds, fraction, zone = match.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}:{seconds or '00'}{zone}")
    except ValueError as error:
        raise InvalidError(f"not an RFC 3339 time: {text!r} ({error})") from error
    instant = instant_of(moment) + int((fraction or "0")[:6].ljust(6, "0"))
    if not _FIRST <= instant <= _LAST:
        raise InvalidError(f"not an RFC 3339 time: {text!r} (outside the years 1 to 9999 in UTC)")
    return instant


def format_instant(instant: int) -> str:
    """RFC 3339 in UTC with `Z`, with a fraction only where there is one."""
    return datetime_of(instant).isoformat().replace("+00:00", "Z")


def parse_duration(text: str) -> int:
    """Read `90s`, `15min`, `10h`, `30d`, `PT15M` as microseconds, at least 0.

    Raises InvalidError for anything else.
    """
    text = text.strip()
    if text == "0":  # the same in every unit
        return 0
    if match := _PLAIN.fullmatch(text):
        return int(Decimal(match[1]) * _UNITS[match[2]])
    match = _ISO.fullmatch(text)
    if match and any(match.groups()) and not text.endswith("T"):
        return int(sum(Decimal(n) * unit for n, unit in zip(match.groups(), _ISO_UNITS, strict=True) if n))
    raise InvalidError(f"not a duration such as 90s, 15min, 10h, 30d or PT15M: {text!r}{_meant(text)}")


def _meant(text: str) -> str:
    """Return ` (did you mean "5min"?)` for a unit spelt otherwise, or that a duration is never negative."""
    if text.startswith(("-", "\u2212")):
        return " (a duration is never negative)"
    match = _MISSPELT.fullmatch(text)
    given = match[2].lower() if match else ""
    unit = next((unit for unit, others in _MEANT.items() if given in (unit, *others)), None)
    return f' (did you mean "{match[1].replace(",", ".")}{unit}"?)' if match and unit else ""


def format_duration(duration: int) -> str:
    """Return the shortest of `2d`, `36h`, `90min`, `45s`, `250ms` that is exact."""
    for unit in ("d", "h", "min", "s", "ms"):
        if duration and duration % _UNITS[unit] == 0:
            return f"{duration // _UNITS[unit]}{unit}"
    return f"{duration}us" if duration else "0s"
