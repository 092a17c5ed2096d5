"""Instants that pages are asked for: as a form's field gives them, in the site's zone, within sensible years. Pure."""

from datetime import datetime, tzinfo

from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.times import MINUTE, datetime_of, instant_of, parse_instant

_LAST = parse_instant("2200-01-01T00:00:00Z")


def sensible(instant: int) -> int:
    """Return the instant. Raises InvalidError for one that cannot be told in every zone."""
    if not 0 <= instant < _LAST:
        raise InvalidError(text("readings.no_moment"))
    return instant


def read_moment(given: str, zone: tzinfo) -> int | None:
    """Return the instant of e.g. `2026-11-19T10:00` in the zone, or of RFC 3339; None for nothing.

    Raises InvalidError for what is neither.
    """
    if not given.strip():
        return None
    try:
        local = datetime.fromisoformat(given.strip())
        if local.tzinfo is None:
            return sensible(instant_of(local.replace(tzinfo=zone)))
    except (ValueError, OverflowError):
        raise InvalidError(text("readings.not_a_time", given=given[:40])) from None
    return sensible(parse_instant(given))


def show_moment(instant: int, zone: tzinfo) -> str:
    """Return the field's text for an instant."""
    return f"{datetime_of(instant).astimezone(zone):%Y-%m-%dT%H:%M}"


def show_moment_exactly(instant: int, zone: tzinfo) -> str:
    """Return the same with as many seconds and digits as the instant has."""
    then = datetime_of(instant).astimezone(zone)
    return show_moment(instant, zone) if instant % MINUTE == 0 else f"{then.replace(tzinfo=None).isoformat()}"
