"""One alert for each problem: raised, updated and ended with it, unfounded when corrected data takes it away."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.language import gettext
from domain.times import NEVER
from ledger.alerts.lots import Lots, decided, owned
from ledger.alerts.off_delays import OffDelays
from ledger.alerts.outbox import LATE, tell
from ledger.alerts.pausing import pauses_of, span_up_to
from ledger.alerts.rows import Book, Lot, StoredAlert, unit_of
from ledger.alerts.suppression import AlertSuppression
from ledger.event_log import ENGINE
from ledger.holds.holds import Holding
from ledger.lots import look_up
from ledger.step import Step
from ledger.verdicts.interval_changes import IntervalChanges
from ledger.verdicts.rows import FiringKey, firing_key, name_of
from ledger.verdicts.supporting import numbers, phrase
from ledger.verdicts.verdicts import Revision, Verdicts
from rules.alarms.backdated import as_reported, reported_at
from rules.alarms.problems import (
    Alert,
    Event,
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
    reported_span_of,
    span,
)
from rules.judgement import Firing
from rules.messages.problem import no_longer, sentence_of, worst_of
from rules.subjects.unknown_stock import UnknownStock
from rules.subjects.whereabouts import UnitKey

# Of a place whose sensors are silent, a quantity and a span: the units of which nothing is known.
UnknownStockOf = Callable[[str, str, tuple[int, int]], Sequence[UnknownStock]]
# Of a unit, now: which hours are missing, if its verdict is `unknown` for that.
MissingOf = Callable[[UnitKey, int], dict[str, Any] | None]
_MISSING_AT_MOST = 50  # units of which it is worked out: as many as a message names


class Alerting:
    """All alerts, and everything that has fired, by problem key."""

    def __init__(
        self,
        connection: Connection,
        verdicts: Verdicts,
        holding: Holding,
        unknown_stock: UnknownStockOf,
        missing: MissingOf,
    ) -> None:
        self._verdicts = verdicts
        self._unknown_stock = unknown_stock
        self._missing = missing
        self._unknown_at = NEVER  # when nothing is known of more stock, if nothing comes
        self._told_later: dict[Key, int] = {}  # when a silence of a place that is new is told
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
        unknown_at = None if self._unknown_at == NEVER else self._unknown_at
        later = min(self._told_later.values(), default=None)
        dues = (self._off_delays.due_at, self.suppression.due_at, unknown_at, later)
        return min((at for at in dues if at is not None), default=None)

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
        """End what has been over for as long as its off-delay, and name the stock that becomes unknown by now."""
        if self._unknown_at <= step.judged_at:
            self.restock(step)
        for key in [key for key, at in self._told_later.items() if at <= step.judged_at]:
            del self._told_later[key]
            self._settle_key(step, key)
        for key in self._off_delays.due(step):
            going = [span(alert.reported) for alert in self.book.of(key) if alert.founded and alert.until is None]
            if going:
                self._settle(step, key, hull(going))

    def grow(self, step: Step, subjects: Iterable[Subject]) -> None:
        """Bring the words of going alerts up to date, for subjects whose numbers have grown.

        What fired may be over by the record and go on with an exposure that has not fired.
        """
        going = ((subject, [f for f in self._verdicts.firings(subject) if f.back_at == NEVER]) for subject in subjects)
        self.write(step, [Revision(subject, (), firings, IntervalChanges()) for subject, firings in going])

    def restock(self, step: Step) -> None:
        """Bring up to date of which stock nothing is known, after stock was moved or something else was corrected."""
        self._unknown_at = NEVER
        for number in sorted(self.book.going):
            key, alert = self.book.key_of(number), self.book[number]
            if not key.lot and (key.direction == "silent" or alert.reported.is_silent):
                self._settle(step, key, span(alert.reported))

    def settle_all(self, step: Step) -> None:
        """Bring every alert to what has fired, wherever and whenever."""
        for key in sorted(self._fired.keys() | self.book.problem_keys()):
            self._settle_key(step, key)

    def name_clients(self, step: Step) -> None:
        """Bring the owners of the lots up to date, after batches were corrected."""
        told = [lot for alert in self.book.all() for lot in (*alert.lots, *alert.gone, *alert.unknown)]
        look_up(step.histories.site.batches, {unit_of(lot)[:2] for lot in told})
        for alert in self.book.all():
            before = alert.lots, alert.gone, alert.unknown
            lots, gone, unknown = ([owned(step, lot) for lot in each] for each in before)
            if (lots, gone, unknown) != before:
                self._change(step, replace(alert, lots=lots, gone=gone, unknown=unknown))

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

    def _settle_key(self, step: Step, key: Key) -> None:
        spans = [reported_span_of(item.firing) for item in self._fired.get(key, {}).values()]
        spans += [span(alert.reported) for alert in self.book.of(key)]
        if spans:
            self._settle(step, key, hull(spans))

    def _reach(self, step: Step, key: Key, firings: Sequence[Firing]) -> tuple[int, int]:
        """Return the span of every problem that these firings can have changed."""
        reach, pause = hull([reported_span_of(firing) for firing in firings]), self._off_delays.pause(step)
        others = [span(alert.reported) for alert in self.book.of(key) if alert.founded]
        while reached := [other for other in others if near(other, reach, pause)]:
            others = [other for other in others if other not in reached]
            reach = hull([reach, *reached])
        return reach

    def _settle(self, step: Step, key: Key, reach: tuple[int, int]) -> None:
        fired = [item for item in self._fired.get(key, {}).values() if near(reported_span_of(item.firing), reach, 0)]
        if key.direction == "silent":
            fired = [told for item in fired if (told := self._as_reported(step, key, item)) is not None]
        pause = self._off_delays.pause(step)
        known = [alert.reported for alert in self.book.of(key) if near(span(alert.reported), reach, pause)]
        found = problems(key, fired, self._off_delays.clears(step), step.judged_at)
        self._off_delays.note(key, found)
        self.bring_to(step, known, found, self._tell)

    def _as_reported(self, step: Step, key: Key, item: Fired) -> Fired | None:
        """Return a silence as people are told of it: not of a time before anybody could know of it."""
        subject, firing = item
        counts_from = self._verdicts.counts_from(subject, firing)
        if counts_from is None:
            return item
        told = as_reported(firing, counts_from, step.judged_at)
        if told is None and firing.until is None:
            at = reported_at(firing, counts_from)
            self._told_later[key] = min(at, self._told_later.get(key, at))
        return None if told is None else Fired(subject, told)

    def bring_to(
        self,
        step: Step,
        known: Sequence[Alert],
        found: Sequence[Problem],
        settle_one: Callable[[Step, Alert | None, Problem], StoredAlert],
    ) -> None:
        """Bring the alerts of a key to the problems that there are; `settle_one` brings one to one, and returns it."""
        pairs, unfounded = match(known, found)
        told = [(settle_one(step, alert, problem).id, problem) for alert, problem in pairs]
        for alert in unfounded:
            joined = next((number for number, problem in told if near(span(problem), span(alert))), None)
            self.unfound(step, self.book[alert.id], joined)

    def _tell(self, step: Step, alert: Alert | None, problem: Problem) -> StoredAlert:
        before = self.book[alert.id] if alert else None
        after = self._described(step, problem, before)
        return self.put(step, problem.key, event_of(alert, problem), before, after, newest=problem.newest)

    def put(
        self, step: Step, key: Key, event: Event | None, before: StoredAlert | None, after: StoredAlert, *, newest: int
    ) -> StoredAlert:
        """Raise an alert or bring it up to date, and tell of the event, if that is one; return what is kept of it."""
        if event is None and before is not None and after.beside != before.beside:
            event = "updated"  # what is told has not changed; what people have decided has, or what stands there
        if event is not None and before is not None:
            after = after.revised(event, step.now)
        if before is None:
            self.book.add(step.connection, key, after, step.now)
        elif after != before:
            self._change(step, after)
        if event is not None:
            self.announce(step, event, after, before, newest=newest)
        return after

    def _described(self, step: Step, problem: Problem, before: StoredAlert | None) -> StoredAlert:
        suppressed = self.suppression.suppressed(step, problem.key, problem.severity, problem.over_since)
        described = replace(
            self.described(step, problem, before),
            suppressed=suppressed,
            clearing=problem.clearing._asdict() if problem.clearing and problem.until is None else None,
            told_at=step.now if suppressed is None else None,
        )
        return described.with_past_of(before, "suppressed", "told_at")

    def described(
        self, step: Step, problem: Problem, before: StoredAlert | None, say: Callable[[Lot], Lot] = dict
    ) -> StoredAlert:
        """Return what a problem comes to, as if nothing had happened to its alert. `say`: what is told of a lot."""
        site, verdicts = step.histories.site, self._verdicts
        within = span_up_to(problem, step.judged_at)
        lots = [say(lot) for lot in self.lots.of(step, problem, within)]
        gone = self.lots.gone(before, problem)
        lifted = {unit_of(lot): decided(lot) for lot in lots if lot["disposed_by"]}
        unknown = self._unknown(step, problem)
        sentence = sentence_of(
            problem,
            step.now,
            step.histories.name_of(problem.key.place),
            lambda fired: phrase(site, verdicts, fired, within),
            lifted,
            unknown,
        )
        worst = worst_of(problem.fired)
        return StoredAlert(
            self.book.last + 1 if before is None else before.id,
            problem.since,
            problem.until,
            problem.severity,
            list(problem.rules),
            lots,
            sentence + no_longer({unit_of(lot): lot["state"] == "unfounded" for lot in gone}),
            raised_at=step.now,
            ended_at=None if problem.until is None else step.now,
            gone=gone,
            worst={"rule": worst.firing.rule, **numbers(site, verdicts, worst, within)},
            no_data=problem.no_data and problem.no_data._asdict(),
            unknown=self._with_missing(step, unknown, before),
            pauses=[list(each) for each in pauses_of(verdicts, problem, step.judged_at)],
        )

    def _with_missing(self, step: Step, unknown: Sequence[UnknownStock], before: StoredAlert | None) -> list[Lot]:
        """Return the units of which nothing is known, with the hours that are missing as it began and as it ended."""
        known = {unit_of(lot): lot for lot in before.unknown} if before else {}
        found = []
        for i, (unit, since, until) in enumerate(unknown):
            lot: Lot = {**name_of(unit), "since": since, "until": until}
            told = known.get(unit)
            if told is not None and told["until"] == until:
                lot["missing"] = told.get("missing")
            else:
                lot["missing"] = self._missing(unit, step.judged_at) if i < _MISSING_AT_MOST else None
            found.append(owned(step, lot))
        return found

    def _unknown(self, step: Step, problem: Problem) -> Sequence[UnknownStock]:
        """Return the stock of which nothing is known, or was, while the problem's place said nothing.

        Where no unit was exposed, that of any time of the problem.
        """
        key, no_data = problem.key, problem.no_data
        if key.lot:
            return ()
        if no_data is not None:
            since, until = no_data.unknown_since, no_data.until
        elif key.direction == "silent":
            since, until = problem.since, problem.until
        elif not problem.units:  # whether stock was exposed is known only as far as there are data
            since, until = problem.since, problem.over_since or step.judged_at
        else:
            return ()
        found = self._unknown_stock(key.place, key.quantity, (since, NEVER if until is None else until))
        coming = min((each.since for each in found if each.since > step.judged_at), default=NEVER)
        self._unknown_at = min(self._unknown_at, coming)
        return found if key.direction == "silent" else [each for each in found if each.since <= step.judged_at]

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
        self.book.change(step.connection, alert, step.now)


def _shown(alert: StoredAlert) -> dict[str, Any]:
    """Return what the record keeps of each revision: what was told, and of whom how many."""
    told = {name: getattr(alert, name) for name in ("since", "until", "severity", "rules", "sentence", "founded")}
    return {**told, "units": len(alert.lots), "holds": [lot["hold"] for lot in alert.lots if lot["hold"] is not None]}
