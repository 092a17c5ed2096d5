"""The streaming engine: keeps the judgement of every unit and location current, however the data arrives.

A reading in order, in time and inside all bounds of its place costs a few comparisons and touches nothing. Any other
marks its series; `settle` patches the marked series, finds the subjects whose stays the change can reach, and judges
those again by the same definitions as `batch_judge`. So any order of readings and corrections ends in the same result.

A reading that only continues what is ongoing (still outside, still stuck) begins, ends and triggers nothing: its cost
is that of its place, not of everything stored there. Numbers that grow meanwhile (minutes, degrees, peaks) are brought
up to date by `grow`, as seldom as the caller likes. Subjects with the same stays are judged once for all of them.

The engine holds state but does no IO and reads no clock: `now` and the loading of older readings are arguments.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.model import BatchKey, Site
from domain.times import NEVER
from rules.agenda import Agenda
from rules.deferred import DeferredSubjects
from rules.judgement import Due, Judgement, judge, next_due
from rules.report import batch_report, excursion_report, report
from rules.series.intake import Load
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.invalidation import Invalidation
from rules.subjects.subjects import Key, in_order
from rules.subjects.whereabouts import LocationKey, UnitKey
from rules.unit_verdict import BatchVerdict, unit_verdict

NO_JUDGEMENT = Judgement()
NOT_DUE = Due(NEVER, frozenset())


@dataclass(frozen=True, slots=True)
class Change:
    """The judgement of a subject has changed."""

    subject: Key
    before: Judgement
    after: Judgement


class DeferredChange(NamedTuple):
    """A subject whose judging was deferred and is done now; `change` None: the judgement is the same as before."""

    subject: Key
    job: int
    change: Change | None


class Engine(Invalidation):
    """All subjects of one site, their judgements, and when they are due."""

    def __init__(self, site: Site, load: Load, now: int, *, keep_conflicts: bool = True) -> None:
        """Begin with everything to be judged; `load(sensor, quantity)` returns earlier readings.

        `keep_conflicts`: for `report`; an engine that runs for years leaves them to its caller.
        """
        super().__init__(site, load, now, keep_conflicts)
        self._judgements: dict[Key, Judgement] = {}
        self._agenda: Agenda[Key] = Agenda()
        self._deferred = DeferredSubjects()

    # --- histories ---

    def replace(self, site: Site, now: int) -> set[Key]:
        """Take corrected histories; return the subjects that they concern: the next `settle` judges them."""
        self._now = max(self._now, now)
        self._forget_moved_sensors(site)
        return self._take_subjects(site)

    # --- deferred ---

    def defer_changed(self) -> None:
        """Let `settle_deferred` judge what readings since the last `settle` concern, unless more readings come."""
        marked, self._dirty = self._dirty, set()
        self._timelines.next_moment(self._now)
        self._mark_changed(self._now)
        changed, self._dirty = self._dirty, marked
        self._deferred.defer(changed, 0)

    def defer(self, subjects: Collection[Key], job: int) -> None:
        """Let what `replace` has marked be judged by `settle_deferred`, unless something else calls for it before.

        `job`: a number of the caller's, above 0.
        """
        self._dirty.difference_update(subjects)
        self._deferred.defer(subjects, job)

    @property
    def deferred_count(self) -> int:
        """How many subjects `settle_deferred` has to judge."""
        return len(self._deferred)

    def left(self, job: int) -> int:
        """Return how many of them belong to a job."""
        return self._deferred.left(job)

    def recall_deferred(self) -> None:
        """Let the next `settle` judge all of them."""
        self._dirty.update(self._deferred.keys())

    def settle_deferred(self, at_most: int = 1) -> list[DeferredChange]:
        """Judge some of the deferred subjects, as of the instant of the last `settle`."""
        alike: dict[object, tuple[Judgement, Due]] = {}
        some = self._deferred.first(at_most)
        changes = [DeferredChange(subject, job, self._judge(subject, alike)) for subject, job in some]
        self._plan_used()
        return changes

    # --- settling ---

    @property
    def due_at(self) -> int | None:
        """The next instant at which `settle` must be called although no reading comes."""
        due = min(
            self._subjects.planned_at,
            self._agenda.next_at,
            self._silences.next_at,
            *(self._series[key].next_turn(self._now) for key in self._ahead if key in self._series),
        )
        return due if due < NEVER else None

    def settle(self, now: int) -> list[Change]:
        """Judge again whatever readings, corrections or the passing of time can have changed."""
        before, self._now = self._now, max(self._now, now)
        self._timelines.next_moment(self._now)
        if self._subjects.planned_at <= self._now:
            self._take_subjects(self._subjects.site)
        self._mark_changed(before)
        self._mark_ahead(before)
        self._dirty.update(key for key, _ in self._agenda.take(self._now))
        self._mark_silent(before)
        return self._judge_dirty()

    def grow(self) -> list[Change]:
        """Bring the numbers of what is ongoing up to date; `settle` has returned everything else."""
        going = {key for location in self._growing for key in self._subjects.stays_at.get(location, ())}
        self._growing.clear()
        self._dirty |= {key for key in going if _is_ongoing(self._judgements.get(key, NO_JUDGEMENT))}
        return self._judge_dirty()

    @property
    def has_grown(self) -> bool:
        """Whether `grow` has anything to do."""
        return bool(self._growing)

    def _judge_dirty(self) -> list[Change]:
        alike: dict[object, tuple[Judgement, Due]] = {}
        changes = [change for key in sorted(self._dirty, key=in_order) if (change := self._judge(key, alike))]
        self._dirty.clear()
        self._plan_used()
        return changes

    def _judge(self, key: Key, alike: dict[object, tuple[Judgement, Due]]) -> Change | None:
        self._deferred.drop(key)
        before = self._judgements.pop(key, NO_JUDGEMENT)
        subject = self._subjects.by_key.get(key)
        after, due = NO_JUDGEMENT, NOT_DUE
        if subject is not None:
            same = subject.stays, *((since, until, id(version)) for since, until, version in subject.versions)
            found = alike.get(same)
            if found is None:
                evidence = SubjectEvidence(subject, self._timelines, self._now)
                found = alike[same] = judge(evidence), next_due(evidence)
            after, due = found
            if due.awaited:
                self._await(subject, due.awaited)
        self._agenda.plan(key, due.at)
        if after != NO_JUDGEMENT:
            self._judgements[key] = after
        return Change(key, before, after) if after != before else None

    # --- answering ---

    def judgement(self, key: Key) -> Judgement:
        """Return the judgement of a subject as of the last `settle`."""
        return self._judgements.get(key, NO_JUDGEMENT)

    def report(self, until: int, *, explained: bool = False) -> dict[str, Any]:
        """Settle at `until` and return the same answer as `batch_judge` of all readings."""
        self.recall_deferred()
        self._dirty |= {key for key, judgement in self._judgements.items() if _is_ongoing(judgement)}
        self.settle(until)
        locations = sorted(key.location for key in self._subjects.by_key if isinstance(key, LocationKey))
        excursions = [row for name in locations for row in excursion_report(name, self.judgement(LocationKey(name)))]
        conflicts = [conflict for conflict in self._conflicts if conflict.measured_at <= until]
        batches = (self._batch(batch, explained) for batch in sorted(self._subjects.site.batches))
        return report(until, excursions, batches, conflicts)

    def _batch(self, batch: BatchKey, explained: bool) -> dict[str, Any]:
        units = []
        for unit in self._subjects.whereabouts.units(batch, self._now):
            key = UnitKey(*batch, unit)
            evidence = SubjectEvidence(self._subjects.by_key[key], self._timelines, self._now)
            units.append(unit_verdict(evidence, self.judgement(key)))
        return batch_report(BatchVerdict(*batch, units), explained=explained)


def _is_ongoing(judgement: Judgement) -> bool:
    return any(e.until is None for e in judgement.exposures) or any(f.until is None for f in judgement.firings)
