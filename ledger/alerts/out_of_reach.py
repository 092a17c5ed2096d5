"""Alerts of their own for batches that were shipped or released before something became known of them.

One for each problem and batch. What counts is what was on record at the instant at which a unit left the site or was
released, so whatever order corrections and late data come in, they end in the same.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace

from sqlalchemy import or_, select

from domain.times import NEVER
from ledger.alerts.alerts import Alerting
from ledger.alerts.lots import decided
from ledger.alerts.rows import Book, Lot, StoredAlert, unit_of
from ledger.corrections.cause_text import in_words
from ledger.corrections.causes import Cause
from ledger.histories import Histories
from ledger.holds.holds import Holding
from ledger.step import Step
from ledger.verdicts.rows import FiringKey, firing_key, firing_of, name_of
from ledger.verdicts.supporting import numbers, phrase
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.out_of_reach import (
    Grounds,
    Out,
    describe,
    is_rejected,
    left_at,
    newly_known,
    released_at,
    worst_action,
)
from rules.alarms.problems import (
    Alert,
    Event,
    Fired,
    Key,
    Problem,
    Subject,
    event_of,
    keys_of,
    match,
    near,
    problems,
    span,
    span_of,
)
from rules.judgement import Firing
from rules.messages.problem import no_longer, sentence_of, worst_of
from rules.subjects.places import Places
from rules.subjects.whereabouts import UnitKey, Whereabouts
from store.tables import firings

TooLate = dict[FiringKey, tuple[Firing, Out]]

_CALLS_FOR_SOMEBODY = ("review", "hold")


class OutOfReach:
    """What became known too late for a hold, by problem and batch."""

    def __init__(self, verdicts: Verdicts, holding: Holding, alerting: Alerting) -> None:
        self._verdicts = verdicts
        self._holding = holding
        self._alerting = alerting
        self._too_late: dict[UnitKey, TooLate] = {}
        self._fired: dict[Key, dict[tuple[UnitKey, FiringKey], Fired]] = {}
        self._sites: _Sites | None = None

    @property
    def _book(self) -> Book:
        return self._alerting.book

    def write(self, step: Step, subjects: Iterable[Subject]) -> None:
        """Bring the alerts to what is known now of these units."""
        dirty: set[Key] = set()
        for subject in subjects:
            if isinstance(subject, UnitKey):
                dirty |= self._look(step, subject)
        for key in sorted(dirty):
            self._settle(step, key)

    def disposed(self, step: Step, units: Collection[UnitKey]) -> None:
        """Say of alerts what people decided of these units."""
        for key in sorted(self._book.lot_keys()):
            if any(unit in units for alert in self._book.of(key) for unit in alert.reported.units):
                self._settle(step, key)

    def recall(self, step: Step) -> None:
        """Find what is out of reach; no alert changes yet."""
        for subject in self._verdicts.subjects():
            if isinstance(subject, UnitKey):
                self._look(step, subject)

    def settle_all(self, step: Step) -> None:
        """Bring every alert to what is known."""
        self.recall(step)
        for key in sorted(self._fired.keys() | self._book.lot_keys()):
            self._settle(step, key)

    # --- one unit ---

    def _look(self, step: Step, unit: UnitKey) -> set[Key]:
        """Find what came too late for a unit; return where that is not what it was."""
        before, now = self._too_late.pop(unit, {}), self._find_too_late(step, unit)
        if now:
            self._too_late[unit] = now
        if before == now:
            return set()
        dirty: set[Key] = set()
        for firing, _ in before.values():
            for key in _keys_of(unit, firing):
                self._fired.get(key, {}).pop((unit, firing_key(firing)), None)
                dirty.add(key)
        for firing, _ in now.values():
            for key in _keys_of(unit, firing):
                self._fired.setdefault(key, {})[unit, firing_key(firing)] = Fired(unit, firing)
                dirty.add(key)
        return dirty

    def _find_too_late(self, step: Step, unit: UnitKey) -> TooLate:
        fired = [firing for firing in self._verdicts.firings(unit) if firing.action in _CALLS_FOR_SOMEBODY]
        found: TooLate = {}
        for out in self._outs(step, unit) if fired else ():
            too_late = [firing for firing in fired if firing.at <= out.at and not self._holds(unit, firing, out)]
            if too_late:
                known = _known(step, unit, out.at)
                then = replace(out, then=worst_action(known))
                found |= {firing_key(firing): (firing, then) for firing in newly_known(known, too_late, out.at)}
        return found

    def _holds(self, unit: UnitKey, firing: Firing, out: Out) -> bool:
        """Tell whether an ordinary hold and alert are enough: what goes on after the release finds the unit there.

        Not where it goes by the very hold that was released: that stays so.
        """
        if out.how == "left" or span_of(firing)[1] <= out.at:
            return False
        hold = self._holding.founded(unit).get((firing.rule, firing.at))
        return hold is None or hold.disposed_at is None or hold.disposed_at > out.at

    def _outs(self, step: Step, unit: UnitKey) -> Sequence[Out]:
        """Return since when nothing holds a unit, in order of time."""
        if self._sites is None or self._sites.of is not step.histories:
            self._sites = _Sites(step.histories)
        holds = self._holding.decided(unit)
        left = self._sites.left(unit, step.now)
        gone = [] if left is None or is_rejected(holds, left.at) else [left]
        return sorted([*released_at(holds), *gone], key=lambda out: out.at)

    # --- one problem of one batch ---

    def _settle(self, step: Step, key: Key) -> None:
        known = [alert.reported for alert in self._book.of(key)]
        pairs, unfounded = match(known, problems(key, self._fired.get(key, {}).values()))
        told = [(self._tell(step, alert, problem), problem) for alert, problem in pairs]
        for alert in unfounded:
            joined = next((number for number, problem in told if near(span(problem), span(alert))), None)
            self._alerting.unfound(step, self._book[alert.id], joined)

    def _tell(self, step: Step, alert: Alert | None, problem: Problem) -> int:
        before = self._book[alert.id] if alert else None
        event = _event(alert, problem)
        after = self._described(step, problem, before)
        if event is None and before is not None and after.dispositions != before.dispositions:
            event = "updated"  # what is told has not changed, what people have decided has
        if event is not None and before is not None:
            after = after.revised(event, step.now)
        if before is None:
            self._book.add(step.connection, problem.key, after)
        elif after != before:
            self._book.change(step.connection, after)
        if event is not None:
            newest = max(problem.until or 0, *(firing.at for _, firing in problem.fired))
            self._alerting.announce(step, event, after, before, newest=newest)
        return after.id

    def _described(self, step: Step, problem: Problem, before: StoredAlert | None) -> StoredAlert:
        site, verdicts = step.histories.site, self._verdicts
        lots = [self._out(lot) for lot in self._alerting.lots.of(step, problem)]
        gone = self._alerting.lots.gone(before, problem)
        because = self._because(step, lots, before)
        lifted = {unit_of(lot): decided(lot) for lot in lots if lot["disposed_by"]}
        sentence = sentence_of(
            problem,
            step.now,
            step.histories.name_of(problem.key.place),
            lambda fired: phrase(site, verdicts, fired),
            lifted,
        )
        sentence += no_longer({unit_of(lot): lot["state"] == "unfounded" for lot in gone})
        outs = [(lot["unit"] or lot["lot"], Out(**lot["out"])) for lot in lots]
        worst = worst_of(problem.fired)
        described = StoredAlert(
            self._book.last + 1 if before is None else before.id,
            problem.since,
            problem.until,
            problem.severity,
            list(problem.rules),
            lots,
            f"{sentence} {describe(outs, in_words(because))}",
            raised_at=step.now,
            ended_at=None if problem.until is None else step.now,
            gone=gone,
            worst={"rule": worst.firing.rule, **numbers(site, verdicts, worst)},
            told_at=step.now,
            because=because,
        )
        if before is None:
            return described
        kept: tuple[str, ...] = ("revision", "raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment")
        if before.founded:  # else it is raised anew
            kept = (*kept, "told_at")
        return replace(described, **{name: getattr(before, name) for name in kept})

    def _out(self, lot: Lot) -> Lot:
        """Return a lot with since when it is out of reach: of several instants the last."""
        unit = unit_of(lot)
        outs = [out for firing, out in self._too_late[unit].values() if firing.rule in lot["rules"]]
        return {**lot, "out": asdict(max(outs, key=lambda out: out.at))}

    def _because(self, step: Step, lots: Sequence[Lot], before: StoredAlert | None) -> Cause:
        """Return why it is known; what was said already of units that were named already."""
        named = {unit_of(lot) for lot in before.lots} if before is not None and before.founded else set()
        fresh = [unit for unit in map(unit_of, lots) if unit not in named]
        if not fresh and before is not None and before.because is not None:
            return before.because
        return step.why(fresh[0] if fresh else unit_of(lots[0]))


class _Sites:
    """Where units were, by the histories of one site."""

    def __init__(self, histories: Histories) -> None:
        self.of = histories
        self._grounds = Grounds(histories.site)
        self._whereabouts = Whereabouts(histories.site, Places(histories.site))

    def left(self, unit: UnitKey, now: int) -> Out | None:
        if (unit.product, unit.lot) not in self.of.site.batches:
            return None
        return left_at(self._whereabouts.unit(unit, NEVER), self._grounds, now)


def _keys_of(unit: UnitKey, firing: Firing) -> list[Key]:
    return [key._replace(product=unit.product, lot=unit.lot) for key in keys_of(firing)]


def _known(step: Step, unit: UnitKey, at: int) -> list[Firing]:
    """Return what had fired for a unit by what was on record at an instant."""
    of_unit = [getattr(firings.c, name) == value for name, value in name_of(unit).items()]
    on_record = firings.c.known_at < at, or_(firings.c.superseded_at.is_(None), firings.c.superseded_at >= at)
    return [firing_of(row) for row in step.connection.execute(select(firings).where(*of_unit, *on_record))]


def _event(alert: Alert | None, problem: Problem) -> Event | None:
    """Return what must be told: not that it merely lasted longer than was known."""
    event = event_of(alert, problem)
    if event != "updated" or alert is None:
        return event
    told, known = (alert.rules, alert.units, alert.severity), (problem.rules, problem.units, problem.severity)
    return None if told == known else event
