"""The streaming engine: keeps what is said of every unit and location current, however the data arrives.

A reading in order, in time and inside all bounds of its place costs a few comparisons and touches nothing. Any other
marks its series; `settle` patches the marked series, finds the subjects whose stays the change can reach, and judges
those again by the same definitions as the plain judgement. So any order of readings and corrections ends in the same.

A reading that only lets go on what went on already (still outside, still stuck) begins, ends and fires nothing: it
costs its place and not everything that stands there. What grows meanwhile (minutes, degrees, peaks of what goes on) is
brought up to date by `grow`, as seldom as the caller likes. Subjects with the same stays are judged once for all.

The engine holds state but does no IO and reads no clock: `now` and the loading of older readings are arguments.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.model import BatchKey, Site
from domain.times import NEVER
from rules.agenda import Agenda
from rules.deferred import Postponed
from rules.judgement import Due, Judged, judge, next_due
from rules.report import batch_report, excursion_report, report, unit_report
from rules.series.intake import Load
from rules.subjects.evidence import SubjectEvidence
from rules.subjects.invalidation import Marking
from rules.subjects.subjects import Key, in_order
from rules.subjects.whereabouts import LocationKey, UnitKey

NOTHING_SAID = Judged()
NOTHING_DUE = Due(NEVER, frozenset())


@dataclass(frozen=True, slots=True)
class Change:
    """What is said of a subject has changed."""

    subject: Key
    before: Judged
    after: Judged


class Later(NamedTuple):
    """A subject that was put off and is judged now; None: nothing else is said of it."""

    subject: Key
    errand: int
    change: Change | None


class Engine(Marking):
    """All subjects of one site, their judgements, and when they are due."""

    def __init__(self, site: Site, load: Load, now: int, *, keep_conflicts: bool = True) -> None:
        """Begin with everything to be judged; `load(sensor, quantity)` gives what was read before.

        Conflicts are kept for `report`; who runs for years keeps them elsewhere.
        """
        super().__init__(site, load, now, keep_conflicts)
        self._said: dict[Key, Judged] = {}
        self._agenda: Agenda[Key] = Agenda()
        self._later = Postponed()

    # --- histories ---

    def replace(self, site: Site, now: int) -> set[Key]:
        """Take corrected histories; return what rests on others than before: it is judged at the next `settle`."""
        self._now = max(self._now, now)
        self._forget_moved_sensors(site)
        return self._watch(site)

    # --- later ---

    def postpone(self) -> None:
        """Let what was heard since the last `settle` be judged by `settle_later`, unless more is heard of it."""
        marked, self._dirty = self._dirty, set()
        self._timelines.next_moment(self._now)
        self._mark_heard(self._now)
        heard, self._dirty = self._dirty, marked
        self._later.put_off(heard, 0)

    def put_off(self, subjects: Collection[Key], errand: int) -> None:
        """Let what `replace` has marked be judged by `settle_later`, unless something else calls for it before.

        `errand`: a number of the caller's, above 0.
        """
        self._dirty.difference_update(subjects)
        self._later.put_off(subjects, errand)

    @property
    def waiting(self) -> int:
        """How many subjects `settle_later` has to judge."""
        return len(self._later)

    def left(self, errand: int) -> int:
        """Return how many of them are for an errand."""
        return self._later.left(errand)

    def hurry(self) -> None:
        """Let the next `settle` judge all of them."""
        self._dirty.update(self._later.keys())

    def settle_later(self, at_most: int = 1) -> list[Later]:
        """Judge some of those that were put off, at the present instant of the last `settle`."""
        alike: dict[object, tuple[Judged, Due]] = {}
        some = self._later.first(at_most)
        judged = [Later(subject, errand, self._judge(subject, alike)) for subject, errand in some]
        self._plan_used()
        return judged

    # --- settling ---

    @property
    def due_at(self) -> int | None:
        """The next instant at which `settle` must be called although nothing is heard."""
        due = min(
            self._watched.planned_at,
            self._agenda.next_at,
            self._quiet.next_at,
            *(self._series[key].next_turn(self._now) for key in self._ahead if key in self._series),
        )
        return due if due < NEVER else None

    def settle(self, now: int) -> list[Change]:
        """Judge again whatever readings, corrections or the passing of time can have changed."""
        before, self._now = self._now, max(self._now, now)
        self._timelines.next_moment(self._now)
        if self._watched.planned_at <= self._now:
            self._watch(self._watched.site)
        self._mark_heard(before)
        self._mark_ahead(before)
        self._dirty.update(key for key, _ in self._agenda.take(self._now))
        self._mark_quiet(before)
        return self._judge_dirty()

    def grow(self) -> list[Change]:
        """Bring the numbers of what goes on up to date; `settle` has told of everything else."""
        going = {key for location in self._growing for key in self._watched.stayed.get(location, ())}
        self._growing.clear()
        self._dirty |= {key for key in going if _goes_on(self._said.get(key, NOTHING_SAID))}
        return self._judge_dirty()

    @property
    def has_grown(self) -> bool:
        """Whether `grow` has anything to do."""
        return bool(self._growing)

    def _judge_dirty(self) -> list[Change]:
        alike: dict[object, tuple[Judged, Due]] = {}
        changes = [change for key in sorted(self._dirty, key=in_order) if (change := self._judge(key, alike))]
        self._dirty.clear()
        self._plan_used()
        return changes

    def _judge(self, key: Key, alike: dict[object, tuple[Judged, Due]]) -> Change | None:
        self._later.no_later(key)
        before = self._said.pop(key, NOTHING_SAID)
        subject = self._watched.subjects.get(key)
        after, due = NOTHING_SAID, NOTHING_DUE
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
        if after != NOTHING_SAID:
            self._said[key] = after
        return Change(key, before, after) if after != before else None

    # --- answering ---

    def judged(self, key: Key) -> Judged:
        """Return what is said of a subject since the last `settle`."""
        return self._said.get(key, NOTHING_SAID)

    def report(self, until: int, *, explained: bool = False) -> dict[str, Any]:
        """Settle at `until` and return the same answer as the plain judgement of everything heard."""
        self.hurry()
        self._dirty |= {key for key, said in self._said.items() if _goes_on(said)}
        self.settle(until)
        locations = sorted(key.location for key in self._watched.subjects if isinstance(key, LocationKey))
        excursions = [row for name in locations for row in excursion_report(name, self.judged(LocationKey(name)))]
        conflicts = [conflict for conflict in self._conflicts if conflict.measured_at <= until]
        batches = (self._batch(batch, explained) for batch in sorted(self._watched.site.batches))
        return report(until, excursions, batches, conflicts)

    def _batch(self, batch: BatchKey, explained: bool) -> dict[str, Any]:
        units = []
        for unit in self._watched.whereabouts.units(batch, self._now):
            key = UnitKey(*batch, unit)
            evidence = SubjectEvidence(self._watched.subjects[key], self._timelines, self._now)
            units.append(unit_report(evidence, self.judged(key), explained=explained))
        return batch_report(self._watched.site.batches[batch], units)


def _goes_on(said: Judged) -> bool:
    return any(e.until is None for e in said.exposures) or any(f.until is None for f in said.firings)
