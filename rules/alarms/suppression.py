"""Times at which nobody is notified of what happens at a location: out of service, or by design at certain hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from domain.times import NEVER, datetime_of, instant_of
from rules.alarms.lifecycle import Suppression


@dataclass(frozen=True, slots=True)
class OutOfService:
    """A location over `[since, until)`."""

    location: str
    since: int
    until: int
    reason: str

    def around(self, at: int) -> Iterator[Suppression]:
        """Yield the interval."""
        yield Suppression("OOSRV", self.since, self.until, self.reason)


@dataclass(frozen=True, slots=True)
class Daily:
    """A location every day from an hour of the clock on its wall, for less than a day; within `[since, until)`.

    Where clocks are put forward over that hour it begins as much later, where they are put back at the first of the
    two.
    """

    location: str
    begins: time
    lasting: int
    zone: tzinfo
    reason: str
    since: int = -NEVER
    until: int = NEVER

    def around(self, at: int) -> Iterator[Suppression]:
        """Yield what may cover an instant, and the next that begins after it."""
        today = datetime_of(at).astimezone(self.zone).date()
        for days in (-1, 0, 1):
            begins = self._begins(today + timedelta(days=days))
            since, until = max(begins, self.since), min(begins + self.lasting, self.until)
            if since < until:
                yield Suppression("DSUPR", since, until, self.reason)

    def _begins(self, day: date) -> int:
        return instant_of(datetime.combine(day, self.begins, self.zone))


QuietTime = OutOfService | Daily
