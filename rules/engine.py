"""The streaming engine: keeps what is said of every unit and location current, however the data arrives.

A reading in order, in time and inside all bounds of its place costs a few comparisons and touches nothing. Any other
marks its series; `settle` patches the marked series, finds the subjects whose stays the change can reach, and judges
those again by the same definitions as the plain judgement. So any order of readings and corrections ends in the same.

A reading that only lets go on what went on already (still outside, still stuck) begins, ends and fires nothing: it
costs its place and not everything that stands there. What grows meanwhile (minutes, degrees, peaks of what goes on) is
brought up to date by `grow`, as seldom as the caller likes. Subjects with the same stays are judged once for all.

The engine holds state but does no IO and reads no clock: `now` and the loading of older readings are arguments.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice, product
from typing import Any, NamedTuple

from domain.intervals import Interval, overlaps
from domain.model import QUANTITIES, BatchKey, Site
from domain.readings import FAULT
from domain.times import NEVER
from rules.bands import NOTHING
from rules.evidence import SubjectEvidence
from rules.judgement import Due, Judged, judge, next_due
from rules.places import Places, Span
from rules.report import Conflict, batch_report, excursion_report, report, unit_report
from rules.series import Heard, Owner, Series, Settled
from rules.timelines import Timelines
from rules.whereabouts import LocationKey, Stay, Subject, UnitKey, Whereabouts

Key = UnitKey | LocationKey
SeriesKey = tuple[str, str]
Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]

NOTHING_SAID = Judged()
AWAITED: Owner = ("", "the next reading")


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


class Engine:
    """All subjects of one site, their judgements, and when they are due."""

    def __init__(self, site: Site, load: Load, now: int, *, keep_conflicts: bool = True) -> None:
        """Begin with everything to be judged; `load(sensor, quantity)` gives what was read before.

        Conflicts are kept for `report`; who runs for years keeps them elsewhere.
        """
        self._load = load
        self._keep_conflicts = keep_conflicts
        self._series: dict[SeriesKey, Series] = {}
        self._changed: dict[SeriesKey, Series] = {}
        self._stirred: dict[SeriesKey, Series] = {}  # in which something goes on that calm readings let grow
        self._conflicts: list[Conflict] = []
        self._said: dict[Key, Judged] = {}
        self._due: dict[Key, int] = {}
        self._awaited: dict[SeriesKey, set[Key]] = {}  # whose judgement the next reading can change, however calm
        self._queue: list[tuple[int, int, Key]] = []  # the middle number keeps keys from being compared
        self._planned = count()
        self._quiet_due: dict[SeriesKey, int] = {}  # when the silence of a series begins to matter; may be too early
        self._quiet_queue: list[tuple[int, SeriesKey]] = []
        self._used: set[SeriesKey] = set()  # series asked about while judging
        self._subjects: dict[Key, Subject] = {}
        self._footprints: dict[Key, tuple[object, ...]] = {}
        self._dirty: set[Key] = set()
        self._growing: set[str] = set()  # locations where something goes on with other numbers than were told
        self._extended: list[tuple[SeriesKey, Series, Interval]] = []  # by runs that change no stretch
        self._later: dict[Key, int] = {}  # to be judged when there is time, in order; for which errand
        self._left: Counter[int] = Counter()  # how many of them, by errand
        self._ahead: set[SeriesKey] = set()  # series with readings stamped later than now: they take effect then
        self._planned_at = NEVER  # the next placement that has not begun yet
        self._now = now
        self._take(site)

    # --- histories ---

    def _take(self, site: Site) -> set[Key]:
        self._site = site
        self._places = Places(site)
        self._whereabouts = Whereabouts(site, self._places)
        self._timelines = Timelines(self._places, self._series_of, self._now)
        subjects = {subject.key: subject for subject in self._all_subjects()}
        self._around: dict[Stay, object] = {}
        footprints = {key: self._footprint(subject) for key, subject in subjects.items()}
        others = {key for key in subjects if footprints[key] != self._footprints.get(key)}
        others |= self._footprints.keys() - subjects.keys()
        self._dirty |= others
        self._footprints = footprints
        self._subjects = subjects
        self._stayed = _stays_by_location(subjects.values())
        self._planned_at = min((p.since for p in site.placements if p.since > self._now), default=NEVER)
        return others

    def replace(self, site: Site, now: int) -> set[Key]:
        """Take corrected histories; return what rests on others than before: it is judged at the next `settle`."""
        self._now = max(self._now, now)
        self._forget_moved_sensors(site)
        return self._take(site)

    def _forget_moved_sensors(self, site: Site) -> None:
        """Drop the readings of a sensor entry that now means another probe: they are loaded anew."""
        moved = {
            name
            for name, sensor in site.sensors.items()
            if name in self._site.sensors
            and (self._site.sensors[name].device, self._site.sensors[name].probe) != (sensor.device, sensor.probe)
        }
        for key in [key for key in self._series if key[0] in moved or key[0] not in site.sensors]:
            del self._series[key]
            self._changed.pop(key, None)
            self._stirred.pop(key, None)

    def _all_subjects(self) -> Iterator[Subject]:
        for location in self._site.locations:
            subject = self._whereabouts.location(location)
            if subject.versions:
                yield subject
        for batch in self._site.batches:
            for unit in self._whereabouts.units(batch, self._now):
                yield self._whereabouts.unit(UnitKey(*batch, unit), self._now)

    def _footprint(self, subject: Subject) -> tuple[object, ...]:
        """Return everything but readings that the judgement rests on: what comes after its end is none of it."""
        end = max((stay.until for stay in subject.stays), default=-NEVER)
        versions = subject.versions
        if end < NEVER:
            versions = tuple(v._replace(until=min(v.until, end)) for v in versions if v.since <= end)
        return subject.stays, versions, tuple(self._surroundings(stay) for stay in subject.stays)

    def _surroundings(self, stay: Stay) -> object:
        """Return who speaks for a place until a stay ends, whose readings these are, and what kind of place it is."""
        found = self._around.get(stay)
        if found is None:
            spoken = [self._places.speaking(stay.location, quantity) for quantity in QUANTITIES]
            heard = [[self._until(stay, span) for span in spans if span.since <= stay.until] for spans in spoken]
            found = self._around[stay] = heard, self._places.kind(stay.location)
        return found

    def _until(self, stay: Stay, span: Span) -> object:
        sensor = self._site.sensors[span.sensor]
        return span.since, min(stay.until, span.until), span.sensor, span.place, sensor.device, sensor.probe

    # --- readings ---

    def _series_of(self, sensor: str, quantity: str) -> Series:
        key = (sensor, quantity)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series(*self._load(sensor, quantity))
            if series.last_at > self._now:
                self._ahead.add(key)
        self._used.add(key)
        return series

    def hear(self, sensor: str, quantity: str, measured_at: int, value: int | None) -> Heard:
        """Take one reading of a sensor of the site, in whatever order. `settle` follows once per micro-batch."""
        key = (sensor, quantity)
        series = self._series.get(key)
        if series is None:
            series = self._series_of(sensor, quantity)
        if (
            value is not None
            and series.low <= value <= series.high
            and 0 < measured_at - series.last_at <= series.patience
        ):
            series.times.append(measured_at)
            series.values.append(value)
            series.last_at = measured_at
            if series.stirs:
                self._stirred[key] = series
            return Heard.NEW
        heard = series.hear(measured_at, value)
        if heard is Heard.CONFLICT and value is not None and self._keep_conflicts:
            kept = series.value_at(measured_at)
            self._conflicts.append(Conflict(sensor, quantity, measured_at, kept or 0, value))
        if series.changed is not None:
            self._changed[key] = series
        return heard

    def hear_run(self, sensor: str, quantity: str, instants: Sequence[int], values: Sequence[int]) -> None:
        """Take many readings of a sensor at once, as `hear` does: sorted, one an instant; FAULT is a fault."""
        series = self._series.get((sensor, quantity)) or self._series_of(sensor, quantity)
        before = series.last_at
        if series.extend(instants, values):
            self._extended.append(((sensor, quantity), series, (before, instants[-1])))
        elif series.insert(instants, values):
            self._changed[sensor, quantity] = series
        else:
            for at, value in zip(instants, values, strict=True):
                self.hear(sensor, quantity, at, None if value == FAULT else value)

    def postpone(self) -> None:
        """Let what was heard since the last `settle` be judged by `settle_later`, unless more is heard of it."""
        marked, self._dirty = self._dirty, set()
        self._timelines.next_moment(self._now)
        self._mark_heard(self._now)
        heard, self._dirty = self._dirty, marked
        self._put_off(heard, 0)

    def put_off(self, subjects: Collection[Key], errand: int) -> None:
        """Let what `replace` has marked be judged by `settle_later`, unless something else calls for it before.

        `errand`: a number of the caller's, above 0.
        """
        self._dirty.difference_update(subjects)
        self._put_off(subjects, errand)

    def _put_off(self, subjects: Iterable[Key], errand: int) -> None:
        for subject in sorted(subjects, key=_order):
            if not errand and subject in self._later:
                continue
            self._no_later(subject)
            self._later[subject] = errand
            self._left[errand] += 1

    def _no_later(self, subject: Key) -> None:
        errand = self._later.pop(subject, None)
        if errand is not None:
            self._left[errand] -= 1

    # --- settling ---

    @property
    def waiting(self) -> int:
        """How many subjects `settle_later` has to judge."""
        return len(self._later)

    def left(self, errand: int) -> int:
        """Return how many of them are for an errand."""
        return self._left[errand]

    def hurry(self) -> None:
        """Let the next `settle` judge all of them."""
        self._dirty |= self._later.keys()

    def settle_later(self, at_most: int = 1) -> list[Later]:
        """Judge some of those that were put off, at the present instant of the last `settle`."""
        alike: dict[object, tuple[Judged, Due]] = {}
        some = list(islice(self._later.items(), at_most))
        judged = [Later(subject, errand, self._judge(subject, alike)) for subject, errand in some]
        self._plan_used()
        return judged

    @property
    def due_at(self) -> int | None:
        """The next instant at which `settle` must be called although nothing is heard."""
        due = min(
            self._planned_at,
            self._queue[0][0] if self._queue else NEVER,
            self._quiet_queue[0][0] if self._quiet_queue else NEVER,
            *(self._series[key].next_turn(self._now) for key in self._ahead if key in self._series),
        )
        return due if due < NEVER else None

    def settle(self, now: int) -> list[Change]:
        """Judge again whatever readings, corrections or the passing of time can have changed."""
        before, self._now = self._now, max(self._now, now)
        self._timelines.next_moment(self._now)
        if self._planned_at <= self._now:
            self._take(self._site)
        self._mark_heard(before)
        self._mark_ahead(before)
        self._mark_due()
        self._mark_quiet(before)
        return self._judge_dirty()

    def grow(self) -> list[Change]:
        """Bring the numbers of what goes on up to date; `settle` has told of everything else."""
        going = {key for location in self._growing for key in self._stayed.get(location, ())}
        self._growing.clear()
        self._dirty |= {key for key in going if _goes_on(self._said.get(key, NOTHING_SAID))}
        return self._judge_dirty()

    @property
    def has_grown(self) -> bool:
        """Whether `grow` has anything to do."""
        return bool(self._growing)

    def _judge_dirty(self) -> list[Change]:
        alike: dict[object, tuple[Judged, Due]] = {}
        changes = [change for key in sorted(self._dirty, key=_order) if (change := self._judge(key, alike))]
        self._dirty.clear()
        self._plan_used()
        return changes

    def _plan_used(self) -> None:
        for key in self._used & self._series.keys():
            self._plan_quiet(key, self._series[key])
        self._used.clear()

    def _mark_heard(self, before: int) -> None:
        """Mark whoever what was heard since the last time concerns."""
        for key, series in self._changed.items():
            self._mark_reached(key, series, before)
        for key, series in self._stirred.items():
            if key not in self._changed:
                self._mark_stirred(key, series, before)
        self._changed.clear()
        self._stirred.clear()
        for key, series, reached in self._extended:
            self._mark(key, reached)
            series.overdue(self._now)
            if series.last_at > self._now:
                self._ahead.add(key)
        self._extended.clear()

    def _mark_reached(self, key: SeriesKey, series: Series, before: int) -> None:
        """Mark whoever a changed series concerns; or only its places, where nothing begins, ends or fires."""
        settled = series.settle()
        if settled is None:
            return
        self._mark_settled(key, series, settled, before)

    def _mark_stirred(self, key: SeriesKey, series: Series, before: int) -> None:
        """Mark whoever calm readings concern: hardly ever anybody, but numbers may grow."""
        settled = series.glance()
        if settled.stands_until <= before or series.last_at > self._now:
            self._mark_settled(key, series, settled, before)
            return
        if series.grows:
            self._growing.update(location for location, *_ in self._places.spoken_for(*key))
        series.overdue(self._now)

    def _mark_settled(self, key: SeriesKey, series: Series, settled: Settled, before: int) -> None:
        self._dirty |= self._awaited.pop(key, set())
        series.rely(AWAITED, None)
        lost = [owner for owner in series.bands if not self._timelines.keeps(owner)]
        is_left = any(self._leaves(series, settled.span, owner) for owner in lost)
        for location, since, until in self._places.spoken_for(*key):
            if since <= settled.span[1] and settled.span[0] <= until:
                stands = min(settled.stands_until, self._timelines.settle(location, settled.span))
                if stands > before and not is_left and series.last_at <= self._now:
                    self._growing.add(location)
                else:
                    self._mark_at(location, max(since, settled.span[0]), min(until, settled.span[1]))
        self._plan_quiet(key, series)
        if series.last_at > self._now:
            self._ahead.add(key)

    def _leaves(self, series: Series, span: Interval, owner: Owner) -> bool:
        """Tell whether a reading in the span leaves the band that somebody relies on."""
        low, high = series.bands[owner]
        i = bisect_left(series.times, span[0])
        return any(not low <= value <= high for value in series.values[i:])

    def _mark(self, key: SeriesKey, reached: Interval) -> None:
        """Mark the subjects that stood in the closed span where the series spoke."""
        for location, since, until in self._places.spoken_for(*key):
            if since <= reached[1] and reached[0] <= until:
                self._timelines.touch(location, reached[0])
                self._mark_at(location, max(since, reached[0]), min(until, reached[1]))

    def _mark_at(self, location: str, since: int, until: int) -> None:
        for subject, stays in self._stayed.get(location, {}).items():
            if overlaps(stays, since, until):
                self._dirty.add(subject)

    def _mark_ahead(self, before: int) -> None:
        """Mark whoever stands where readings were ahead of time: it has passed on towards them, or beyond."""
        for key in list(self._ahead):
            series = self._series.get(key)
            if series is not None:
                self._mark(key, (before, self._now))
            if series is None or series.last_at <= self._now:
                self._ahead.discard(key)

    def _mark_due(self) -> None:
        while self._queue and self._queue[0][0] <= self._now:
            at, _, key = heappop(self._queue)
            if self._due.get(key) == at:
                del self._due[key]
                self._dirty.add(key)

    def _mark_quiet(self, before: int) -> None:
        """Mark whoever stands where a sensor has been silent, or the same, for as long as it matters to somebody."""
        while self._quiet_queue and self._quiet_queue[0][0] <= self._now:
            at, key = heappop(self._quiet_queue)
            if self._quiet_due.get(key) != at:
                continue
            del self._quiet_due[key]
            series = self._series.get(key)
            if series is not None:
                series.look()
                # Time may have leapt past what a later look would have been for.
                if any(at <= silence <= self._now for silence in series.silences()):
                    self._mark(key, (series.last_at, self._now))
                if series.next_beginning(before) <= self._now:
                    self._mark(key, (-NEVER, self._now))
                self._plan_quiet(key, series)

    def _plan_quiet(self, key: SeriesKey, series: Series) -> None:
        """Plan the next look at a series. It may have been heard since: then the look costs next to nothing."""
        series.overdue(self._now)
        due = min((at for at in (*series.silences(), *series.looks()) if at > self._now), default=NEVER)
        if due < self._quiet_due.get(key, NEVER):
            self._quiet_due[key] = due
            heappush(self._quiet_queue, (due, key))

    def _judge(self, key: Key, alike: dict[object, tuple[Judged, Due]]) -> Change | None:
        self._no_later(key)
        before = self._said.pop(key, NOTHING_SAID)
        subject = self._subjects.get(key)
        self._due.pop(key, None)
        after = NOTHING_SAID
        if subject is not None:
            same = subject.stays, *((since, until, id(version)) for since, until, version in subject.versions)
            found = alike.get(same)
            if found is None:
                evidence = SubjectEvidence(subject, self._timelines, self._now)
                found = alike[same] = judge(evidence), next_due(evidence)
            after, due = found
            self._plan(key, due.at)
            if due.awaited:
                self._await(subject, due.awaited)
        if after != NOTHING_SAID:
            self._said[key] = after
        return Change(key, before, after) if after != before else None

    def _plan(self, key: Key, due: int) -> None:
        if due < NEVER:
            self._due[key] = due
            heappush(self._queue, (due, next(self._planned), key))

    def _await(self, subject: Subject, quantities: Iterable[str]) -> None:
        """Let the next reading where the subject stands have it judged."""
        here = {stay.location for stay in subject.stays if stay.since <= self._now < stay.until}
        for location, quantity in product(here, quantities):
            for span in self._places.speaking(location, quantity):
                if span.since <= self._now < span.until:
                    self._awaited.setdefault((span.sensor, quantity), set()).add(subject.key)
                    self._series_of(span.sensor, quantity).rely(AWAITED, NOTHING)

    # --- answering ---

    def judged(self, key: Key) -> Judged:
        """Return what is said of a subject since the last `settle`."""
        return self._said.get(key, NOTHING_SAID)

    def report(self, until: int, *, explained: bool = False) -> dict[str, Any]:
        """Settle at `until` and return the same answer as the plain judgement of everything heard."""
        self.hurry()
        self._dirty |= {key for key, said in self._said.items() if _goes_on(said)}
        self.settle(until)
        locations = sorted(key.location for key in self._subjects if isinstance(key, LocationKey))
        excursions = [row for name in locations for row in excursion_report(name, self.judged(LocationKey(name)))]
        conflicts = [conflict for conflict in self._conflicts if conflict.measured_at <= until]
        batches = (self._batch(batch, explained) for batch in sorted(self._site.batches))
        return report(until, excursions, batches, conflicts)

    def _batch(self, batch: BatchKey, explained: bool) -> dict[str, Any]:
        units = []
        for unit in self._whereabouts.units(batch, self._now):
            key = UnitKey(*batch, unit)
            evidence = SubjectEvidence(self._subjects[key], self._timelines, self._now)
            units.append(unit_report(evidence, self.judged(key), explained=explained))
        return batch_report(self._site.batches[batch], units)


def _goes_on(said: Judged) -> bool:
    return any(e.until is None for e in said.exposures) or any(f.until is None for f in said.firings)


def _stays_by_location(subjects: Iterable[Subject]) -> dict[str, dict[Key, list[tuple[int, int]]]]:
    stayed: dict[str, dict[Key, list[tuple[int, int]]]] = {}
    for subject in subjects:
        for location, since, until in subject.stays:
            stayed.setdefault(location, {}).setdefault(subject.key, []).append((since, until))
    return stayed


def _order(key: Key) -> tuple[int, str, str, str]:
    """Locations first, then units, each by name."""
    if isinstance(key, LocationKey):
        return 0, key.location, "", ""
    return 1, key.product, key.lot, key.unit or ""
