"""Alerts of their own for batches that were shipped or released before something became known of them.

One for each problem and batch. What counts is what was on record at the instant at which a unit left the site or was
released, so whatever order corrections and late data come in, they end in the same.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace

from sqlalchemy import or_, select

from ledger.alerts.alerts import Alerting
from ledger.alerts.rows import Book, Lot, StoredAlert, unit_of
from ledger.corrections.cause_text import in_words
from ledger.corrections.causes import Cause
from ledger.histories import Histories
from ledger.holds.holds import Holding
from ledger.step import Step
from ledger.verdicts.rows import FiringKey, firing_key, firing_of, name_of
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
    over_at,
    problems,
    span_of,
)
from rules.judgement import Firing
from rules.subjects.whereabouts import Stay, UnitKey
from rules.subjects.whereabouts import Subject as Unit
from store.tables import firings

# Where a unit was, is and will be; None: it is none.
StaysOf = Callable[[UnitKey], tuple[Stay, ...] | None]
TooLate = dict[FiringKey, tuple[Firing, Out]]

_CALLS_FOR_SOMEBODY = ("review", "hold")


class OutOfReach:
    """What became known too late for a hold, by problem and batch."""

    def __init__(self, verdicts: Verdicts, holding: Holding, alerting: Alerting, stays: StaysOf) -> None:
        self._verdicts = verdicts
        self._holding = holding
        self._alerting = alerting
        self._stays = stays
        self._too_late: dict[UnitKey, TooLate] = {}
        self._fired: dict[Key, dict[tuple[UnitKey, FiringKey], Fired]] = {}
        self._grounds: tuple[Histories, Grounds] | None = None

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
        hold = self._holding.of_firing(unit, firing)
        return hold is None or hold.disposed_at is None or hold.disposed_at > out.at

    def _outs(self, step: Step, unit: UnitKey) -> Sequence[Out]:
        """Return since when nothing holds a unit, in order of time."""
        holds, left = self._holding.decided(unit), self._left(step, unit)
        gone = [] if left is None or is_rejected(holds, left.at) else [left]
        return sorted([*released_at(holds), *gone], key=lambda out: out.at)

    def _left(self, step: Step, unit: UnitKey) -> Out | None:
        if self._grounds is None or self._grounds[0] is not step.histories:
            self._grounds = step.histories, Grounds(step.histories.site)
        stays = self._stays(unit)
        return None if stays is None else left_at(Unit(unit, stays, ()), self._grounds[1], step.now)

    # --- one problem of one batch ---

    def _settle(self, step: Step, key: Key) -> None:
        known = [alert.reported for alert in self._book.of(key)]
        self._alerting.bring_to(step, known, problems(key, self._fired.get(key, {}).values(), over_at), self._tell)

    def _tell(self, step: Step, alert: Alert | None, problem: Problem) -> StoredAlert:
        before = self._book[alert.id] if alert else None
        after = self._described(step, problem, before)
        newest = max(problem.until or 0, *(firing.at for _, firing in problem.fired))
        return self._alerting.put(step, problem.key, _event(alert, problem), before, after, newest=newest)

    def _described(self, step: Step, problem: Problem, before: StoredAlert | None) -> StoredAlert:
        described = self._alerting.described(step, problem, before, self._out)
        lots = described.lots
        because = self._because(step, lots, before)
        outs = [(lot["unit"] or lot["lot"], Out(**lot["out"])) for lot in lots]
        sentence = f"{described.sentence} {describe(outs, in_words(because))}"
        return replace(described, sentence=sentence, told_at=step.now, because=because).with_past_of(before, "told_at")

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


def _keys_of(unit: UnitKey, firing: Firing) -> list[Key]:
    return [key._replace(product=unit.product, lot=unit.lot) for key in keys_of(firing)]


def _known(step: Step, unit: UnitKey, at: int) -> list[Firing]:
    """Return what had fired for a unit by what was on record at an instant."""
    of_unit = [getattr(firings.c, name) == value for name, value in name_of(unit).items()]
    on_record = firings.c.known_at < at, or_(firings.c.superseded_at.is_(None), firings.c.superseded_at >= at)
    return [
        firing_of(row)
        for row in step.connection.execute(select(firings).where(*of_unit, *on_record).order_by(firings.c.row))
    ]


def _event(alert: Alert | None, problem: Problem) -> Event | None:
    """Return what must be told: not that it merely lasted longer than was known."""
    event = event_of(alert, problem)
    if event != "updated" or alert is None:
        return event
    told, known = (alert.rules, alert.units, alert.severity), (problem.rules, problem.units, problem.severity)
    return None if told == known else event
