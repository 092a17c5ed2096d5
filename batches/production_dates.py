"""Dates of production as batch numbers write them: years, months, days, ISO weeks, days of the year, letters."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

Reset = Literal["day", "week", "month", "year", "never"]

_DIGITS = "0123456789"
# The letters of model years (ISO 3779; 49 CFR 565.15 table VII): 2010 is A, 2031 is 1, and 2040 is A again.
YEAR_LETTERS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_YEAR_OF_A = 2010
# A is January; I, which looks like 1, is left out.
MONTH_LETTERS = "ABCDEFGHJKLM"


class DateForm(NamedTuple):
    """One way to write a part of a date: how it is written, how long it is, of which characters, and what it tells."""

    write: Callable[[date], str]
    width: int
    made_of: str
    tells: frozenset[str]


def _form(write: Callable[[date], str], width: int, *tells: str, made_of: str = _DIGITS) -> DateForm:
    return DateForm(write, width, made_of, frozenset(tells))


FORMS: Mapping[str, DateForm] = {
    "YYYY": _form(lambda day: f"{day.year:04}", 4, "year"),
    "YY": _form(lambda day: f"{day.year % 100:02}", 2, "year"),
    "Y": _form(lambda day: f"{day.year % 10}", 1, "year"),
    "MM": _form(lambda day: f"{day.month:02}", 2, "month"),
    "DDD": _form(lambda day: f"{day.timetuple().tm_yday:03}", 3, "month", "day of month"),
    "DD": _form(lambda day: f"{day.day:02}", 2, "day of month"),
    "GGGG": _form(lambda day: f"{day.isocalendar().year:04}", 4, "week year"),
    "GG": _form(lambda day: f"{day.isocalendar().year % 100:02}", 2, "week year"),
    "G": _form(lambda day: f"{day.isocalendar().year % 10}", 1, "week year"),
    "WW": _form(lambda day: f"{day.isocalendar().week:02}", 2, "week"),
    "E": _form(lambda day: f"{day.isocalendar().weekday}", 1, "weekday", made_of="1234567"),
    "A": _form(lambda day: YEAR_LETTERS[(day.year - _YEAR_OF_A) % len(YEAR_LETTERS)], 1, "year", made_of=YEAR_LETTERS),
    "B": _form(lambda day: MONTH_LETTERS[day.month - 1], 1, "month", made_of=MONTH_LETTERS),
}
_LONGEST_FIRST = sorted(FORMS, key=len, reverse=True)
_ISO_YEARS = {"YYYY": "GGGG", "YY": "GG", "Y": "G"}


def date_forms(word: str) -> list[str] | None:
    """Return the forms that a word such as `YYMMDD`, `YYDDD` or `YYWW` is made of; None: it is none.

    Beside an ISO week, YYYY, YY and Y are the week's year: 2027-01-01 is in week 53 of 2026.
    """
    found: list[str] = []
    while word:
        form = next((each for each in _LONGEST_FIRST if word.startswith(each)), None)
        if form is None:
            return None
        found.append(form)
        word = word[len(form) :]
    return [_ISO_YEARS.get(form, form) for form in found] if "WW" in found else found


# What must be told so that numbers which begin again do not come again, one of these.
_TELLING: Mapping[Reset, tuple[frozenset[str], ...]] = {
    "day": (frozenset({"year", "month", "day of month"}), frozenset({"week year", "week", "weekday"})),
    "week": (frozenset({"week year", "week"}), frozenset({"year", "month", "day of month"})),
    "month": (frozenset({"year", "month"}),),
    "year": (frozenset({"year"}),),
    "never": (frozenset(),),
}


def tells_period(forms: list[str], reset: Reset) -> bool:
    """Tell whether numbers with these parts of a date show in which day, week, month or year they were made."""
    told = frozenset().union(*(FORMS[form].tells for form in forms))
    return any(needed <= told for needed in _TELLING[reset])


def period_of(day: date, reset: Reset) -> str:
    """Return what the sequence counts in, as its key: `2026-12-01`, `2026-W49`, `2026-12`, `2026`, or nothing."""
    iso = day.isocalendar()
    keys = {"day": f"{day}", "week": f"{iso.year}-W{iso.week:02}", "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}
    return keys.get(reset, "")


def next_period(day: date, reset: Reset) -> date | None:
    """Return the day on which the sequence begins again; None: never, or after the year 9999."""
    try:
        match reset:
            case "day":
                return day + timedelta(days=1)
            case "week":
                return day + timedelta(days=8 - day.isoweekday())
            case "month":
                return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
            case "year":
                return date(day.year + 1, 1, 1)
            case "never":
                return None
    except (OverflowError, ValueError):
        return None
