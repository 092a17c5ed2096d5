"""Whether people are told of an alert: not while it is shelved, at a quiet time, or out of service."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.model import Severity
from ledger.alerts.outbox import resume, suppress
from ledger.alerts.rows import Book, StoredAlert
from ledger.alerts.suppressors import Suppressors, new_shelf
from ledger.event_log import ENGINE
from ledger.step import Step
from rules.alarms.problems import EXPIRY, STOCK, Key

_OF_A_BATCH = {EXPIRY: "an expiry date", STOCK: "what was done with stock"}


class AlertSuppression:
    """Keeps `suppressed` of the alerts that go on at what is in force."""

    def __init__(self, connection: Connection, book: Book) -> None:
        self._book = book
        self._suppressors = Suppressors(connection)
        self._changes_at: int | None = None

    @property
    def due_at(self) -> int | None:
        """The next instant at which something else may be in force than now."""
        return 0 if self._book.changed else self._changes_at

    def suppressed(self, step: Step, key: Key, severity: Severity, until: int | None) -> dict[str, Any] | None:
        """Return why nobody is told of a problem, as an alert keeps it."""
        if key.lot:  # a hold comes too late for it, so nothing keeps the message back
            return None
        found = self._suppressors.of(step, key, severity, until)
        return found and {"state": found.state, "until": found.until, "reason": found.reason}

    def shelve(self, step: Step, number: int, who: str, lasting: int, reason: str) -> int:
        """Have nobody told of the problem for a while, unless it gets worse; return until when.

        Raises NotFoundError, InvalidError as `new_shelf`, or ConflictError if it is shelved already, is no problem, or
        is of stock that is out of reach.
        """
        stored = self._book.find(number)
        if not stored.founded:
            raise ConflictError(f"alert {number} is unfounded; there is nothing to shelve")
        if self._book.key_of(number).lot:
            of = _OF_A_BATCH.get(self._book.key_of(number).direction, "stock that is out of reach")
            raise ConflictError(f"alert {number} is of {of}; that is not shelved")
        wanted = new_shelf(step, stored.severity, who, lasting, reason)
        shelf = self._suppressors.shelve(step, number, self._book.key_of(number), wanted)
        after = {"until": shelf.until, "severity": shelf.severity}
        step.event_log.action(who, "shelved", "alert", str(number), {"alert": number}, after=after, reason=shelf.reason)
        self._book.changed = True
        return shelf.until

    def unshelve(self, step: Step, number: int, who: str, reason: str | None) -> None:
        """End that before its time. Raises NotFoundError, or ConflictError if it is not shelved."""
        self._book.find(number)
        shelf = self._suppressors.unshelve(step, number, self._book.key_of(number), who)
        before = {"until": shelf.until, "severity": shelf.severity}
        step.event_log.action(who, "unshelved", "alert", str(number), {"alert": number}, before=before, reason=reason)
        self._book.changed = True

    def quiet_times_changed(self) -> None:
        """Look anew in the next step at what is in force."""
        self._book.changed = True

    def refresh(self, step: Step) -> None:
        """Let what is suppressed from now on be told to nobody, and tell of what is so no more and still goes on."""
        if self.due_at is None or step.now < self.due_at:
            return
        going = [(self._book[number], self._book.key_of(number)) for number in sorted(self._book.going)]
        for alert, key in going:
            now = self.suppressed(step, key, alert.severity, alert.clearing["since"] if alert.clearing else None)
            if now != alert.suppressed:
                self._resuppress(step, alert, now)
        changes = (self._suppressors.next_change(step, key, alert.severity) for alert, key in going)
        self._changes_at = min((at for at in changes if at is not None), default=None)
        self._book.changed = False

    def _resuppress(self, step: Step, alert: StoredAlert, now: dict[str, Any] | None) -> None:
        told_at = alert.told_at if alert.told_at is not None or now is not None else step.now
        self._book.change(step.connection, replace(alert, suppressed=now, told_at=told_at), step.now)
        what = "resumed" if now is None else "suppressed"
        subject = {"alert": alert.id}
        step.event_log.action(ENGINE, what, "alert", str(alert.id), subject, before=alert.suppressed, after=now)
        if now is None:
            resume(step, alert.id, alert.severity)
        else:
            suppress(step, alert.id, alert.severity, now)
