"""A page as it was known at an instant: `?known_at=2026-11-12T14:05` in its address, in the site's zone or RFC 3339.

Such an address can be sent to somebody: whoever may see the page sees the same statements. Nothing on such a page can
be acted on.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import Field

from api.deps import View
from api.models.base import QueryParameters, Words
from api.parameters import KNOWN_AT, WrongParameter
from api.reads.alerts import alerts_unknown_before
from api.reads.known import as_known
from api.web.frame.formats import Clock, calendar_day
from api.web.frame.moment import read_moment, show_moment_exactly
from api.web.frame.sentences import clock_of
from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.moments import named
from domain.times import MINUTE, SECOND, datetime_of, format_instant


class OfKnown(QueryParameters):
    """Of which instant a page shows what was known; empty: what is known."""

    known_at: Words = Field("", max_length=40)


@dataclass(frozen=True, slots=True)
class KnownAt:
    """What the control and the banner of a page show. `at` None: the page is of what is known.

    `field`: what the form begins with; `unknown_before`: since when it is on record what was known of problems, where
    the page is of an instant before.
    """

    field: str = ""
    at: int | None = None
    words: str = ""
    unknown_before: int | None = None

    @property
    def is_past(self) -> bool:
        """Tell whether the page is of what was known at an instant."""
        return self.at is not None

    @property
    def parameter(self) -> dict[str, str]:
        """Return what stands in the address of a page of the same instant."""
        return {} if self.at is None else {KNOWN_AT: format_instant(self.at)}

    @property
    def query(self) -> str:
        """Return the same as a query string: `?known_at=…`, or nothing."""
        return f"?{urlencode(self.parameter)}" if self.parameter else ""

    @property
    def more(self) -> str:
        """Return the same before other parameters: `known_at=…&`, or nothing."""
        return f"{urlencode(self.parameter)}&" if self.parameter else ""


NOW = KnownAt()


def look_at(view: View, asked: OfKnown) -> View:
    """Return the look at what was known at the instant that is asked for, if one is.

    Raises WrongParameter for what is no time, is still to come, or is before the record.
    """
    try:
        at = read_moment(asked.known_at, clock_of(view).zone)
    except InvalidError as error:
        raise WrongParameter(KNOWN_AT, str(error)) from None
    return as_known(view, at)


def known_at(view: View, clock: Clock) -> KnownAt:
    """Return what the control and the banner of a page show, by the clock of the page."""
    if view.known_at is None:
        return KnownAt(show_moment_exactly(clock.now - clock.now % MINUTE, clock.zone))
    at = view.known_at
    return KnownAt(show_moment_exactly(at, clock.zone), at, in_words(at, clock), alerts_unknown_before(view))


def in_words(at: int, clock: Clock) -> str:
    """Return e.g. `12 Nov 2026 14:05 CET (13:05 UTC)`: with seconds and the other day where there are."""
    local, utc = datetime_of(at).astimezone(clock.zone), datetime_of(at)
    form = "%H:%M" if at % MINUTE == 0 else "%H:%M:%S" if at % SECOND == 0 else "%H:%M:%S.%f"
    there = f"{calendar_day(local, True)} {local:{form}} {named(local)}"
    if named(local) == "UTC":
        return there
    day = "" if utc.date() == local.date() else f"{calendar_day(utc, True)} "
    return text("known_at.with_utc", local=there, utc=f"{day}{utc:{form}} UTC")
