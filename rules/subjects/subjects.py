"""The subjects of a site: what is judged, where it was, and what is required of it.

Units are placed one by one: where each was is given, so that a change costs what it changes. A site that has
placements of its own is asked for them. Corrected configuration is compared place by place and product by product;
only the subjects that it can concern are looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from domain.model import Site
from domain.times import NEVER
from rules.agenda import Agenda
from rules.subjects.footprints import around, changed_requirements, first_difference, footprint
from rules.subjects.left import At, Left, NobodyLeft
from rules.subjects.places import Places
from rules.subjects.whereabouts import (
    InForce,
    LocationKey,
    Placed,
    Stay,
    Subject,
    UnitKey,
    Whereabouts,
    in_force,
    location_subject,
)

Key = UnitKey | LocationKey


class Subjects:
    """The subjects of a site as of the last instant that was named."""

    def __init__(self, site: Site, now: int, left: Left | None = None) -> None:
        self.site = site
        self.left_until: dict[str, int] = {}  # by location: no unit that is not here stood there later
        self.new: set[UnitKey] = set()  # units that were not here before, since somebody last cleared this
        self._left = left or NobodyLeft()
        self.places = Places(site)
        self.by_key: dict[Key, Subject] = {}
        self.stays_at: dict[str, dict[Key, list[tuple[int, int]]]] = {}
        self._of_site: dict[UnitKey, Placed] = {}  # the units that the site has placements of
        self._later: dict[UnitKey, Placed] = {}  # of which something has not begun yet
        self._planned: Agenda[UnitKey] = Agenda()
        self._in_force: dict[str, tuple[InForce, ...]] = {}  # by product
        for location in self._locations(site, self.places):
            self._put(location)
        self._of_site = dict(Whereabouts(site, self.places).placed())
        self.place(self._of_site, now)

    @property
    def planned_at(self) -> int:
        """When something that was placed ahead of time may begin to count; NEVER if there is nothing."""
        return self._planned.next_at

    def units(self) -> list[UnitKey]:
        """Return the units, in order."""
        return sorted((key for key in self.by_key if isinstance(key, UnitKey)), key=in_order)

    def all_stays(self, unit: UnitKey) -> tuple[Stay, ...] | None:
        """Return where a unit was, is and will be; None: there is no such unit."""
        later, subject = self._later.get(unit), self.by_key.get(unit)
        if later is not None:
            return later.stays
        return None if subject is None else subject.stays

    # --- units ---

    def bring(self, spans: Iterable[At], now: int) -> set[Key]:
        """Take in units that are not here and stood there then; return those that were taken in."""
        asked = [span for span in spans if span.since <= self.left_until.get(span.location, -NEVER)]
        return self._take_in(self._left.stood(asked), now) if asked else set()

    def _take_in(self, units: Mapping[UnitKey, Placed], now: int) -> set[Key]:
        return self.place({key: placed for key, placed in units.items() if key not in self.by_key}, now)

    def let_go(self, units: Iterable[UnitKey]) -> None:
        """Forget units that left: whoever keeps them on record can be asked for them."""
        for key in units:
            subject = self.by_key.get(key)
            if subject is not None:
                self._drop(subject)
                for location, _, until in subject.stays:
                    self.left_until[location] = max(until, self.left_until.get(location, -NEVER))

    def is_to_come(self, unit: UnitKey) -> bool:
        """Tell whether something of a unit has not begun yet."""
        return unit in self._later

    def place(self, units: Mapping[UnitKey, Placed | None], now: int) -> set[Key]:
        """Put, change and drop (None) units; return those that were elsewhere before, or are new or gone."""
        return {key for key, placed in units.items() if self._place(key, placed, now)}

    def begin(self, now: int) -> set[Key]:
        """Let what was placed ahead of time count from when it begins; return the units concerned."""
        return {key for key, _ in self._planned.take(now) if self._place(key, self._later[key], now)}

    def _place(self, key: UnitKey, placed: Placed | None, now: int) -> bool:
        at = NEVER if placed is None else placed.next_change(now)
        self._planned.plan(key, at)
        if placed is not None and at < NEVER:
            self._later[key] = placed
        else:
            self._later.pop(key, None)
        before = self.by_key.get(key)
        if before is None and placed is not None:
            self.new.add(key)
        stays = None if placed is None else placed.by(now)
        if stays == (None if before is None else before.stays):
            return False
        if before is not None:
            self._drop(before)
        if stays is not None:
            self._put(Subject(key, stays, self._required(key.product)))
        return True

    def _required(self, product: str) -> tuple[InForce, ...]:
        found = self._in_force.get(product)
        if found is None:
            found = self._in_force[product] = in_force(self.site, self.site.products[product].profile)
        return found

    # --- configuration ---

    def replace(self, site: Site, now: int) -> set[Key]:
        """Take another configuration; return the subjects that rest on something else than before, or are no more."""
        placed = self._of_site
        if (site.batches, site.placements) != (self.site.batches, self.site.placements):
            placed = dict(Whereabouts(site, Places(site)).placed())
        concerned = self.place({key: None for key in self._of_site.keys() - placed.keys()}, now)
        concerned |= self._configure(site, now)
        others = {key: each for key, each in placed.items() if self._of_site.get(key) != each}
        self._of_site = placed
        return concerned | self.place(others, now)

    def _configure(self, site: Site, now: int) -> set[Key]:
        before, places = self.site, self.places
        elsewhere: set[str] = set()
        after = places
        if _same_places(before, site):
            if before.profiles == site.profiles and before.products == site.products:
                self.site = site
                return set()
        else:
            after = Places(site)
            elsewhere = _other_surroundings((before, places), (site, after))
        self._bring_concerned((before, places), (site, after), elsewhere, now)
        self.site, self.places = site, after
        changed = self._changed(site, elsewhere)
        return {
            old.key
            for old, new in changed
            if new is None or footprint(before, places, old) != footprint(site, self.places, new)
        } | self._take_locations(before, places)

    def _bring_concerned(
        self, before: tuple[Site, Places], after: tuple[Site, Places], elsewhere: Collection[str], now: int
    ) -> None:
        """Take in the units that left and that changed places or products can concern."""
        both = [location for location in elsewhere if location in self.left_until and location in after[0].locations]
        since = {location: first_difference(before, after, location) for location in both}
        self.bring((At(location, at, NEVER) for location, at in since.items()), now)
        if self.left_until:
            products = changed_requirements(before[0], after[0])
            if products:
                self._take_in(self._left.of_products(products), now)

    def _changed(self, site: Site, elsewhere: Iterable[str]) -> list[tuple[Subject, Subject]]:
        """Return the units that changed places or products can concern, as they were and as they are."""
        known, self._in_force = self._in_force, {}
        products = set()
        for product, versions in known.items():
            if product in site.products:
                now = in_force(site, site.products[product].profile)
                self._in_force[product] = versions if now == versions else now
                if now != versions:
                    products.add(product)
        keys = {key for location in elsewhere for key in self.stays_at.get(location, ())}
        if products:
            keys |= {key for key in self.by_key if isinstance(key, UnitKey) and key.product in products}
        found = []
        for key in keys:
            if isinstance(key, UnitKey):
                old = self.by_key[key]
                new = self.by_key[key] = Subject(key, old.stays, self._required(key.product))
                found.append((old, new))
        return found

    def _take_locations(self, before: Site, places: Places) -> set[Key]:
        """Put, change and drop the places that have a profile; return those that rest on something else now."""
        old: dict[Key, Subject] = {key: each for key, each in self.by_key.items() if isinstance(key, LocationKey)}
        new: dict[Key, Subject] = {subject.key: subject for subject in self._locations(self.site, self.places)}
        concerned: set[Key] = set()
        for key in old.keys() | new.keys():
            was, now = old.get(key), new.get(key)
            if was is not None:
                self._drop(was)
            if now is not None:
                self._put(now)
            if was is None or now is None or footprint(before, places, was) != footprint(self.site, self.places, now):
                concerned.add(key)
        return concerned

    @staticmethod
    def _locations(site: Site, places: Places) -> Iterator[Subject]:
        for location in site.locations:
            subject = location_subject(site, places, location)
            if subject.versions:
                yield subject

    # --- what is kept ---

    def _put(self, subject: Subject) -> None:
        self.by_key[subject.key] = subject
        for location, since, until in subject.stays:
            self.stays_at.setdefault(location, {}).setdefault(subject.key, []).append((since, until))

    def _drop(self, subject: Subject) -> None:
        del self.by_key[subject.key]
        for location in {stay.location for stay in subject.stays}:
            here = self.stays_at[location]
            del here[subject.key]
            if not here:
                del self.stays_at[location]


def _same_places(a: Site, b: Site) -> bool:
    return (a.sensors, a.locations, a.mounts) == (b.sensors, b.locations, b.mounts)


def _other_surroundings(before: tuple[Site, Places], after: tuple[Site, Places]) -> set[str]:
    """Return the locations of which anything is otherwise at any time, and those that are gone or new."""
    both = before[0].locations.keys() & after[0].locations.keys()
    ever = (Stay(location, -NEVER, NEVER) for location in both)
    changed = {stay.location for stay in ever if around(*before, stay) != around(*after, stay)}
    return changed | (before[0].locations.keys() ^ after[0].locations.keys())


def in_order(key: Key) -> tuple[int, str, str, str]:
    """Return what sorts subjects: locations first, then units, each by name."""
    if isinstance(key, LocationKey):
        return 0, key.location, "", ""
    return 1, key.product, key.lot, key.unit or ""
