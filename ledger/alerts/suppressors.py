"""What keeps messages back: what people have shelved, and the quiet times of the site. Nothing else asks for it.

Verdicts, holds and alerts are written without looking here: only who is told depends on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import ConflictError, InvalidError
from domain.model import Severity
from domain.times import format_duration, format_instant
from ledger.histories import Histories
from ledger.step import Step
from rules.alarms.lifecycle import Suppression, suppression_of
from rules.alarms.problems import SEVERITIES, Key
from rules.alarms.suppression import QuietTime
from sites.quiet import quiet_times
from store.tables import shelves


@dataclass(frozen=True, slots=True)
class Shelf:
    """That a person wants nobody to be told of a key for a while, unless it gets worse than it was."""

    id: int
    severity: Severity
    since: int
    until: int  # when it ends, or ended before its time
    who: str
    reason: str

    @property
    def suppression(self) -> Suppression:
        """What it does."""
        return Suppression("SHLVD", self.since, self.until, self.reason)

    def is_for(self, severity: Severity) -> bool:
        """Tell whether it is as bad as what was shelved at most."""
        return SEVERITIES.index(severity) <= SEVERITIES.index(self.severity)


class Suppressors:
    """All shelves by problem key, and the quiet times in force."""

    def __init__(self, connection: Connection) -> None:
        self._shelves: dict[Key, list[Shelf]] = {}
        self._quiet: Sequence[QuietTime] = ()
        self._of: Histories | None = None  # what the quiet times are from
        for row in connection.execute(select(shelves).order_by(shelves.c.id)):
            key = Key(row.place, row.quantity, row.direction)
            self._shelves.setdefault(key, []).append(_shelf(row))

    def of(self, step: Step, key: Key, severity: Severity, until: int | None) -> Suppression | None:
        """Return what keeps the messages of a problem back now, or did when it ended."""
        at = step.now if until is None else min(until, step.now)
        return suppression_of(until, self._around(step, key, severity, at), step.now)

    def next_change(self, step: Step, key: Key, severity: Severity) -> int | None:
        """Return the next instant at which another answer is due for a problem that goes on."""
        ends = (at for each in self._around(step, key, severity, step.now) for at in (each.since, each.until))
        return min((at for at in ends if at > step.now), default=None)

    def shelve(self, step: Step, alert: int, key: Key, shelf: Shelf) -> Shelf:
        """Begin a shelf; return it with its number. Raises ConflictError where one is in force already."""
        if known := self._in_force(key, step.now):
            raise ConflictError(
                f"alert {alert} is shelved until {format_instant(known.until)} by {known.who} already; end that first"
            )
        row = {name: getattr(shelf, name) for name in ("severity", "since", "until", "who", "reason")}
        where = {"place": key.place, "quantity": key.quantity, "direction": key.direction}
        query = insert(shelves).values(alert=alert, **where, **row).returning(shelves.c.id)
        shelf = replace(shelf, id=int(step.connection.execute(query).scalar_one()))
        self._shelves.setdefault(key, []).append(shelf)
        return shelf

    def unshelve(self, step: Step, alert: int, key: Key, who: str) -> Shelf:
        """End the shelf in force before its time; return it. Raises ConflictError if there is none."""
        known = self._in_force(key, step.now)
        if known is None:
            raise ConflictError(f"alert {alert} is not shelved")
        ended = {"ended_at": step.now, "ended_by": who}
        step.connection.execute(update(shelves).where(shelves.c.id == known.id).values(ended))
        of_key = self._shelves[key]
        of_key[of_key.index(known)] = replace(known, until=step.now)
        return known

    def _in_force(self, key: Key, now: int) -> Shelf | None:
        return next((each for each in self._shelves.get(key, ()) if each.since <= now < each.until), None)

    def _around(self, step: Step, key: Key, severity: Severity, at: int) -> Iterator[Suppression]:
        for shelf in self._shelves.get(key, ()):
            if shelf.is_for(severity):
                yield shelf.suppression
        for quiet in self._quiet_times(step.histories):
            if quiet.location == key.place:
                yield from quiet.around(at)

    def _quiet_times(self, histories: Histories) -> Sequence[QuietTime]:
        if self._of is not histories:
            zones: Iterable[str] = (doc["timezone"] for doc in histories.docs("site"))
            self._quiet, self._of = quiet_times(histories.docs("quiet"), next(iter(zones), "UTC")), histories
        return self._quiet


def new_shelf(step: Step, severity: Severity, who: str, lasting: int, reason: str) -> Shelf:
    """Return a shelf from now on. Raises InvalidError for one that would last too long, or without a reason."""
    if not 0 < lasting <= step.shelve_at_most:
        most = format_duration(step.shelve_at_most)
        raise InvalidError(f"a problem is shelved for {most} at most, not for {format_duration(max(lasting, 0))}")
    if not reason.strip():
        raise InvalidError("a problem is shelved for a reason, and none is given")
    return Shelf(0, severity, step.now, step.now + lasting, who, reason.strip())


def _shelf(row: Row[tuple[object, ...]]) -> Shelf:
    until = row.until if row.ended_at is None else row.ended_at
    return Shelf(row.id, row.severity, row.since, until, row.who, row.reason)
