"""What readers of series ask, wherever the readings are: the local store or InfluxDB. Only what is judged is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from domain.errors import InvalidError
from domain.times import DAY
from store.series import SeriesKey


class Bucket(NamedTuple):
    """What `[since, until)` holds: `readings` counts values; without any, the four values are None."""

    since: int
    until: int
    readings: int
    faults: int
    minimum: int | None
    maximum: int | None
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """A series in buckets, empty ones left out; or, where they are no more than the buckets asked for, its readings."""

    buckets: tuple[Bucket, ...] = ()
    readings: tuple[tuple[int, int | None], ...] = ()  # instant, value; None is a fault


class History(Protocol):
    """Answers of a store of readings. Raises UnavailableError if it does not answer."""

    def window(self, keys: Sequence[SeriesKey], since: int, until: int, buckets: int) -> dict[SeriesKey, Window]:
        """Return each series over `[since, until)` in at most so many buckets."""
        ...

    def load(self, key: SeriesKey, since: int, until: int) -> tuple[list[int], list[int | None]]:
        """Return instants and values of one series over `[since, until)`."""
        ...


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal buckets from `origin` on; the first and the last are cut to `[since, until)`."""

    since: int
    until: int
    origin: int
    width: int

    def number(self, instant: int) -> int:
        """Return which bucket the instant is in."""
        return (instant - self.origin) // self.width

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the bucket's interval."""
        start = self.origin + number * self.width
        return max(start, self.since), min(start + self.width, self.until)


def grid(since: int, until: int, buckets: int) -> Grid:
    """Cut `[since, until)` into at most so many buckets; wider than half a day they become whole UTC days.

    Whole days are what chunks' headers answer unopened. Raises InvalidError for an empty interval or no buckets.
    """
    if since >= until or buckets < 1:
        raise InvalidError(f"not an interval in buckets: {since} to {until} in {buckets}")
    width = -(-(until - since) // buckets)
    if width <= DAY // 2:
        return Grid(since, until, since, width)
    start, end = since // DAY, -(-until // DAY)
    days = -(-(end - start) // buckets)
    return Grid(since, until, start * DAY, days * DAY)
