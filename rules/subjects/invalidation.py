"""Which judgements a change invalidates: after readings, corrections or the passing of time."""

from collections.abc import Iterable
from itertools import product

from domain.intervals import Interval, overlaps
from domain.model import QUANTITIES, Sensor, Site
from domain.times import NEVER
from rules.agenda import Agenda
from rules.series.bands import NOTHING, Band
from rules.series.calibrated import SeriesKey, offsets_of
from rules.series.intake import Load, Memory, SeriesIntake
from rules.series.series import Owner, Series, Settled
from rules.subjects.left import At, Left
from rules.subjects.subjects import Key, Subjects
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Subject

AWAITED: Owner = ("", "the next reading")


class Invalidation(SeriesIntake):
    """Finds the subjects that a change of a series concerns, and marks them (`_dirty`) to be judged again."""

    def __init__(
        self,
        site: Site,
        load: Load,
        now: int,
        keep_conflicts: bool,
        left: Left | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(site, load, now, keep_conflicts, memory)
        self._silences: Agenda[SeriesKey] = Agenda()  # when the silence of a series begins to matter; may be too early
        self._awaited: dict[SeriesKey, set[Key]] = {}  # whose judgement the next reading can change, however quiescent
        self._watching: dict[Key, set[tuple[SeriesKey, Owner]]] = {}  # whose judgement a value beyond one can change
        self._away: dict[str, set[Key]] = {}  # by place: whose judgement waits for it to come back into range
        self._away_from: dict[Key, frozenset[str]] = {}
        self._has_moved = False  # since somebody last asked
        self._growing: set[str] = set()  # locations whose ongoing numbers have changed since they were reported
        self._subjects = Subjects(site, now, left)
        self._timelines = Timelines(self._subjects.places, self._series_of, now)
        self._dirty: set[Key] = set(self._subjects.by_key)

    # --- histories ---

    def _configure(self, site: Site) -> set[Key]:
        """Take another configuration; return the subjects that it concerns."""
        places, profiles = self._subjects.places, self._subjects.site.profiles
        concerned = self._subjects.replace(site, self._now)
        if self._subjects.places is not places or site.profiles != profiles:
            self._timelines = Timelines(self._subjects.places, self._series_of, self._now)
            self._dirty.update(self._away_from)
        return self._mark_moved(concerned)

    def _mark_moved(self, concerned: set[Key]) -> set[Key]:
        self._dirty |= concerned
        self._has_moved = True
        return concerned

    def _forget_moved_sensors(self, site: Site) -> None:
        """Drop the readings of a sensor entry that means another probe or has other offsets: they are loaded anew."""
        known, self._offsets = self._subjects.site.sensors, offsets_of(site)
        moved = {
            name for name, sensor in site.sensors.items() if name in known and _means(sensor) != _means(known[name])
        }
        for key in [key for key in self._series if key[0] in moved or key[0] not in site.sensors]:
            self._forget(key)

    # --- readings ---

    def _mark_changed(self, before: int) -> None:
        """Mark the subjects that readings since the last time concern."""
        if self._late:
            self._mark_left()
        for key, series in self._changed.items():
            self._mark_reached(key, series, before)
        for key, series in self._to_scan.items():
            if key not in self._changed:
                self._mark_scanned(key, series, before)
        self._changed.clear()
        self._to_scan.clear()
        for key, series, reached in self._extended:
            self._mark(key, reached)
            series.overdue(self._now)
            if series.last_at > self._now:
                self._ahead.add(key)
        self._extended.clear()

    def _mark_left(self) -> None:
        """Take in, and mark, the units that left and stood where a series spoke when readings came late."""
        late, self._late = self._late, {}
        spans = [
            At(location, max(since, reached[0]), min(until, reached[1]))
            for key, (first, last) in late.items()
            if key[0] in self._subjects.site.sensors
            for reached in (self._series_of(*key).around(first, last),)
            for location, since, until in self._subjects.places.spoken_for(*key)
            if since <= reached[1] and reached[0] <= until
        ]
        self._dirty |= self._subjects.bring(spans, self._now)

    def _mark_reached(self, key: SeriesKey, series: Series, before: int) -> None:
        """Mark the subjects that a changed series concerns; or only its places, where nothing begins, ends or fires."""
        settled = series.settle()
        if settled is None:
            return
        self._mark_settled(key, series, settled, before)

    def _mark_scanned(self, key: SeriesKey, series: Series, before: int) -> None:
        """Mark the subjects that quiescent readings concern: hardly ever any, but numbers may grow."""
        settled = series.scan()
        if settled.valid_until <= before or series.last_at > self._now:
            self._mark_settled(key, series, settled, before)
            return
        if series.grows:
            self._growing.update(location for location, *_ in self._subjects.places.spoken_for(*key))
        series.overdue(self._now)

    def _mark_settled(self, key: SeriesKey, series: Series, settled: Settled, before: int) -> None:
        self._dirty |= self._awaited.pop(key, set())
        series.rely(AWAITED, None)
        lost = [owner for owner in series.bands if not self._timelines.keeps(owner)]
        is_left = any(self._leaves(series, settled.span, owner) for owner in lost)
        for location, since, until in self._subjects.places.spoken_for(*key):
            if since <= settled.span[1] and settled.span[0] <= until:
                valid = min(settled.valid_until, self._timelines.settle(location, settled.span))
                if valid > before and not is_left and series.last_at <= self._now:
                    self._growing.add(location)
                else:
                    self._mark_at(location, max(since, settled.span[0]), min(until, settled.span[1]))
        self._plan_silence(key, series)
        if series.last_at > self._now:
            self._ahead.add(key)

    def _leaves(self, series: Series, span: Interval, owner: Owner) -> bool:
        """Tell whether a reading in the span leaves the band that somebody relies on."""
        return series.leaves(span[0], series.bands[owner])

    def _mark(self, key: SeriesKey, reached: Interval) -> None:
        """Mark the subjects that were, in the closed span, where the series spoke."""
        for location, since, until in self._subjects.places.spoken_for(*key):
            if since <= reached[1] and reached[0] <= until:
                self._timelines.touch(location, reached[0])
                self._mark_at(location, max(since, reached[0]), min(until, reached[1]))

    def _received_until(self, subject: Subject) -> int:
        """Return up to when no reading of where a subject was can still come without marking it; NEVER: none can."""
        spoken = (
            (self._series.get((span.sensor, quantity)), min(span.until, stay.until))
            for stay, quantity in product(subject.stays, QUANTITIES)
            for span in self._subjects.places.speaking(stay.location, quantity)
        )
        # After one that is overdue no reading is quiescent.
        live = (each for each, until in spoken if each and each.last_at < until)
        return min((each.last_at for each in live if each.last_at + each.patience > self._now), default=NEVER)

    def _mark_at(self, location: str, since: int, until: int) -> None:
        for subject, stays in self._subjects.stays_at.get(location, {}).items():
            if overlaps(stays, since, until):
                self._dirty.add(subject)
        self._dirty.update(self._away.get(location, ()))

    def _mark_ahead(self, before: int) -> None:
        """Mark the subjects at places whose readings were ahead of time: it has passed on towards them, or beyond."""
        for key in list(self._ahead):
            series = self._series.get(key)
            if series is not None:
                self._mark(key, (before, self._now))
            if series is None or series.last_at <= self._now:
                self._ahead.discard(key)

    # --- silence, and what is awaited ---

    def _mark_silent(self, before: int) -> None:
        """Mark the subjects at places where a sensor has been silent, or the same, for as long as it matters."""
        for key, at in self._silences.take(self._now):
            series = self._series.get(key)
            if series is not None:
                series.scan_all()
                # Time may have leapt past what a later scan would have been for.
                if any(at <= silence <= self._now for silence in series.silences()):
                    self._mark(key, (series.last_at, self._now))
                if series.next_beginning(before) <= self._now:
                    self._mark(key, (-NEVER, self._now))
                self._plan_silence(key, series)

    def _plan_silence(self, key: SeriesKey, series: Series) -> None:
        """Plan the next scan of a series. It may have new readings since: then the scan costs next to nothing."""
        series.overdue(self._now)
        due = min((at for at in (*series.silences(), *series.scan_times()) if at > self._now), default=NEVER)
        self._silences.plan_by(key, due)

    def _plan_used(self) -> None:
        if self._used:
            for key in self._used & self._series.keys():
                self._plan_silence(key, self._series[key])
            self._used.clear()

    def _await(self, subject: Subject, quantities: Iterable[str]) -> None:
        """Let the next reading where the subject is have it judged."""
        here = {stay.location for stay in subject.stays if stay.since <= self._now < stay.until}
        for location, quantity in product(here, quantities):
            for span in self._subjects.places.speaking(location, quantity):
                if span.since <= self._now < span.until:
                    self._awaited.setdefault((span.sensor, quantity), set()).add(subject.key)
                    self._series_of(span.sensor, quantity).rely(AWAITED, NOTHING)

    def _watch(self, subject: Subject, watched: Iterable[tuple[str, int, int]]) -> None:
        """Let the first value beyond any of these have a subject judged: `(quantity, sign, farthest value)`."""
        before, now = self._watching.pop(subject.key, set()), dict[tuple[SeriesKey, Owner], Band]()
        here = {stay.location for stay in subject.stays if stay.since <= self._now < stay.until}
        for location, (quantity, sign, up_to) in product(here, watched):
            for span in self._subjects.places.speaking(location, quantity):
                if span.since <= self._now < span.until:
                    beyond: Owner = (location, ("beyond", subject.key, sign, up_to))
                    now[(span.sensor, quantity), beyond] = (-NEVER, up_to) if sign > 0 else (up_to, NEVER)
        for series, owner in before - now.keys():
            if series in self._series:
                self._series[series].rely(owner, None)
        for (series, owner), band in now.items():
            self._series_of(*series).rely(owner, band)
        if now:
            self._watching[subject.key] = set(now)

    def _await_return(self, key: Key, series: Iterable[SeriesKey], places: frozenset[str]) -> None:
        """Judge a subject again with the next reading of these series, and whenever one of these places changes."""
        for place in self._away_from.pop(key, frozenset()) - places:
            self._away[place].discard(key)
        if places:
            self._away_from[key] = places
        for place in places:
            self._away.setdefault(place, set()).add(key)
        for each in series:
            self._awaited.setdefault(each, set()).add(key)
            self._series_of(*each).rely(AWAITED, NOTHING)


def _means(sensor: Sensor) -> object:
    """Return what its readings are: whose, with which offsets, and which of its numbers are values."""
    return sensor.device, sensor.probe, sensor.offsets, sensor.gates
