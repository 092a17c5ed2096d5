"""When the clock of this machine is set: the present is taken anew, it is said aloud, what came meanwhile is marked.

Set back: what was judged by instants that have not come yet is judged again, as at a restart. A message without a time
of its own got its arrival time by a wrong clock: its readings are kept and not judged.
"""

import logging
from typing import Any

from sqlalchemy import Connection, func, select, update

from domain.readings import Flag
from domain.times import MINUTE, SECOND, format_instant
from ledger.event_log import ENGINE, EventLog
from rules.messages.words import duration
from store.metadata import word
from store.tables import audit, journal, outbox, readings

log = logging.getLogger(__name__)

STEP = MINUTE  # what a clock is off by less than this is no matter
_WAITS_AT_MOST = 10 * MINUTE  # of a message: what waits for longer was put off by a clock that was ahead


def is_set_back(judged_at: int, now: int) -> bool:
    """Tell whether what was judged last lies in what is the future by now."""
    return judged_at - now > STEP


def take_anew(connection: Connection, event_log: EventLog, by: int, *, is_back: bool) -> None:
    """Take the present anew after the clock was set by so much: say so, and mark what was received by a wrong clock."""
    now, marked = event_log.at, 0
    last = connection.scalar(select(func.max(journal.c.id))) or 0
    if is_back:
        _hasten(connection, now)
        first = connection.scalar(select(func.min(journal.c.id)).where(journal.c.at > now))
        marked = 0 if first is None else mark(connection, now, (first, last))
    what = "set_back" if by < 0 else "set_ahead"
    said = "back" if by < 0 else "ahead", duration(abs(by)), format_instant(now)
    log.warning("the clock was set %s by %s, to %s", *said)
    if marked:
        log.warning("%d readings were received meanwhile; they are marked", marked)
    after = {"by_seconds": round(by / SECOND), "readings": marked, "journal": last}
    event_log.action(ENGINE, what, "clock", "", {"clock": now}, after=after)


def mark(connection: Connection, now: int, rows: tuple[int, int]) -> int:
    """Mark readings of some rows of the journal that arrived later than the clock says; return how many they are."""
    first, last = rows
    meanwhile = readings.c.journal.between(first, last) & (readings.c.received_at > now)
    _add_flag(connection, Flag.CLOCK_AHEAD, meanwhile)
    _add_flag(connection, Flag.ARRIVED_AHEAD, meanwhile & (readings.c.flags.bitwise_and(int(Flag.ARRIVAL_TIME)) != 0))
    return connection.scalar(select(func.count()).select_from(readings).where(meanwhile)) or 0


def mark_replayed(source: Connection, replayed: Connection) -> None:
    """Mark in what the journal gives what was marked when it came."""
    for at, after in source.execute(select(audit.c.at, audit.c.after).where(audit.c.kind == "clock")):
        if after["readings"]:
            mark(replayed, at, (0, after["journal"]))


def _add_flag(connection: Connection, flag: Flag, condition: Any) -> None:
    change = update(readings).where(condition).values(flags=readings.c.flags.bitwise_or(int(flag)))
    connection.execute(change)


def _hasten(connection: Connection, now: int) -> None:
    late = (outbox.c.state == word("waiting")) & (outbox.c.next_at > now + _WAITS_AT_MOST) & (outbox.c.created_at > now)
    connection.execute(update(outbox).where(late).values(next_at=now))
