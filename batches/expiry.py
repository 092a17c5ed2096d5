"""When stock expires, and when people are warned of it: by its date, and by when it was opened or thawed. Pure.

A lot that expires on a day may be used on that day: it has expired from the next one on, in the site's zone. A unit
that was opened or thawed may be used for so long, but never beyond its date: the earliest of these counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Literal, NamedTuple

from domain.errors import InvalidError
from domain.local_times import read_local, wall_of
from domain.model import Handled, Product
from domain.times import DAY, NEVER, parse_duration

Why = Literal["date", "opened", "thawed"]
EXPIRED = "expired"  # the last step of every ladder
IN_USE = "in_use"  # the step of units whose time after opening or thawing is over

_SHARE = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)\s*%", re.ASCII)
_HUNDREDTHS = 10_000  # of a per cent, in all of a life


class ExpiryWarning(NamedTuple):
    """One step of a ladder: so many days are left, or so much of a life, in hundredths of a per cent."""

    text: str
    days: int | None = None
    share: int | None = None


class WarningStep(NamedTuple):
    """A step and the instant from which on it is reached."""

    text: str
    at: int


class Expiry(NamedTuple):
    """From when on a unit has expired, and by what."""

    at: int
    why: Why


@dataclass(frozen=True, slots=True)
class Terms:
    """What a product says of expiry: its ladder, and for how long units may be used after opening and after thawing."""

    warnings: tuple[ExpiryWarning, ...] = ()
    after_opening: int | None = None
    after_thawing: int | None = None


def terms_of(product: Product | None) -> Terms:
    """Return what a product says of expiry; one that is not there says nothing."""
    if product is None:
        return Terms()
    return Terms(read_warnings(product.expiry_warnings), product.after_opening, product.after_thawing)


def read_warning(text: str) -> ExpiryWarning:
    """Read `90d`, `12w` or `10%`. Raises InvalidError for anything else, a part of a day included."""
    if match := _SHARE.fullmatch(text.strip()):
        share = int(Decimal(match[1]) * 100)
        if not 0 < share < _HUNDREDTHS:
            raise InvalidError(f"must be between 0 % and 100 % of the shelf life: {text!r}")
        return ExpiryWarning(f"{Decimal(share).scaleb(-2).normalize():f}%", share=share)
    length = parse_duration(text)
    if length <= 0 or length % DAY:
        raise InvalidError(f"must be whole days before the expiry date, such as 90d, or a share such as 10%: {text!r}")
    return ExpiryWarning(f"{length // DAY}d", days=length // DAY)


def read_warnings(texts: Iterable[str]) -> tuple[ExpiryWarning, ...]:
    """Return the steps of a ladder. Raises InvalidError for one that is none, or is there twice."""
    found: list[ExpiryWarning] = []
    for warning in map(read_warning, texts):
        if warning in found:
            raise InvalidError(f"{warning.text} is there twice")
        found.append(warning)
    return tuple(found)


def ladder(
    expires_on: str | None, made_at: int | None, warnings: Sequence[ExpiryWarning], zone: tzinfo
) -> list[WarningStep]:
    """Return the steps of a lot in order of time, its expiry the last one; none without a date.

    A share of its life is counted from `made_at`; without that nobody knows it, and the step is left out.
    """
    if expires_on is None:
        return []
    end = end_of(expires_on, zone)
    steps = []
    for warning in warnings:
        if warning.days is not None:
            steps.append(WarningStep(warning.text, start_of(expires_on, -warning.days, zone)))
        elif warning.share is not None and made_at is not None and end < NEVER:
            steps.append(WarningStep(warning.text, end - (end - made_at) * warning.share // _HUNDREDTHS))
    before = [step for step in steps if step.at < end]
    return [*sorted(before, key=lambda step: step.at), WarningStep(EXPIRED, end)]


def reached(steps: Sequence[WarningStep], now: int) -> WarningStep | None:
    """Return the last step that is reached; None: none is yet."""
    return next((step for step in reversed(steps) if step.at <= now), None)


def following(steps: Sequence[WarningStep], now: int) -> WarningStep | None:
    """Return the next step that is not reached yet."""
    return next((step for step in steps if step.at > now), None)


def expiry(expires_on: str | None, handled: Handled, terms: Terms, zone: tzinfo) -> Expiry | None:
    """Return when a unit expires: the earliest of its date and its time after opening and thawing; None: never."""
    ends = [] if expires_on is None else [Expiry(end_of(expires_on, zone), "date")]
    in_use = in_use_expiry(handled, terms)
    return min([*ends, *([in_use] if in_use else [])], key=lambda end: end.at, default=None)


def in_use_expiry(handled: Handled, terms: Terms) -> Expiry | None:
    """Return when a unit's time after opening or thawing is over, whatever its date says; None: it has none."""
    ends: list[Expiry] = []
    if handled.opened_at is not None and terms.after_opening is not None:
        ends.append(Expiry(handled.opened_at + terms.after_opening, "opened"))
    if handled.thawed_at is not None and terms.after_thawing is not None:
        ends.append(Expiry(handled.thawed_at + terms.after_thawing, "thawed"))
    return min(ends, key=lambda end: end.at, default=None)


def end_of(day: str, zone: tzinfo) -> int:
    """Return the instant at which a day is over in a zone; NEVER where no calendar has it."""
    return start_of(day, 1, zone)


def start_of(day: str, days: int, zone: tzinfo) -> int:
    """Return when the day begins that is so many days after another; NEVER, or -NEVER, where no calendar has it."""
    try:
        wanted = date.fromisoformat(day) + timedelta(days=days)
        return read_local(wall_of(datetime(wanted.year, wanted.month, wanted.day)), zone).at  # noqa: DTZ001  a wall time
    except (OverflowError, InvalidError):
        return NEVER if days > 0 else -NEVER


def days_left(expires_on: str, today: str) -> int:
    """Return how many days a lot may still be used beside today; negative: it has expired."""
    return (date.fromisoformat(expires_on) - date.fromisoformat(today)).days
