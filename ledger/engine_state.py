"""What the writer keeps in memory between steps: all of it derived from what is stored, and rebuilt from there."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from domain.times import SECOND
from ledger.alerts.alerts import Alerting
from ledger.alerts.out_of_reach import OutOfReach
from ledger.corrections.causes import REBUILT, Cause, Causes, Why, rebuilt
from ledger.event_log import EventLog
from ledger.histories import Histories
from ledger.holds.holds import Holding
from ledger.readings.intake import Intake
from ledger.readings.loader import Loader
from ledger.step import Step
from ledger.verdicts.background import Judgings
from ledger.verdicts.differences import describe
from ledger.verdicts.verdicts import Revision, Verdicts
from rules.alarms.problems import Subject
from rules.engine import NO_JUDGEMENT, Change, DeferredChange, Engine
from rules.subjects.whereabouts import UnitKey
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
    judgings: Judgings
    intake: Intake
    judged_at: int

    corrected_from: Histories | None = None  # the histories before this step, if it corrected them
    moved: set[Subject] = field(default_factory=set)  # what rests on something else since a correction in this step
    imported_by: Cause = field(default_factory=lambda: REBUILT)  # whose import `postponed` tells of
    postponed_to: int = 0  # what an import reaches is judged then, or when its last part has come

    @property
    def due_at(self) -> int | None:
        """The next instant at which a step is due although nothing is heard."""
        later = (0 if self.judgings.are_open else self.postponed_to) if self.engine.deferred_count else None
        due = (self.engine.due_at, self.verdicts.grow_at, self.alerting.due_at, later)
        return min((at for at in due if at is not None), default=None)

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
        self._defer(step, self.engine.replace(step.histories.site, step.judged_at))
        self.alerting.suppression.quiet_times_changed()
        self.intake.assign(step.histories.sensors)
        if before.site.batches != step.histories.site.batches:
            self.alerting.name_clients(step)

    def _defer(self, step: Step, moved: set[Subject]) -> None:
        """Let what a correction reaches be judged in this step, or in many to come, if it is much."""
        if len(moved) <= step.at_once:
            self.moved |= moved
            return
        number = self.judgings.begin(step, self._causes(step).correction(), len(moved))
        self.engine.defer(moved, number)

    def settle(self, step: Step) -> None:
        """Judge what is new, and bring verdicts, holds and alerts to it, and who is told of them."""
        step.why = self._causes(step).of
        self.alerting.suppression.refresh(step)
        self._write(step, self.engine.settle(step.judged_at))
        if self.moved:
            self.out_of_reach.write(step, sorted(self.moved, key=str))
            self.moved.clear()
        if self.engine.has_grown and self.verdicts.is_growing(step.now):
            self._write(step, self.engine.grow())
        self._settle_later(step)
        self.judged_at = step.judged_at
        move_cursor(step.connection, JUDGED, step.judged_at)
        grown = self.verdicts.flush(step.connection, step.now)
        if grown:
            self.holding.write(step, _units(grown), self.verdicts)
            self.alerting.grow(step, grown)
            self.out_of_reach.write(step, grown)
        self.alerting.clear(step)
        self.alerting.suppression.refresh(step)
        self.corrected_from = None
        self.intake.taken.clear()

    def _causes(self, step: Step) -> Causes:
        before = self.corrected_from or self.histories
        judged = self.judged_at, step.judged_at
        postponed = (self.judgings.cause_of() or self.imported_by) if self.engine.deferred_count else None
        return Causes(step.connection, step.event_log, before, self.histories, self.intake.taken, judged, postponed)

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
        return revisions

    def _write(self, step: Step, changes: Iterable[Change]) -> list[Revision]:
        revisions = self.verdicts.write(step.connection, changes, step.event_log, step.why)
        self.holding.write(step, _units(subject for subject, *_ in revisions), self.verdicts)
        if revisions:
            self.alerting.write(step, revisions)
            self.out_of_reach.write(step, [subject for subject, *_ in revisions])
        return revisions


def _always(cause: Cause) -> Why:
    return lambda _: cause


def recall(connection: Connection, ids: SeriesIds, judged_at: int, ahead_at_most: int) -> EngineState:
    """Build everything from what is stored; nothing is judged yet."""
    histories = Histories.load(connection)
    loader = Loader(connection, histories.site)
    engine = Engine(histories.site, loader.load, judged_at, keep_conflicts=False)
    verdicts = Verdicts(connection)
    holding = Holding(connection)
    alerting = Alerting(connection, verdicts, holding)
    intake = Intake(ids, engine.add, histories.sensors, ahead_at_most)
    out_of_reach = OutOfReach(verdicts, holding, alerting)
    judgings = Judgings(connection)
    kept = histories, loader, engine, verdicts, holding, alerting, out_of_reach, judgings, intake
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
    anew = recall(step.connection, ids, step.judged_at, ahead_at_most)
    anew.histories = step.histories
    return anew, _described(anew.settle_all(step))


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
