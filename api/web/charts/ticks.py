"""Round numbers and round times along the edges of a chart. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from api.web.frame.formats import calendar_day, month_name
from domain.times import DAY, HOUR, MINUTE, datetime_of, instant_of

_LENGTHS = (
    *(MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(HOUR * count for count in (1, 2, 3, 6, 12)),
    *(DAY * count for count in (1, 2, 7, 14, 30, 61, 91, 182, 365)),
)


def numbers(lowest: int, highest: int, most: int = 6) -> list[int]:
    """Return at most so many round values between two values of 10⁻⁶."""
    size = 10_000
    while (highest - lowest) // size > most:
        size = next(10**power * times for power in range(4, 16) for times in (1, 2, 5) if 10**power * times > size)
    return list(range(-(-lowest // size) * size, highest + 1, size))


def times(since: int, until: int, zone: tzinfo, most: int) -> list[tuple[int, str]]:
    """Return at most so many round local times with their labels: a date at midnight, else a time of day."""
    length = next((length for length in _LENGTHS if (until - since) // length < most), _LENGTHS[-1])
    return [(at, _label(datetime_of(at).astimezone(zone), length)) for at in _every(since, until, zone, length)]


def _every(since: int, until: int, zone: tzinfo, length: int) -> Iterator[int]:
    start = datetime_of(since).astimezone(zone)
    moment = start.replace(hour=0, minute=0, second=0, microsecond=0)  # steps keep to the clock on the wall
    if length >= 30 * DAY:
        moment = moment.replace(day=1)
    while (at := instant_of(moment)) < until:
        if at >= since:
            yield at
        moment = (
            _months_on(moment, length // (30 * DAY)) if length >= 30 * DAY else moment + timedelta(microseconds=length)
        )


def _months_on(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.month - 1 + count, 12)
    return moment.replace(year=moment.year + years, month=month + 1)


def _label(local: datetime, length: int) -> str:
    if length < DAY and (local.hour or local.minute):
        return f"{local:%H:%M}"
    return f"{month_name(local)} {local.year}" if length >= 61 * DAY else calendar_day(local, False)
