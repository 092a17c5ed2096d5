"""Where a unit was and by which profile versions it is judged."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.genealogy import genealogy
from domain.model import Batch, BatchKey, Dated, Placement, ProfileVersion, Site
from domain.times import NEVER
from rules.subjects.places import Places


class Stay(NamedTuple):
    """At a location over `[since, until)`."""

    location: str
    since: int
    until: int


class InForce(NamedTuple):
    """A profile version and when it is in force."""

    since: int
    until: int
    version: ProfileVersion


class UnitKey(NamedTuple):
    """A unit of a batch; None: the batch is one unit."""

    product: str
    lot: str
    unit: str | None


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
        if until != self._until:
            self._until, self._inherited = until, {}
        stays = self._own(key[:2], key.unit) | self._from_parents(self._site.batches[key[:2]])
        if key.product not in self._in_force:
            self._in_force[key.product] = in_force(self._site, self._site.products[key.product].profile)
        ordered = sorted(stays, key=lambda stay: (stay.since, stay.location, stay.until))
        return Subject(key, tuple(ordered), self._in_force[key.product])

    def location(self, location: str) -> Subject:
        """Return the location as a subject of its own profile."""
        since = self._places.judged_from(location)
        stays = (Stay(location, since, NEVER),) if since < NEVER else ()
        return Subject(LocationKey(location), stays, in_force(self._site, self._site.locations[location].profile))

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
