"""What the writer keeps in memory between steps: all of it derived from what is stored, and rebuilt from there."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from domain.times import SECOND
from ledger.alerts.alerts import Alerting, MissingOf
from ledger.alerts.expiry import ExpiryAlerts
from ledger.alerts.out_of_reach import OutOfReach
from ledger.corrections.causes import REBUILT, Cause, Causes, Moved, Why, rebuilt
from ledger.event_log import EventLog
from ledger.histories import Histories
from ledger.holds.holds import Holding
from ledger.left import LeftUnits
from ledger.readings.gating import regate
from ledger.readings.intake import Intake
from ledger.readings.loader import Loader
from ledger.readings.notices import Breached
from ledger.readings.second_look import look_again
from ledger.step import Step
from ledger.stock.names import NamesInForce
from ledger.verdicts.background import Judgings
from ledger.verdicts.differences import describe
from ledger.verdicts.interval_changes import IntervalChanges
from ledger.verdicts.verdicts import Revision, Verdicts
from rules.alarms.problems import Subject
from rules.decisions.release import Again
from rules.engine import Change, DeferredChange, Engine
from rules.judgement import NO_JUDGEMENT
from rules.series.intake import Memory
from rules.subjects.whereabouts import Stay, UnitKey
from rules.unit_verdict import unit_verdict
from store import state
from store.forward import rewind
from store.journal import head
from store.series import SeriesIds
from store.state import move_cursor, position

log = logging.getLogger(__name__)

_LOGGED_AT_MOST = 20
# How long the judging of what an import reaches waits for the next part of it, and what it takes of a step.
POSTPONED_FOR = 2 * SECOND
LATER_S = 0.03
_LATER_AT_MOST = 64  # subjects written at once: what begins within the time may end after it
# The cursor at the present instant of the last judgement.
JUDGED = "judged"


@dataclass(slots=True)
class EngineState:
    """The engine and the rows in force; after every step they say the same."""

    histories: Histories
    loader: Loader
    engine: Engine
    verdicts: Verdicts
    holding: Holding
    alerting: Alerting
    out_of_reach: OutOfReach
    expiry_alerts: ExpiryAlerts
    judgings: Judgings
    intake: Intake
    left: LeftUnits
    judged_at: int

    names: NamesInForce = field(default_factory=NamesInForce)
    corrected_from: Histories | None = None  # the histories before this step, if it corrected them
    moved: set[Subject] = field(default_factory=set)  # what rests on something else since a correction in this step
    entered: set[Subject] = field(default_factory=set)  # units that are elsewhere by entries of this step
    placed_for: dict[Subject, Cause] = field(default_factory=dict)  # why other units that it placed are elsewhere
    imported_by: Cause = field(default_factory=lambda: REBUILT)  # whose import `postponed` tells of
    is_kept: bool = False  # `judged_at` is what is stored
    postponed_to: int = 0  # what an import reaches is judged then, or when its last part has come

    @property
    def due_at(self) -> int | None:
        """The next instant at which a step is due although nothing is heard."""
        later = (0 if self.judgings.are_open else self.postponed_to) if self.engine.deferred_count else None
        due = (self.engine.due_at, self.verdicts.grow_at, self.alerting.due_at, self.expiry_alerts.due_at, later)
        return min((at for at in due if at is not None), default=None)

    def connect(self, connection: Connection) -> None:
        """Ask for readings and lots in the transaction of a step."""
        self.loader.connection = self.histories.lots.connection = connection

    def imported(self, step: Step, who: str, *, more: bool) -> None:
        """Let what a part of an import reaches be judged when all of it is here, or hardly later than else."""
        self.imported_by = {"kind": "import", "who": who, "journal": head(step.connection).id}
        self.engine.defer_changed()
        self.postponed_to = step.now + POSTPONED_FOR if more else step.now

    def correct(self, step: Step) -> None:
        """Take corrected histories, if the step made any."""
        if step.histories is self.histories:
            return
        before, self.histories = self.histories, step.histories
        self.corrected_from = self.corrected_from or before
        self.loader.site = step.histories.site
        self._gate_again(step, before)
        moved = self._take_moved(step, before)
        self._defer(step, moved, self._causes(step).correction())
        self.alerting.suppression.quiet_times_changed()
        self.intake.assign(step.histories.sensors, step.histories.gates)
        look_again(step, self.engine, self.intake, moved)
        if step.histories.lots.take_changed_owner():
            self.alerting.name_clients(step)

    def _take_moved(self, step: Step, before: Histories) -> set[Subject]:
        """Let the engine take configuration and units as they were corrected; return the subjects concerned."""
        units = step.histories.lots.take_moved()
        gone = {unit: None for unit, placed in units.items() if placed is None}
        elsewhere = self.engine.place(gone, step.judged_at)
        moved: set[Subject] = set()
        if step.histories.configuration is not before.configuration:
            moved = self.engine.replace(step.histories.configuration, step.judged_at)
        there = {unit: placed for unit, placed in units.items() if placed is not None}
        elsewhere |= self.engine.place(there, step.judged_at)
        self.entered |= elsewhere
        return moved | elsewhere

    def place(self, step: Step, units: Mapping[UnitKey, tuple[Stay, ...] | None], cause: Cause) -> None:
        """Let units be where these stays say, those of the units they came from included; None: a unit is gone.

        What this concerns is judged in this step, or in many to come if it is much. `cause`: why, as `Causes` has it.
        """
        self.correct(step)
        moved = self.engine.place(units, step.judged_at)
        self.placed_for.update(dict.fromkeys(moved, cause))
        look_again(step, self.engine, self.intake, moved)
        self._defer(step, moved, cause)

    def _gate_again(self, step: Step, before: Histories) -> None:
        """Let corrected ranges and models of sensors count for what they said before, too."""
        if before.gates == step.histories.gates:
            return
        first = regate(step.connection, before.gates, step.histories.gates)
        if first is not None:
            rewind(step.connection, first)

    def _defer(self, step: Step, moved: set[Subject], cause: Cause) -> None:
        """Let what a correction reaches be judged in this step, or in many to come, if it is much."""
        if len(moved) <= step.at_once:
            self.moved |= moved
            return
        number = self.judgings.begin(step, cause, len(moved))
        self.engine.defer(moved, number)

    def settle(self, step: Step) -> None:
        """Judge what is new, and bring verdicts, holds and alerts to it, and who is told of them."""
        step.why = self._causes(step).of
        self.alerting.suppression.refresh(step)
        self._write(step, self.engine.settle(step.judged_at))
        if self.engine.take_moved():
            self.alerting.restock(step)
        if self.moved:
            self.out_of_reach.write(step, sorted(self.moved, key=str))
            self.moved.clear()
        if self.engine.has_grown and self.verdicts.is_growing(step.now):
            self._write(step, self.engine.grow())
        self._settle_later(step)
        if step.judged_at != self.judged_at or not self.is_kept:
            move_cursor(step.connection, JUDGED, step.judged_at)
            self.judged_at, self.is_kept = step.judged_at, True
        grown = self.verdicts.flush(step.connection, step.now)
        if grown:
            self.holding.write(step, _units(grown), self.verdicts)
            self.alerting.grow(step, grown)
            self.out_of_reach.write(step, grown)
        self.alerting.clear(step)
        self.expiry_alerts.write(step)
        self.alerting.suppression.refresh(step)
        self.corrected_from = None
        self.entered.clear()
        self.placed_for.clear()
        self.intake.taken.clear()
        self.intake.notices.write(step)
        self.left.let_go(self.engine, self.verdicts, self.holding, step.judged_at)

    def bring_up_to_date(self, step: Step, units: Iterable[UnitKey]) -> None:
        """Judge these units as of now, with the numbers of what goes on: somebody signs what is known of them."""
        self.correct(step)
        self.engine.look_at(units)
        self.verdicts.grow_now(step.now)
        self.settle(step)

    def _causes(self, step: Step) -> Causes:
        before = self.corrected_from or self.histories
        judged = self.judged_at, step.judged_at
        postponed = (self.judgings.cause_of() or self.imported_by) if self.engine.deferred_count else None
        heard, moved = self.intake.taken, Moved(self.entered, self.placed_for, self.engine.stays)
        return Causes(step.connection, step.event_log, before, self.histories, heard, judged, moved, postponed)

    def _settle_later(self, step: Step) -> None:
        """Judge what was postponed, a few subjects in each step, so that messages pass between."""
        end, some = time.monotonic() + LATER_S, 1
        why = step.why
        while self.engine.deferred_count and (self.judgings.are_open or step.now >= self.postponed_to):
            for job, judged in groupby(self.engine.settle_deferred(some), key=attrgetter("job")):
                cause = self.judgings.cause_of(job) or self.imported_by
                step.why = _always(cause)
                self._write_later(step, list(judged))
            left = end - time.monotonic()
            if left < 0:
                break
            some = min(2 * some, _LATER_AT_MOST)
        step.why = why
        self.judgings.go_on(step, self.engine.left)

    def _write_later(self, step: Step, judged: Sequence[DeferredChange]) -> None:
        self._write(step, [each.change for each in judged if each.change is not None])
        self.out_of_reach.write(step, [each.subject for each in judged])

    def settle_all(self, step: Step) -> list[Revision]:
        """Judge everything from scratch; return where something else was stored."""
        unfinished = self.judgings.cause_of()
        step.why = rebuilt if unfinished is None else _always(unfinished)
        self.out_of_reach.recall(step)
        changes = self.engine.settle(step.judged_at)
        silent = set(self.verdicts.subjects()) - {change.subject for change in changes}
        revisions = self._write(step, [*changes, *(Change(subject, NO_JUDGEMENT, NO_JUDGEMENT) for subject in silent)])
        units = {*_units(self.verdicts.subjects()), *self.holding.units()}
        self.holding.write(step, sorted(units, key=str), self.verdicts)
        self.alerting.settle_all(step)
        self.out_of_reach.settle_all(step)
        self.judgings.end_all(step)
        self.left.let_go(self.engine, self.verdicts, self.holding, step.judged_at)
        return revisions

    def _write(self, step: Step, changes: Iterable[Change]) -> list[Revision]:
        if self.loader.has_recalled:  # what the database has forgotten since the start was missing
            self.loader.has_recalled = False
            self.verdicts.look_at_horizon(step.connection)
        revisions = self.verdicts.write(step.connection, changes, step.event_log, step.why)
        held_again = self.engine.take_held_again()
        self.holding.take_again({unit: now for unit, (_, now) in held_again.items()})
        units = dict.fromkeys([*_units(subject for subject, *_ in revisions), *held_again])
        self.holding.write(step, units, self.verdicts)
        if revisions or held_again:
            self.alerting.write(step, [*revisions, *(_held_again(unit, *both) for unit, both in held_again.items())])
            self.out_of_reach.write(step, list(dict.fromkeys([*(subject for subject, *_ in revisions), *units])))
        return revisions


def _held_again(unit: UnitKey, before: Again, after: Again) -> Revision:
    """Return what goes beyond releases as alerts take it: like what has fired."""
    return Revision(unit, before.firings, after.firings, IntervalChanges())


def _always(cause: Cause) -> Why:
    return lambda _: cause


def _breached_by(engine: Engine) -> Breached:
    """Return what finds by which rules a refused value is outside, and the value that is kept is not."""

    def breached(sensor: str, quantity: str, at: int, refused: int, kept: int) -> list[str]:
        by = engine.breached(sensor, quantity, at, refused) - engine.breached(sensor, quantity, at, kept)
        return sorted({rule for _, rule in by})

    return breached


def _missing_by(engine: Engine) -> MissingOf:
    """Return a function that says which hours are missing of a unit whose verdict is `unknown` for it; else None."""

    def missing(unit: UnitKey, now: int) -> dict[str, Any] | None:
        evidence = engine.evidence(unit)
        said = None if evidence is None else unit_verdict(evidence, engine.judgement(unit))
        if said is None or said.verdict != "unknown" or not said.watched:
            return None
        lengths = {"unknown": said.unknown, "watched": said.watched, "at": now}
        return {**lengths, "gaps": [list(gap) for gap in said.lacking.gaps], "count": said.lacking.count}

    return missing


def recall(
    connection: Connection, ids: SeriesIds, judged_at: int, ahead_at_most: int, *, everything: bool = False
) -> EngineState:
    """Build what is kept in memory from what is stored; nothing is judged yet. `everything`: of all there ever was."""
    histories = Histories.load(connection)
    loader = Loader(connection, histories.site)
    left = LeftUnits(histories.lots)
    memory = Memory(loader.recall, loader.recent, loader.days)
    engine = Engine(histories.configuration, loader.load, judged_at, keep_conflicts=False, left=left, memory=memory)
    (left.recall_all if everything else left.recall)(engine, judged_at)
    verdicts = Verdicts(connection)
    holding = Holding(connection)
    for unit in holding.decisions.units():
        engine.cover(unit, holding.decisions.releases(unit))
    alerting = Alerting(connection, verdicts, holding, engine.unknown_stock, _missing_by(engine))
    intake = Intake(ids, engine.add, histories.sensors, histories.gates, ahead_at_most, _breached_by(engine))
    intake.conflicting = state.conflicting_series(connection)
    out_of_reach = OutOfReach(verdicts, holding, alerting, engine.all_stays)
    alerts = alerting, out_of_reach, ExpiryAlerts(alerting)
    kept = histories, loader, engine, verdicts, holding, *alerts, Judgings(connection), intake, left
    return EngineState(*kept, judged_at)


def start(connection: Connection, ids: SeriesIds, now: int, ahead_at_most: int) -> tuple[EngineState, list[str]]:
    """Build everything, judged as of the last step, and revise what the histories do not say.

    Whatever is written is dated `now`: nobody could read it at the last step.
    Return it, and in words what was stored otherwise, which is logged too.
    """
    judged_at = min(now, position(connection, JUDGED) or now)
    engine_state = recall(connection, ids, judged_at, ahead_at_most)
    step = Step(connection, engine_state.histories, EventLog(now), judged_at)
    unfinished = engine_state.judgings.are_open
    differing = engine_state.settle_all(step)
    step.event_log.write(connection)
    return engine_state, [] if unfinished else _described(differing)


def rebuild(engine_state: EngineState, step: Step, ids: SeriesIds, ahead_at_most: int) -> tuple[EngineState, list[str]]:
    """Build everything anew in the midst of a step; return it, and in words what was stored otherwise."""
    engine_state.correct(step)
    engine_state.engine.recall_deferred()
    engine_state.settle(step)
    anew = recall(step.connection, ids, step.judged_at, ahead_at_most, everything=True)
    step.histories = anew.histories
    return anew, _described(anew.settle_all(step))


def judge_again(connection: Connection, ids: SeriesIds, judged_at: int, ahead_at_most: int) -> list[str]:
    """Judge everything there ever was, as of `judged_at`; write what is stored otherwise, and return it in words."""
    anew = recall(connection, ids, judged_at, ahead_at_most, everything=True)
    anew.engine.recall_deferred()
    differing = anew.settle_all(Step(connection, anew.histories, EventLog(judged_at), judged_at))
    return [line for revision in differing for line in describe(revision)]


def _described(differing: Sequence[Revision]) -> list[str]:
    """Say and log what was stored and is not so: nothing in a healthy system."""
    lines = [line for revision in differing for line in describe(revision)]
    for line in lines[:_LOGGED_AT_MOST]:
        log.warning("what was stored is not what the histories say; revised: %s", line)
    if len(lines) > _LOGGED_AT_MOST:
        log.warning("%d more was revised", len(lines) - _LOGGED_AT_MOST)
    return lines


def _units(subjects: Iterable[Subject]) -> list[UnitKey]:
    return [subject for subject in subjects if isinstance(subject, UnitKey)]
