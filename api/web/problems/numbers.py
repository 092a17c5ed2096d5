"""The few numbers above the list of problems: how many there are, and how soon people know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from domain.times import DAY, datetime_of
from store.open_alerts import OPEN
from store.tables import alerts

DAYS = 30


class Raised(NamedTuple):
    """When a problem was told of, and when somebody knew."""

    raised_at: int
    acknowledged_at: int | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """`per_day` over the last 30 days, `to_acknowledge` the median in microseconds; None: nobody had to."""

    open: int
    today: int
    per_day: float
    to_acknowledge: int | None


def read_numbers(connection: Connection, now: int, zone: tzinfo) -> Numbers:
    """Read what the numbers are made of; what turned out to be unfounded does not count."""
    going = select(func.count()).select_from(alerts).where(OPEN)
    recent = select(alerts.c.raised_at, alerts.c.acknowledged_at).where(
        alerts.c.raised_at > now - DAYS * DAY, alerts.c.founded
    )
    raised = [Raised(*row) for row in connection.execute(recent)]
    return numbers(connection.scalar(going) or 0, raised, now, zone)


def numbers(going: int, raised: Sequence[Raised], now: int, zone: tzinfo) -> Numbers:
    """Count what was raised in the last 30 days. Pure."""
    today = datetime_of(now).astimezone(zone).date()
    waits = [each.acknowledged_at - each.raised_at for each in raised if each.acknowledged_at is not None]
    return Numbers(
        going,
        sum(datetime_of(each.raised_at).astimezone(zone).date() == today for each in raised),
        round(len(raised) / DAYS, 1),
        round(median(waits)) if waits else None,
    )
