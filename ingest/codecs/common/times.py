"""Times as gateways write them: RFC 3339, epoch in s, ms, µs or ns, local time without a zone, or none."""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from domain.errors import DecodeError, InvalidError
from domain.local_times import read_local, wall_of
from domain.readings import UNSET_BEFORE, Flag
from domain.times import MICROSECOND, SECOND
from ingest.codecs.common.values import shown

# Of a stamp in local time without a zone: counted at its arrival, if that can be believed (ingest.placing).
LOCAL = Flag.ARRIVAL_TIME | Flag.NO_ZONE

# Microseconds of one unit; None: by magnitude.
EPOCHS: dict[str, float | None] = {"auto": None, "s": SECOND, "ms": 1000, "us": MICROSECOND, "ns": 0.001}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The instants that can be printed: the years 1 to 9999.
_FIRST, _LAST = -62_135_596_800 * SECOND, 253_402_300_799 * SECOND
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt _](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(?:([Zz]|UTC|GMT)|([+-]\d\d):?(\d\d)?)?", re.ASCII
)
_DIGITS = re.compile(r"\d{1,20}(\.\d{1,9})?", re.ASCII)


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """Return the time zone. Raises InvalidError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise InvalidError(f"unknown time zone {name!r}") from error
    except KeyError as error:
        raise InvalidError(f"unknown time zone {name!r}") from error


# What a stamp says: an instant (None: nothing usable), and what must still be decided. LOCAL: in local time, and nobody
# says of which zone; the instant is the time as written, as if it were UTC. TWICE, SKIPPED: see domain.local_times.
Stamp: TypeAlias = tuple[int | None, Flag]

_NONE = Flag.NONE
NO_STAMP: Stamp = (None, _NONE)


def instant(raw: Any, epoch: float | None, zone: tzinfo | None) -> Stamp:
    """Return what a stamp says; nothing for one that is absent, null or 0. Raises DecodeError for what is no time."""
    if type(raw) is str:
        if len(raw) == 20 and raw[19] == "Z":
            return _moment(raw, raw), _NONE
        if raw[19:20] == "." and (fraction := _fraction(raw)):
            return _moment(f"{raw[:19]}Z", raw) + int(fraction[:6].ljust(6, "0")), _NONE
        return _from_text(raw.strip(), epoch, zone)
    if type(raw) is int or type(raw) is float:
        return _from_epoch(raw, epoch), _NONE
    if raw is None:
        return NO_STAMP
    raise DecodeError(f"not a time: {shown(raw)}")


def live(raw: Any, epoch: float | None, zone: tzinfo | None) -> Stamp:
    """Return what the stamp of a device says that sends at once what it measures.

    Of a clock that is not set (seconds since it was switched on, 1970) that is nothing: the arrival says more.
    """
    stamp = instant(raw, epoch, zone)
    return NO_STAMP if stamp[0] is not None and stamp[0] < UNSET_BEFORE else stamp


def _fraction(raw: str) -> str:
    """Return the digits behind the point of a time in UTC, as servers write it; "" for another."""
    digits = raw[20:-1] if raw[-1] == "Z" else raw[20:-6] if raw.endswith("+00:00") else ""
    return digits if digits.isdigit() and digits.isascii() else ""


def _from_epoch(number: float, epoch: float | None) -> int | None:
    if not number:
        return None
    size = abs(number)
    if epoch is None:
        epoch = SECOND if size < 1e11 else 1000 if size < 1e14 else MICROSECOND if size < 1e17 else 0.001
    if not (size < 1e20 and _FIRST <= number * epoch <= _LAST):
        raise DecodeError(f"not a time: {shown(number)}")
    # Whole nanoseconds exactly, without a float in between.
    return number // 1000 if epoch < 1 and isinstance(number, int) else round(number * epoch)


def _from_text(text: str, epoch: float | None, zone: tzinfo | None) -> Stamp:
    if not text or text.startswith("0000"):
        return NO_STAMP
    if _DIGITS.fullmatch(text):
        return _from_epoch(float(text) if "." in text else int(text), epoch), _NONE
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise DecodeError(f"not a time: {shown(text)}")
    day, clock, fraction, utc, hours, minutes = match.groups()
    offset = "Z" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    if offset:
        whole, doubt = _moment(f"{day}T{clock}{offset}", text), _NONE
    else:
        whole, doubt = _local(f"{day}T{clock}", text, zone)
    if not _FIRST <= whole <= _LAST:
        raise DecodeError(f"not a time: {shown(text)}")
    return whole + int((fraction or "0")[:6].ljust(6, "0")), doubt


def _moment(iso: str, text: str) -> int:
    try:
        since = datetime.fromisoformat(iso) - _EPOCH
    except (ValueError, TypeError, OverflowError) as error:
        raise DecodeError(f"not a time: {shown(text)} ({error})") from error
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds


def _local(iso: str, text: str, zone: tzinfo | None) -> tuple[int, Flag]:
    try:
        wall = wall_of(datetime.fromisoformat(iso))
        return (wall, LOCAL) if zone is None else read_local(wall, zone)
    except (ValueError, InvalidError) as error:
        raise DecodeError(f"not a time: {shown(text)} ({error})") from error
