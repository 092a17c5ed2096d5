"""All subjects of a site: what is judged, where it was, and what besides readings its judgement rests on."""

from collections.abc import Iterable, Iterator

from domain.model import QUANTITIES, Dated, Site
from domain.times import NEVER
from rules.subjects.places import Places, Span
from rules.subjects.whereabouts import LocationKey, Stay, Subject, UnitKey, Whereabouts

Key = UnitKey | LocationKey


class Subjects:
    """The subjects of a site at an instant; immutable."""

    def __init__(self, site: Site, now: int) -> None:
        self.site = site
        self.places = Places(site)
        self.whereabouts = Whereabouts(site, self.places)
        self._now = now
        self.by_key: dict[Key, Subject] = {subject.key: subject for subject in self._all_subjects()}
        self.stays_at = _stays_by_location(self.by_key.values())
        self._around: dict[Stay, object] = {}
        self._footprints = {key: self._footprint(subject) for key, subject in self.by_key.items()}
        self._around.clear()
        # The next placement that has not begun yet.
        self.planned_at = min((p.since for p in site.placements if p.since > now), default=NEVER)

    def differing(self, before: "Subjects | None") -> set[Key]:
        """Return the subjects that rest on something else than before, or exist no more."""
        previous = before._footprints if before is not None else {}
        others = {key for key, footprint in self._footprints.items() if footprint != previous.get(key)}
        return others | (previous.keys() - self._footprints.keys())

    def _all_subjects(self) -> Iterator[Subject]:
        for location in self.site.locations:
            subject = self.whereabouts.location(location)
            if subject.versions:
                yield subject
        for batch in self.site.batches:
            for unit in self.whereabouts.units(batch, self._now):
                yield self.whereabouts.unit(UnitKey(*batch, unit), self._now)

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
            spoken = [self.places.speaking(stay.location, quantity) for quantity in QUANTITIES]
            heard = [[self._until(stay, span) for span in spans if span.since <= stay.until] for spans in spoken]
            found = self._around[stay] = heard, self.places.kind(stay.location)
        return found

    def _until(self, stay: Stay, span: Span) -> object:
        sensor, until = self.site.sensors[span.sensor], min(stay.until, span.until)
        offsets = [(quantity, _before(offset, until)) for quantity, offset in sorted(sensor.offsets.items())]
        return span.since, until, span.sensor, span.place, sensor.device, sensor.probe, offsets


def _before(offset: Dated[int], until: int) -> tuple[tuple[int, int], ...]:
    """Return the steps of an offset that begin by an instant: what comes later changes nothing until then."""
    return tuple(step for step in offset.steps if step[0] <= until)


def _stays_by_location(subjects: Iterable[Subject]) -> dict[str, dict[Key, list[tuple[int, int]]]]:
    stays_at: dict[str, dict[Key, list[tuple[int, int]]]] = {}
    for subject in subjects:
        for location, since, until in subject.stays:
            stays_at.setdefault(location, {}).setdefault(subject.key, []).append((since, until))
    return stays_at


def in_order(key: Key) -> tuple[int, str, str, str]:
    """Return what sorts subjects: locations first, then units, each by name."""
    if isinstance(key, LocationKey):
        return 0, key.location, "", ""
    return 1, key.product, key.lot, key.unit or ""
