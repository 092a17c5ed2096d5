"""Instants as integer microseconds since 1970; RFC 3339 at the edge."""

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6})0*)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def parse_time(text: str, zone: str = "") -> int:
    """Read RFC 3339; `zone` (such as `Z`) is taken where the text says none. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not (match[5] or zone):
        raise ValueError(f"no RFC 3339 time with a zone: {text!r}")
    offset = (match[5] or zone).upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ':00'}{offset}")
    except ValueError as error:
        raise ValueError(f"no RFC 3339 time: {text!r} ({error})") from None
    return (moment - _EPOCH) // timedelta(microseconds=1) + int((match[4] or "").ljust(6, "0"))


def format_time(instant: int) -> str:
    """Return RFC 3339 in UTC, with a fraction only where there is one."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def to_whole_second(instant: int) -> int:
    """Cut the fraction of a second."""
    return instant // SECOND * SECOND
