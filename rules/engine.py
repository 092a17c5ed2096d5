"""The streaming engine: keeps the judgement of every unit and location current, however the data arrives.

A reading in order, in time and inside all bounds of its place costs a few comparisons and touches nothing. Any other
marks its series; `settle` patches the marked series, finds the subjects whose stays the change can reach, and judges
those again by the same definitions as `batch_judge`. So any order of readings and corrections ends in the same result.

A reading that only continues what is ongoing (still outside, still stuck) begins, ends and triggers nothing: its cost
is that of its place, not of everything stored there. Numbers that grow meanwhile (minutes, degrees, peaks) are brought
up to date by `grow`, as seldom as the caller likes. Subjects with the same stays are judged once for all of them.

The engine holds state but does no IO and reads no clock: `now` and the loading of older readings are arguments.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from domain.intervals import Interval
from domain.model import BatchKey, Site
from domain.offsets import offset_at, offset_of
from domain.times import NEVER
from rules.agenda import Agenda
from rules.decisions.again import held_again
from rules.decisions.release import NOTHING_AGAIN, Again, Release
from rules.deferred import DeferredSubjects
from rules.judgement import NO_JUDGEMENT, NOTHING_UNCHANGED, Due, Judgement, Unchanged, judge, next_due
from rules.report import batch_report, excursion_report, report
from rules.series.intake import Load, Memory
from rules.subjects.breached import breached, hours_of
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.invalidation import Invalidation
from rules.subjects.left import At, Left
from rules.subjects.subjects import Key, in_order
from rules.subjects.timelines import Timelines
from rules.subjects.unknown_stock import UnknownStock, spoken_for, unknown_stock
from rules.subjects.whereabouts import LocationKey, Placed, Stay, Subject, UnitKey, placed
from rules.unit_verdict import BatchVerdict, unit_verdict

NOT_DUE = Due(NEVER, frozenset())


@dataclass(frozen=True, slots=True)
class Change:
    """The judgement of a subject has changed."""

    subject: Key
    before: Judgement
    after: Judgement


class LastJudgement(NamedTuple):
    """How a subject was judged, and what of: where it was, by which versions, up to `at` and a turn of the timelines.

    `received`: up to when all readings had come that can be quiescent.
    """

    judgement: Judgement
    subject: Subject
    timelines: object
    turn: int
    at: int
    received: int

    def unchanged(self, subject: Subject, timelines: Timelines, now: int) -> Unchanged:
        """Return up to when nothing that a subject rests on has changed since."""
        if timelines.mark is not self.timelines or not _is_judged_alike(self.subject, subject, self.at, now):
            return NOTHING_UNCHANGED
        touched = [timelines.touched_since(stay.location, self.turn) for stay in subject.stays]
        unchanged = min([self.at + 1, *touched])
        return Unchanged(unchanged, min(unchanged, self.received + 1))


class Outcome(NamedTuple):
    """What comes of judging a subject, and all others that were judged alike and are where it is."""

    judged: LastJudgement
    due: Due
    has_changed: bool
    is_blank: bool


class DeferredChange(NamedTuple):
    """A subject whose judging was deferred and is done now; `change` None: the judgement is the same as before."""

    subject: Key
    job: int
    change: Change | None


class Engine(Invalidation):
    """All subjects of one site, their judgements, and when they are due."""

    def __init__(
        self,
        site: Site,
        load: Load,
        now: int,
        *,
        keep_conflicts: bool = True,
        left: Left | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Begin with everything to be judged; `load(sensor, quantity)` returns earlier readings.

        `keep_conflicts`: for `report`; an engine that runs for years leaves them to its caller. `left`: who knows of
        the units that it was told to let go. `memory`: how many readings are held; without it all of them are.
        """
        super().__init__(site, load, now, keep_conflicts, left, memory)
        self._settled: set[UnitKey] = set()  # units that left, and of which nothing is said or due
        self._newly_settled: set[UnitKey] = set()  # of these, those judged since somebody last asked
        self._judged: dict[Key, LastJudgement] = {}
        self._agenda: Agenda[Key] = Agenda()
        self._deferred = DeferredSubjects()
        self._releases: dict[Key, tuple[Release, ...]] = {}
        self._again: dict[UnitKey, Again] = {}  # what releases make of the judgements
        self._held_again: dict[UnitKey, tuple[Again, Again]] = {}  # before and after, since it was asked for

    # --- decisions ---

    def cover(self, unit: UnitKey, releases: Sequence[Release]) -> None:
        """Let a unit's releases be these from the next `settle` on: they change no judgement."""
        self._releases[unit] = tuple(releases)
        self._dirty.add(unit)

    def look_at(self, units: Iterable[UnitKey]) -> None:
        """Let the next `settle` judge these units, whatever has changed."""
        self._dirty.update(units)

    def evidence(self, unit: UnitKey) -> SubjectEvidence | None:
        """Return what happened to a unit as of the last `settle`; None: there is no such unit."""
        subject = self._subjects.by_key.get(unit)
        return None if subject is None else SubjectEvidence(subject, self._timelines, self._now)

    def stays(self, unit: UnitKey) -> tuple[Stay, ...] | None:
        """Return where a unit was by the last `settle`, `place` or `replace`; None: there is no such unit."""
        subject = self._subjects.by_key.get(unit)
        return None if subject is None else subject.stays

    def all_stays(self, unit: UnitKey) -> tuple[Stay, ...] | None:
        """Return where a unit was, is and will be; None: there is no such unit."""
        return self._subjects.all_stays(unit)

    def take_held_again(self) -> dict[UnitKey, tuple[Again, Again]]:
        """Return, once, what releases made of the judgements before, and what they do now, where that differs."""
        found, self._held_again = self._held_again, {}
        return found

    # --- units that left ---

    def let_go(self, units: Iterable[UnitKey]) -> None:
        """Forget units of which `is_settled`: they are asked for when something reaches them."""
        gone = list(units)
        self._subjects.let_go(gone)
        self._settled.difference_update(gone)
        self.left_by(self._subjects.left_until)

    def left_by(self, until: Mapping[str, int]) -> None:
        """Take until when, by location, units that are not here stood there."""
        self._subjects.left_until |= until
        self._left_by = max(self._subjects.left_until.values(), default=-NEVER)

    @property
    def left_until(self) -> Mapping[str, int]:
        """By location, until when units that are not here stood there at most."""
        return self._subjects.left_until

    def take_settled(self) -> set[UnitKey]:
        """Return, once, the units that were judged and may be let go."""
        settled, self._newly_settled = self._newly_settled, set()
        return {unit for unit in settled if self.is_settled(unit)}

    def is_settled(self, unit: UnitKey) -> bool:
        """Tell whether a unit has left, nothing is said of it, and only what comes late can change that."""
        is_waiting = unit in self._dirty or unit in self._deferred or self._subjects.is_to_come(unit)
        return unit in self._settled and not is_waiting

    def knows(self, unit: UnitKey) -> bool:
        """Tell whether a unit is here, or will be."""
        return unit in self._subjects.by_key or self._subjects.is_to_come(unit)

    def take_new(self) -> set[UnitKey]:
        """Return, once, the units that were not here before."""
        new, self._subjects.new = self._subjects.new, set()
        return new

    # --- histories ---

    def place(self, units: Mapping[UnitKey, Placed | tuple[Stay, ...] | None], now: int) -> set[Key]:
        """Put, change or drop units by where they are and were, what they came from included (None: it is gone).

        Return the units that this concerns: the next `settle` judges them. A stay that begins later counts from then
        on. Raises KeyError for a product that the site has not.
        """
        self._now = max(self._now, now)
        given = {key: placed(each) if isinstance(each, tuple) else each for key, each in units.items()}
        return self._mark_moved(self._subjects.place(given, self._now))

    def replace(self, site: Site, now: int) -> set[Key]:
        """Take corrected configuration; return the subjects that it concerns: the next `settle` judges them.

        Units that `place` put stay where they are; those that the site has placements of are where it says now.
        """
        self._now = max(self._now, now)
        self._forget_moved_sensors(site)
        return self._configure(site)

    def breached(self, sensor: str, quantity: str, at: int, value: int) -> set[tuple[Key, str]]:
        """Return subjects and the rules by which a value as it came would be outside, though it does not count."""
        spoken = self._subjects.places.spoken_for(sensor, quantity)
        spans = [At(location, at, at) for location, since, until in spoken if since <= at < until]
        self._dirty |= self._subjects.bring(spans, self._now)
        offset = offset_at(offset_of(self._subjects.site.sensors.get(sensor), quantity), at)
        return breached(self._subjects, sensor, quantity, at, value + offset)

    def hours_of(self, sensor: str, quantity: str, keys: Collection[Key]) -> list[Interval]:
        """Return when the sensor spoke for any of these subjects."""
        return hours_of(self._subjects, sensor, quantity, keys)

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
        alike: dict[object, Outcome] = {}
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
            self._mark_moved(self._subjects.begin(self._now))
        self._mark_changed(before)
        self._mark_ahead(before)
        for key, _ in self._agenda.take(self._now):
            self._dirty.add(key)
        self._mark_silent(before)
        changes = self._judge_dirty()
        self._forget_old()
        return changes

    def grow(self) -> list[Change]:
        """Bring the numbers of what is ongoing up to date; `settle` has returned everything else."""
        going = {key for location in self._growing for key in self._subjects.stays_at.get(location, ())}
        self._growing.clear()
        self._dirty |= {key for key in going if self.judgement(key).is_ongoing}
        return self._judge_dirty()

    @property
    def has_grown(self) -> bool:
        """Whether `grow` has anything to do."""
        return bool(self._growing)

    def _judge_dirty(self) -> list[Change]:
        alike: dict[object, Outcome] = {}
        changes = [change for key in sorted(self._dirty, key=self._by_place) if (change := self._judge(key, alike))]
        changes.sort(key=lambda change: in_order(change.subject))
        self._dirty.clear()
        self._plan_used()
        return changes

    def _by_place(self, key: Key) -> tuple[str, tuple[int, str, str, str]]:
        """Return what sorts subjects by where they were first: they ask for the same readings."""
        subject = self._subjects.by_key.get(key)
        return subject.stays[0].location if subject and subject.stays else "", in_order(key)

    def _judge(self, key: Key, alike: dict[object, Outcome]) -> Change | None:
        self._deferred.drop(key)
        self._release()
        known = self._judged.pop(key, None)
        before = NO_JUDGEMENT if known is None else known.judgement
        subject = self._subjects.by_key.get(key)
        after, due, has_changed = NO_JUDGEMENT, NOT_DUE, False
        if subject is not None:
            same = (
                id(known),
                subject.stays,
                *((since, until, id(version)) for since, until, version in subject.versions),
            )
            found = alike.get(same)
            if found is None:
                judged, due = self._judge_anew(subject, known)
                after = judged.judgement
                found = alike[same] = Outcome(judged, due, after != before, after.is_blank)
            judged, due, has_changed, is_blank = found
            after = judged.judgement
            if not is_blank:
                self._judged[key] = judged
            due = self._cover(subject, after, due)
            self._note_settled(subject, after, due)
            if due.awaited:
                self._await(subject, due.awaited)
        else:
            has_changed = before != NO_JUDGEMENT
            self._forget_unit(key)
        self._await_return(key, due.series, due.places)
        self._agenda.plan(key, due.at)
        return Change(key, before, after) if has_changed else None

    def _forget_unit(self, key: Key) -> None:
        if isinstance(key, UnitKey):
            self._settled.discard(key)
            self._watch(Subject(key, (), ()), ())
            if key in self._again:
                self._keep_again(key, NOTHING_AGAIN)

    def _judge_anew(self, subject: Subject, known: LastJudgement | None) -> tuple[LastJudgement, Due]:
        """Judge a subject from where anything can be otherwise than when it was judged last."""
        evidence = SubjectEvidence(subject, self._timelines, self._now)
        if known is None:
            judgement = judge(evidence)
        else:
            judgement = judge(evidence, known.judgement, known.unchanged(subject, self._timelines, self._now))
        by = self._timelines.mark, self._timelines.turn, self._now, self._received_until(subject)
        return LastJudgement(judgement, subject, *by), next_due(evidence)

    def _cover(self, subject: Subject, judgement: Judgement, due: Due) -> Due:
        """Work out what releases make of a judgement; return when it or that can change."""
        releases = self._releases.get(subject.key)
        if not releases or not isinstance(subject.key, UnitKey):
            return due
        evidence = SubjectEvidence(subject, self._timelines, self._now)
        outlook = held_again(evidence, judgement, releases)
        self._keep_again(subject.key, outlook.again)
        self._watch(subject, outlook.thresholds)
        at, returns = min(due.at, outlook.due.at, evidence.awaited.at), evidence.awaited
        series, places = due.series | returns.series, due.places | returns.places
        return Due(at, due.awaited | outlook.due.awaited, series, places)

    def _note_settled(self, subject: Subject, judgement: Judgement, due: Due) -> None:
        """Note whether a unit has left, and of what it went through nothing is to be said, and nothing can come."""
        if isinstance(subject.key, UnitKey):
            has_left = all(stay.until <= self._now for stay in subject.stays)
            is_over = has_left and judgement == NO_JUDGEMENT and due == NOT_DUE and subject.key not in self._releases
            if is_over:
                self._newly_settled.add(subject.key)
            (self._settled.add if is_over else self._settled.discard)(subject.key)

    def _keep_again(self, key: UnitKey, now: Again) -> None:
        before = self._again.get(key, NOTHING_AGAIN)
        if before != now:
            first, _ = self._held_again.get(key, (before, before))
            self._held_again[key] = first, now
            self._again[key] = now

    # --- answering ---

    def judgement(self, key: Key) -> Judgement:
        """Return the judgement of a subject as of the last `settle`."""
        judged = self._judged.get(key)
        return NO_JUDGEMENT if judged is None else judged.judgement

    def report(self, until: int, *, explained: bool = False) -> dict[str, Any]:
        """Settle at `until` and return the same answer as `batch_judge` of all readings."""
        self.recall_deferred()
        self._dirty |= {key for key, judged in self._judged.items() if judged.judgement.is_ongoing}
        self.settle(until)
        locations = sorted(key.location for key in self._subjects.by_key if isinstance(key, LocationKey))
        excursions = [row for name in locations for row in excursion_report(name, self.judgement(LocationKey(name)))]
        conflicts = [conflict for conflict in self._conflicts if conflict.measured_at <= until]
        by_batch = groupby(self._subjects.units(), key=lambda unit: (unit.product, unit.lot))
        batches = (self._batch(batch, units, explained) for batch, units in by_batch)
        return report(until, excursions, batches, conflicts)

    def take_moved(self) -> bool:
        """Tell whether stock, sensors or places are elsewhere than when this was last asked."""
        moved, self._has_moved = self._has_moved, False
        return moved

    def unknown_stock(self, place: str, quantity: str, span: Interval) -> list[UnknownStock]:
        """Return the units of which nothing is known because the sensors of a place are silent in a span."""
        spans = [At(location, *span) for location in spoken_for(self._subjects, place, span)]
        self._dirty |= self._subjects.bring(spans, self._now)
        return unknown_stock(self._subjects, self._timelines, place, quantity, span)

    def _batch(self, batch: BatchKey, units: Iterable[UnitKey], explained: bool) -> dict[str, Any]:
        verdicts = []
        for key in units:
            evidence = SubjectEvidence(self._subjects.by_key[key], self._timelines, self._now)
            verdicts.append(unit_verdict(evidence, self.judgement(key)))
        return batch_report(BatchVerdict(*batch, verdicts), explained=explained)


def _is_judged_alike(before: Subject, now: Subject, then: int, at: int) -> bool:
    """Tell whether a subject was in the same places, and the same versions had begun by then."""
    pairs = zip(before.versions, now.versions, strict=False)
    same = all(a[:2] == b[:2] and a.version is b.version for a, b in pairs)
    has_begun = any(then < version.since <= at for version in now.versions)
    return before.stays == now.stays and len(before.versions) == len(now.versions) and same and not has_begun
