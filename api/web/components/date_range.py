"""A span of time that a page is asked for in its address: `?from=2026-01-01T05:00&to=2026-01-02`.

Times are in the site's zone, or RFC 3339; a day alone is whole. Such an address can be sent to somebody: whoever may
see the page sees the same span.
"""

import re
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from pydantic import Field

from api.models.base import QueryParameters, Words
from api.web.frame.moment import read_moment, show_moment
from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.times import datetime_of, instant_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class OfRange(QueryParameters):
    """From when and until when; empty: whatever the page shows by itself."""

    begins: Words = Field("", max_length=40, alias="from")
    ends: Words = Field("", max_length=40, alias="to")

    @property
    def is_asked(self) -> bool:
        """Tell whether a span is asked for."""
        return bool(self.begins.strip() or self.ends.strip())


@dataclass(frozen=True, slots=True)
class DateRange:
    """`[since, until)`; None: no bound on that side."""

    since: int | None = None
    until: int | None = None


# Nothing is asked for: whatever the page shows by itself.
UNASKED = OfRange()
EVER = DateRange()


def read_range(asked: OfRange, zone: tzinfo) -> DateRange:
    """Return the span that is meant. Raises InvalidError for what is no time, and for an end before its beginning."""
    since, until = read_moment(asked.begins, zone), read_moment(asked.ends, zone)
    if until is not None and _DAY.fullmatch(asked.ends.strip()):
        until = _next_midnight(until, zone)
    if since is not None and until is not None and since >= until:
        raise InvalidError(text("range.backwards", begins=asked.begins.strip(), ends=asked.ends.strip()))
    return DateRange(since, until)


def show_days(asked: OfRange) -> tuple[str, str]:
    """Return what a form with two days begins with: of instants their day as it was written."""
    return asked.begins.strip()[:10], asked.ends.strip()[:10]


def show_moments(since: int, until: int, zone: tzinfo) -> tuple[str, str]:
    """Return what a form with two times begins with."""
    return show_moment(since, zone), show_moment(until, zone)


def _next_midnight(midnight: int, zone: tzinfo) -> int:
    day = datetime_of(midnight).astimezone(zone)
    return instant_of((day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone))
