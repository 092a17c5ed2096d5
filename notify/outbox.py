"""Which messages are due, who takes one, what became of it. At least once; of one alert on one channel in order.

A message is taken by moving its `next_at` into the future on the condition that it still is what was seen: of two
notifiers one wins, and what a notifier that died had taken comes due again. No transaction is open while it is sent.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from domain.times import MINUTE, SECOND
from ledger.alerts.outbox import OUTBOX
from store.changes import Changes
from store.database import Database
from store.metadata import word
from store.tables import delivery_attempts, outbox

FIRST_PAUSE = SECOND
LONGEST_PAUSE = 15 * MINUTE
# For what happens around an attempt: waiting for the database, mostly.
LEASE_MARGIN = MINUTE
_LONGEST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send; `attempts` counts this one."""

    id: int
    alert: int | None  # None: a test of the channel, or a notice
    event: str
    channel: str
    created_at: int
    attempts: int
    notice: int | None = None  # of a device

    def __str__(self) -> str:
        """Name it in a log line."""
        of_alert = "" if self.alert is None else f" of alert {self.alert}"
        return f"{self.event}{of_alert}, attempt {self.attempts}"


def changes(database: Database) -> Changes:
    """Return what waits for new messages."""
    return Changes(database, OUTBOX, "SELECT max(id) FROM outbox")


def due_channels(connection: Connection, now: int, paused: Collection[str] = ()) -> list[str]:
    """Return the channels for which a message is due; a paused one only if somebody wants it tested."""
    due = and_(outbox.c.state == word("waiting"), outbox.c.next_at <= now)
    wanted = or_(outbox.c.channel.not_in(paused), outbox.c.event == "test")
    return sorted(connection.scalars(select(outbox.c.channel).where(due, wanted).distinct()))


def claim(connection: Connection, channel: str, now: int, lease: int) -> Claimed | None:
    """Take a due message of a channel for `lease` microseconds; None if none is due or others took them.

    The oldest, but a test first: a person waits for it.
    """
    earlier = outbox.alias()
    held_back = exists().where(
        earlier.c.channel == outbox.c.channel,
        earlier.c.alert == outbox.c.alert,
        earlier.c.id < outbox.c.id,
        earlier.c.state == word("waiting"),
    )
    due = and_(outbox.c.state == word("waiting"), outbox.c.next_at <= now, outbox.c.channel == channel)
    first = select(outbox).where(due, ~held_back).order_by(outbox.c.event != "test", outbox.c.id).limit(1)
    while row := connection.execute(first).first():
        seen = and_(outbox.c.id == row.id, outbox.c.state == word("waiting"), outbox.c.next_at == row.next_at)
        taken = {"next_at": now + lease, "attempts": row.attempts + 1}
        if connection.execute(update(outbox).where(seen).values(taken)).rowcount:
            return Claimed(row.id, row.alert, row.event, row.channel, row.created_at, row.attempts + 1, row.notice)
    return None


def is_outdated(connection: Connection, claimed: Claimed) -> bool:
    """Tell whether a later message of the alert waits for the channel, which says all that an update says."""
    later = and_(outbox.c.channel == claimed.channel, outbox.c.alert == claimed.alert, outbox.c.id > claimed.id)
    return claimed.event == "updated" and bool(
        connection.scalar(select(exists().where(later, outbox.c.state == word("waiting"))))
    )


def delivered_before(connection: Connection, claimed: Claimed) -> int:
    """Return how many messages of the alert the channel has had before this one."""
    earlier = and_(outbox.c.channel == claimed.channel, outbox.c.alert == claimed.alert, outbox.c.id < claimed.id)
    query = select(func.count()).select_from(outbox).where(earlier, outbox.c.state == "delivered")
    return connection.scalar(query) or 0


def record(connection: Connection, claimed: Claimed, at: int, took: int, error: str | None) -> None:
    """Record an attempt: when it began, how long it took in microseconds, and why it failed."""
    outcome = {"at": at, "took": took, "error": error and error[:_LONGEST_SHOWN]}
    row = {"outbox": claimed.id, "channel": claimed.channel, **outcome}
    connection.execute(insert(delivery_attempts).values(row))


def finish(connection: Connection, claimed: Claimed, state: str, now: int, reason: str | None = None) -> None:
    """Record the end of a message: `state` is delivered, failed or skipped. What was delivered stays delivered."""
    values = {"state": state, "done_at": now, "last_error": reason and reason[:_LONGEST_SHOWN]}
    open_ = and_(outbox.c.id == claimed.id, outbox.c.state != "delivered")
    connection.execute(update(outbox).where(open_).values(values))


def withdraw(connection: Connection, number: int, now: int, reason: str) -> None:
    """Give up a message that was not delivered by now, whoever may be at it."""
    waiting = and_(outbox.c.id == number, outbox.c.state == word("waiting"))
    values = {"state": "failed", "done_at": now, "last_error": reason[:_LONGEST_SHOWN]}
    connection.execute(update(outbox).where(waiting).values(values))


def postpone(connection: Connection, claimed: Claimed, until: int, reason: str) -> None:
    """Record that an attempt failed, and when the next one is."""
    waiting = and_(outbox.c.id == claimed.id, outbox.c.state == word("waiting"))
    values = {"next_at": until, "last_error": reason[:_LONGEST_SHOWN]}
    connection.execute(update(outbox).where(waiting).values(values))


def pause_after(attempts: int, chance: float) -> int:
    """Return the pause after so many failed attempts: it doubles; `chance` in [0, 1) spreads it over its upper half."""
    pause = min(FIRST_PAUSE << min(attempts - 1, 30), LONGEST_PAUSE)
    return pause // 2 + int(pause // 2 * chance)


def chance() -> float:
    """Spread what failed together."""
    return random.random()
