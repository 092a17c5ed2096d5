"""One alert for each problem: raised, updated and ended with it, unfounded when corrected data takes it away."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.language import gettext
from ledger.alerts.lots import Lots, decided, owned
from ledger.alerts.off_delays import OffDelays
from ledger.alerts.outbox import LATE, tell
from ledger.alerts.rows import Book, StoredAlert, unit_of
from ledger.alerts.suppression import AlertSuppression
from ledger.event_log import ENGINE
from ledger.holds.holds import Holding
from ledger.step import Step
from ledger.verdicts.interval_changes import IntervalChanges
from ledger.verdicts.rows import FiringKey, firing_key
from ledger.verdicts.supporting import numbers, phrase
from ledger.verdicts.verdicts import Revision, Verdicts
from rules.alarms.problems import (
    Alert,
    Fired,
    Key,
    Problem,
    Subject,
    event_of,
    hull,
    keys_of,
    match,
    near,
    problems,
    span,
    span_of,
)
from rules.judgement import Firing
from rules.messages.problem import no_longer, sentence_of, worst_of
from rules.subjects.whereabouts import UnitKey


class Alerting:
    """All alerts, and everything that has fired, by problem key."""

    def __init__(self, connection: Connection, verdicts: Verdicts, holding: Holding) -> None:
        self._verdicts = verdicts
        self.book = Book(connection)
        self.suppression = AlertSuppression(connection, self.book)
        self.lots = Lots(verdicts, holding)
        self._off_delays = OffDelays(verdicts)
        self._fired: dict[Key, dict[tuple[Subject, FiringKey], Fired]] = {}
        for subject in verdicts.subjects():
            for firing in verdicts.firings(subject):
                self._index(subject, firing)

    @property
    def due_at(self) -> int | None:
        """The next instant at which an alert may change although nothing else does."""
        return min((at for at in (self._off_delays.due_at, self.suppression.due_at) if at is not None), default=None)

    def write(self, step: Step, revisions: Iterable[Revision]) -> None:
        """Bring the alerts to what has fired now, where something else has fired than before."""
        dirty: dict[Key, list[Firing]] = {}
        for subject, before, after, _ in revisions:
            for firing in before:
                self._forget(subject, firing)
            for firing in after:
                self._index(subject, firing)
            for firing in (*before, *after, *self._off_delays.concerned(step, subject)):
                for key in keys_of(firing):
                    dirty.setdefault(key, []).append(firing)
        for key, firings in dirty.items():
            self._settle(step, key, self._reach(step, key, firings))

    def clear(self, step: Step) -> None:
        """End what has been over for as long as its off-delay."""
        for key in self._off_delays.due(step):
            going = [span(alert.reported) for alert in self.book.of(key) if alert.founded and alert.until is None]
            if going:
                self._settle(step, key, hull(going))

    def grow(self, step: Step, subjects: Iterable[Subject]) -> None:
        """Bring the words of going alerts up to date, for subjects whose numbers have grown."""
        going = ((subject, [f for f in self._verdicts.firings(subject) if f.until is None]) for subject in subjects)
        self.write(step, [Revision(subject, (), firings, IntervalChanges()) for subject, firings in going])

    def settle_all(self, step: Step) -> None:
        """Bring every alert to what has fired, wherever and whenever."""
        for key in sorted(self._fired.keys() | self.book.problem_keys()):
            spans = [span_of(item.firing) for item in self._fired.get(key, {}).values()]
            self._settle(step, key, hull(spans + [span(alert.reported) for alert in self.book.of(key)]))

    def name_clients(self, step: Step) -> None:
        """Bring the owners of the lots up to date, after batches were corrected."""
        for alert in self.book.all():
            lots, gone = ([owned(step, lot) for lot in each] for each in (alert.lots, alert.gone))
            if (lots, gone) != (alert.lots, alert.gone):
                self._change(step, replace(alert, lots=lots, gone=gone))

    def disposed(self, step: Step, units: Collection[UnitKey]) -> None:
        """Bring alerts up to date after people lifted holds of these units."""
        for key in self.book.problem_keys():
            for alert in self.book.of(key):
                if any(unit in units for unit in alert.reported.units):
                    self._restate(step, key, alert)

    def acknowledge(self, step: Step, number: int, who: str, comment: str | None) -> None:
        """Record that a person knows. Raises NotFoundError, or ConflictError if somebody did so before."""
        stored = self.book.find(number)
        if stored.acknowledged_at is not None:
            raise ConflictError(f"alert {number} was acknowledged by {stored.acknowledged_by} already")
        known = replace(stored, acknowledged_by=who, acknowledged_at=step.now, comment=comment)
        self._change(step, replace(known, revision=stored.revision + 1))
        step.event_log.action(who, "acknowledged", "alert", str(number), {"alert": number}, reason=comment)
        tell(step, number, "acknowledged", stored.severity, suppressed=stored.suppressed)

    # --- one key ---

    def _reach(self, step: Step, key: Key, firings: Sequence[Firing]) -> tuple[int, int]:
        """Return the span of every problem that these firings can have changed."""
        reach, pause = hull([span_of(firing) for firing in firings]), self._off_delays.pause(step)
        others = [span(alert.reported) for alert in self.book.of(key) if alert.founded]
        while reached := [other for other in others if near(other, reach, pause)]:
            others = [other for other in others if other not in reached]
            reach = hull([reach, *reached])
        return reach

    def _settle(self, step: Step, key: Key, reach: tuple[int, int]) -> None:
        fired = [item for item in self._fired.get(key, {}).values() if near(span_of(item.firing), reach, 0)]
        pause = self._off_delays.pause(step)
        known = [alert.reported for alert in self.book.of(key) if near(span(alert.reported), reach, pause)]
        found = problems(key, fired, self._off_delays.clears(step), step.judged_at)
        self._off_delays.note(key, found)
        pairs, unfounded = match(known, found)
        told = [(self._tell(step, alert, problem), problem) for alert, problem in pairs]
        for alert in unfounded:
            joined = next((number for number, problem in told if near(span(problem), span(alert))), None)
            self.unfound(step, self.book[alert.id], joined)

    def _tell(self, step: Step, alert: Alert | None, problem: Problem) -> int:
        """Raise an alert or bring it up to date; return its id."""
        event = event_of(alert, problem)
        before = self.book[alert.id] if alert else None
        number = before.id if before else self.book.last + 1
        after = self._described(step, problem, number, before)
        if event is None and before is not None and after.dispositions != before.dispositions:
            event = "updated"  # what is told has not changed, what people have decided has
        if event is not None and before is not None:
            after = after.revised(event, step.now)
        if before is None:
            self.book.add(step.connection, problem.key, after)
        elif after != before:
            self._change(step, after)
        if event is not None:
            self.announce(step, event, after, before, newest=problem.newest)
        return number

    def _described(self, step: Step, problem: Problem, number: int, before: StoredAlert | None) -> StoredAlert:
        site, verdicts = step.histories.site, self._verdicts
        lots = self.lots.of(step, problem)
        gone = self.lots.gone(before, problem)
        lifted = {unit_of(lot): decided(lot) for lot in lots if lot["disposed_by"]}
        sentence = sentence_of(
            problem,
            step.now,
            step.histories.name_of(problem.key.place),
            lambda fired: phrase(site, verdicts, fired),
            lifted,
        )
        worst = worst_of(problem.fired)
        suppressed = self.suppression.suppressed(step, problem.key, problem.severity, problem.over_since)
        described = StoredAlert(
            number,
            problem.since,
            problem.until,
            problem.severity,
            list(problem.rules),
            lots,
            sentence + no_longer({unit_of(lot): lot["state"] == "unfounded" for lot in gone}),
            raised_at=step.now,
            ended_at=None if problem.until is None else step.now,
            gone=gone,
            suppressed=suppressed,
            clearing=problem.clearing._asdict() if problem.clearing and problem.until is None else None,
            told_at=step.now if suppressed is None else None,
            worst={"rule": worst.firing.rule, **numbers(site, verdicts, worst)},
        )
        if before is None:
            return described
        kept: tuple[str, ...] = ("revision", "raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment")
        if before.founded:  # else it is raised anew
            kept = (*kept, "suppressed", "told_at")
        return replace(described, **{name: getattr(before, name) for name in kept})

    def _restate(self, step: Step, key: Key, alert: StoredAlert) -> None:
        if alert.founded:
            self._settle(step, key, span(alert.reported))
        else:  # there is no problem any more to tell it with
            self._change(step, replace(alert, lots=[self.lots.with_disposition(lot) for lot in alert.lots]))

    def unfound(self, step: Step, alert: StoredAlert, joined: int | None) -> None:
        """Mark an alert whose problem is none any more, or is part of the one of another alert."""
        lots = alert.lots if joined is not None else [self.lots.with_disposition(lot) for lot in alert.lots]
        if joined is None:
            sentence = gettext("No longer supported: {sentence}", sentence=alert.sentence)
        else:
            sentence = gettext("Now part of alert {number}: {sentence}", number=joined, sentence=alert.sentence)
        after = replace(alert, founded=False, revision=alert.revision + 1, sentence=sentence, lots=lots)
        self._change(step, after)
        self.announce(step, "unfounded", after, alert, newest=alert.until or step.now, joined=joined)

    def announce(
        self,
        step: Step,
        event: str,
        alert: StoredAlert,
        before: StoredAlert | None,
        *,
        newest: int,
        joined: int | None = None,
    ) -> None:
        """Record what happened to an alert and have it told; at `newest` the last happened that it tells of.

        `joined`: the alert that tells of its problem now.
        """
        subject, then, now = {"alert": alert.id}, before and _shown(before), _shown(alert)
        now |= {} if joined is None else {"joined": joined}
        step.event_log.action(ENGINE, event, "alert", str(alert.id), subject, before=then, after=now)
        severity_before = before.severity if before else None
        late = step.now - newest > LATE
        tell(step, alert.id, event, alert.severity, severity_before, hold_off=late, suppressed=alert.suppressed)

    # --- what is kept ---

    def _index(self, subject: Subject, firing: Firing) -> None:
        for key in keys_of(firing):
            self._fired.setdefault(key, {})[subject, firing_key(firing)] = Fired(subject, firing)

    def _forget(self, subject: Subject, firing: Firing) -> None:
        for key in keys_of(firing):
            self._fired[key].pop((subject, firing_key(firing)), None)

    def _change(self, step: Step, alert: StoredAlert) -> None:
        self.book.change(step.connection, alert)


def _shown(alert: StoredAlert) -> dict[str, Any]:
    """Return what the record keeps of each revision: what was told, and of whom how many."""
    told = {name: getattr(alert, name) for name in ("since", "until", "severity", "rules", "sentence", "founded")}
    return {**told, "units": len(alert.lots), "holds": [lot["hold"] for lot in alert.lots if lot["hold"] is not None]}
