"""An instant as a form's field for date and time gives it, in the site's zone. Pure."""

from datetime import datetime, tzinfo

from api.web.texts import text
from domain.errors import InvalidError
from domain.times import datetime_of, instant_of, parse_instant


def read_moment(given: str, zone: tzinfo) -> int | None:
    """Return the instant of e.g. `2026-11-19T10:00` in the zone, or of RFC 3339; None for nothing.

    Raises InvalidError for what is neither.
    """
    if not given.strip():
        return None
    try:
        local = datetime.fromisoformat(given.strip())
        if local.tzinfo is None:
            return instant_of(local.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise InvalidError(text("place.no_moment", given=given[:40])) from None
    return parse_instant(given)


def show_moment(instant: int, zone: tzinfo) -> str:
    """Return the field's text for an instant."""
    return f"{datetime_of(instant).astimezone(zone):%Y-%m-%dT%H:%M}"
