"""Where a unit was and by which profile versions it is judged."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.genealogy import genealogy
from domain.intervals import Interval
from domain.model import Batch, BatchKey, Dated, Placement, ProfileVersion, Site
from domain.model import UnitKey as UnitKey
from domain.times import NEVER
from rules.subjects.places import Places


class Stay(NamedTuple):
    """At a location over `[since, until)`."""

    location: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a unit was, is and will be: its own stays and those of the units it came from.

    A stay that begins later counts from then on. `absent` is when there is no such unit: until it is placed, or, of
    a batch that is one unit until units of it are placed, from then on.
    """

    stays: tuple[Stay, ...]
    absent: Interval = (NEVER, NEVER)

    def by(self, instant: int) -> tuple[Stay, ...] | None:
        """Return the stays that have begun by an instant; None: there is no such unit then."""
        if self.absent[0] <= instant < self.absent[1]:
            return None
        return tuple(stay for stay in self.stays if stay.since <= instant)

    def next_change(self, instant: int) -> int:
        """Return the next instant after this one at which another stay counts, or the unit; NEVER if none does."""
        changes = (*self.absent, *(stay.since for stay in self.stays))
        return min((at for at in changes if at > instant), default=NEVER)


def placed(stays: Iterable[Stay], absent: Interval = (NEVER, NEVER)) -> Placed:
    """Return stays in order of time, each once."""
    return Placed(tuple(sorted(set(stays), key=lambda stay: (stay.since, stay.location, stay.until))), absent)


class InForce(NamedTuple):
    """A profile version and when it is in force."""

    since: int
    until: int
    version: ProfileVersion


class LocationKey(NamedTuple):
    """A location."""

    location: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: where it was, and what was required of it."""

    key: UnitKey | LocationKey
    stays: tuple[Stay, ...]
    versions: tuple[InForce, ...]

    @property
    def watch(self) -> tuple[int, int]:
        """Return when it is under watch; `since == NEVER` if never."""
        if not self.stays or not self.versions:
            return NEVER, NEVER
        since = max(min(stay.since for stay in self.stays), self.versions[0].since)
        return since, max(stay.until for stay in self.stays)


class Whereabouts:
    """Stays of units, their parents' whereabouts before they were made included.

    What a batch has from its parents is worked out once for all its units and all batches made from it, so that the
    cost grows with the units and the parents named, not with the ways through the genealogy.
    """

    def __init__(self, site: Site, places: Places) -> None:
        self._site = site
        self._places = places
        self._placements: dict[BatchKey, dict[str | None, list[Placement]]] = defaultdict(dict)  # by unit
        self._in_force: dict[str, tuple[InForce, ...]] = {}  # by product
        self._until = NEVER
        self._inherited: dict[BatchKey, frozenset[Stay]] = {}  # as of `_until`
        for placement in site.placements:
            units = self._placements[placement.product, placement.lot]
            units.setdefault(placement.unit, []).append(placement)

    def units(self, batch: BatchKey, until: int) -> list[str | None]:
        """Return the units with a placement begun by then, None first; `[None]` if there is none."""
        placed = self._placements.get(batch, {})
        begun = [unit for unit, placements in placed.items() if any(p.since <= until for p in placements)]
        return sorted(begun, key=lambda unit: (unit is not None, unit or "")) or [None]

    def unit(self, key: UnitKey, until: int) -> Subject:
        """Return the unit as it was by then: placements that begin later are ignored."""
        if key.product not in self._in_force:
            self._in_force[key.product] = in_force(self._site, self._site.products[key.product].profile)
        return Subject(key, placed(self._stays(key, until)).stays, self._in_force[key.product])

    def placed(self, batches: Iterable[BatchKey] | None = None) -> Iterator[tuple[UnitKey, Placed]]:
        """Yield every unit there ever is of these batches (None: of all), with where it was, is and will be."""
        for batch in self._site.batches if batches is None else batches:
            begins = {unit: min(p.since for p in of_it) for unit, of_it in self._placements.get(batch, {}).items()}
            first = min((at for unit, at in begins.items() if unit is not None), default=NEVER)
            whole = begins.pop(None, NEVER)  # the batch as one unit: there until units of it are placed
            absent = {None: (min(first, whole), whole), **{unit: (-NEVER, at) for unit, at in begins.items()}}
            for unit, interval in absent.items():
                key = UnitKey(*batch, unit)
                yield key, placed(self._stays(key, NEVER), interval)

    def _stays(self, key: UnitKey, until: int) -> set[Stay]:
        if until != self._until:
            self._until, self._inherited = until, {}
        return self._own(key[:2], key.unit) | self._from_parents(self._site.batches[key[:2]])

    def location(self, location: str) -> Subject:
        """Return the location as a subject of its own profile."""
        return location_subject(self._site, self._places, location)

    def _own(self, batch: BatchKey, unit: str | None) -> set[Stay]:
        placements = self._placements.get(batch, {}).get(unit, ())
        return {Stay(p.location, p.since, p.until) for p in placements if p.since <= self._until}

    def _from_parents(self, batch: Batch) -> frozenset[Stay]:
        """Return where the parents of a batch were before it was made, their own parents included."""
        if batch.made_at is None or not batch.parents:
            return frozenset()
        key = (batch.product, batch.lot)
        if key not in self._inherited:
            for each in reversed(genealogy(self._site.batches, key, self._inherited)):
                self._inherited[each] = frozenset(self._gathered(self._site.batches[each]))
        return self._inherited[key]

    def _gathered(self, batch: Batch) -> Iterator[Stay]:
        if batch.made_at is None:
            return
        for parent in batch.parents:
            origin = self._site.batches[parent.product, parent.lot]
            end = min(batch.made_at, parent.until)
            key = (parent.product, parent.lot)
            units = [parent.unit] if parent.unit is not None else list(self._placements.get(key, ()))
            for stays in (*(self._own(key, unit) for unit in units), self._from_parents(origin)):
                yield from (Stay(s.location, s.since, min(s.until, end)) for s in stays if s.since < end)


def location_subject(site: Site, places: Places, location: str) -> Subject:
    """Return a location as a subject of its own profile."""
    since = places.judged_from(location)
    stays = (Stay(location, since, NEVER),) if since < NEVER else ()
    return Subject(LocationKey(location), stays, in_force(site, site.locations[location].profile))


def in_force(site: Site, profile: Dated[str | None]) -> tuple[InForce, ...]:
    """Return the versions of a dated profile, each with when it is in force, in order of time."""
    found = []
    for since, until, name in profile.pieces():
        versions = site.profiles.get(name, ()) if name is not None else ()
        ends = [version.effective_from for version in versions[1:]] + [NEVER]
        for version, end in zip(versions, ends, strict=False):
            start, stop = max(since, version.effective_from), min(until, end)
            if start < stop:
                found.append(InForce(start, stop, version))
    return tuple(found)
