"""Dates and times as loggers and spreadsheets write them: as what they say, and which orders of a date can be meant."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.errors import InvalidError
from domain.local_times import wall_of
from domain.times import DAY, SECOND, parse_instant

ORDERS = ("ymd", "dmy", "mdy")
_MONTH_NAMES = "jan feb mar/mär/mrz apr may/mai jun jul aug sep oct/okt nov dec/dez"
_MONTHS = {name: i for i, names in enumerate(_MONTH_NAMES.split(), 1) for name in names.split("/")}
_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?")
_NAMED = re.compile(r"(\d{1,2})[-/. ]+([^\W\d_]{3})[^\W\d_]*[-/., ]+(\d{4}|\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")  # seconds or milliseconds since 1970, from 2001 to 2033
_EXCEL = re.compile(r"\d{5}(?:[.,]\d+)?")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d\d)?", re.IGNORECASE)
_FIRST_OF_EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001  of a clock on the wall


class Moment(NamedTuple):
    """A time as it is written: an instant, or the parts of a local time. `parts` are the numbers of the date."""

    instant: int | None
    parts: tuple[str, str, str] = ("", "", "")
    separator: str = ""
    clock: int = 0  # microseconds since midnight
    excel: str = ""


def zone_named(text: str) -> tzinfo:
    """Return a time zone by its name, or by an offset such as `-08:00` or `UTC+1`. Raises InvalidError."""
    word = text.strip()
    if word.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if match := _OFFSET.fullmatch(word):
        ahead = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if ahead <= timedelta(hours=14):
            return timezone(ahead if match[1] == "+" else -ahead)
    try:
        return ZoneInfo(word)
    except (ValueError, OSError, KeyError) as error:
        raise InvalidError(f"unknown time zone {text!r}; e.g. Europe/Berlin, UTC, +01:00") from error


def read_moment(text: str) -> Moment:
    """Return what a cell says. Raises InvalidError for what is no time."""
    word = " ".join(text.split())
    try:
        return Moment(parse_instant(word))
    except InvalidError:
        pass
    if _EPOCH.fullmatch(word):
        return Moment(int(word) * (SECOND if len(word) == 10 else SECOND // 1000))
    if _EXCEL.fullmatch(word):
        return Moment(None, excel=word.replace(",", "."))
    match = _NAMED.match(word) or _DATE.match(word)
    rest = "" if match is None else word[match.end() :].lstrip(" ,T")
    clock = _CLOCK.fullmatch(rest)
    if match is None or clock is None:
        raise InvalidError(f"not a date and time: {text.strip()[:40]!r}")
    if match.re is _NAMED:
        month = _MONTHS.get(match[2].casefold())
        if month is None:
            raise InvalidError(f"not a month: {match[2]!r}")
        return Moment(None, (match[1], str(month), match[3]), "named", _micros(clock, text))
    return Moment(None, (match[1], match[3], match[4]), match[2], _micros(clock, text))


def _micros(clock: re.Match[str], text: str) -> int:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[5]:
        if not 1 <= hour <= 12:
            raise InvalidError(f"not a time of a 12-hour clock: {text.strip()[:40]!r}")
        hour = hour % 12 + (12 if clock[5].casefold() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidError(f"not a time of day: {text.strip()[:40]!r}")
    return ((hour * 60 + minute) * 60 + second) * SECOND + int((clock[4] or "0")[:6].ljust(6, "0"))


def orders_of(moments: Iterable[Moment]) -> set[str]:
    """Return the orders in which every date is one: `ymd`, `dmy`, `mdy`; `excel` for numbers of days."""
    local = {(each.parts, each.separator, bool(each.excel)) for each in moments if each.instant is None}
    possible = {*ORDERS, "excel"}
    for parts, separator, is_excel in local:
        if is_excel:
            possible &= {"excel"}
        elif separator == "named":
            possible &= {"dmy"}
        else:
            possible = {order for order in possible if order != "excel" and _date(parts, order) is not None}
            if separator == "." and "dmy" in possible and len(parts[0]) < 4:
                possible = {"dmy"}  # nobody writes 2.1.2026 with the month first
    return possible if local else {"ymd"}


def wall_in(moment: Moment, order: str) -> int:
    """Return the time of the clock on the wall. Raises InvalidError for what is no date in this order."""
    if moment.excel:
        if order != "excel":
            raise InvalidError(f"a number of days, as Excel counts them: {moment.excel}")
        seconds = round(float(moment.excel) * 86_400)
        return wall_of(_FIRST_OF_EXCEL) + seconds * SECOND
    day = _date(moment.parts, "dmy" if moment.separator == "named" else order)
    if day is None:
        raise InvalidError(f"no date in the order {order}: {moment.separator.join(moment.parts)!r}")
    return (day - date(1970, 1, 1)).days * DAY + moment.clock


def _date(parts: tuple[str, str, str], order: str) -> date | None:
    by_letter = dict(zip(order, parts, strict=True)) if len(order) == 3 else {}
    year = by_letter.get("y", "")
    if len(year) not in (2, 4) or any(len(by_letter[letter]) > 2 for letter in "md"):
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(by_letter["m"]), int(by_letter["d"]))
    except ValueError:
        return None
