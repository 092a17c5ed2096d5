"""Where a unit or a location is and how it is outside, evaluated on the intervals in which nothing changes.

All instants at which anything can change are collected; between two neighbours every predicate is asked once, at the
first instant, and at `until` itself. The numbers in comments are CONTRACTS 4's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tests.oracle.described import FOREVER, Rule, Version
from tests.oracle.world import World


@dataclass
class Exposure:
    """An interval outside; `to` None: still going on at `until`."""

    start: int
    to: int | None = None
    degrees: int = 0  # 10⁻⁶ unit · µs
    peak: int | None = None
    fired_at: int | None = None


class Outside(NamedTuple):
    """How a subject is outside at an instant; no values where only unknown time counts as exposed."""

    distance: int
    values: list[int]


class Piece(NamedTuple):
    """A version in force, asked at both ends."""

    start: int
    end: int
    version: Version | None


class Subject:
    """A unit or a location: where it is, and what is asked of it, at every instant."""

    def __init__(
        self,
        world: World,
        places: Callable[[int], set[str]],
        version: Callable[[int], Version | None],
        first: int | None,
        end: int,
    ) -> None:
        self.world, self.places, self.version, self.end = world, cache(places), cache(version), end
        in_force = [when for when in world.instants if version(when)]
        self.start = max(first, in_force[0]) if first is not None and in_force else FOREVER
        self.stop = min(end, world.until)
        self.instants = [when for when in world.instants if self.start <= when <= self.stop]

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield the intervals in which nothing changes, `until` itself left out."""
        yield from zip(self.instants, self.instants[1:], strict=False)

    def is_watched(self, when: int) -> bool:
        """Tell whether it is under watch."""
        return self.start <= when < self.end

    def is_known(self, quantity: str, when: int) -> bool:
        """Tell whether all its places have a value; `safe` is not asked here."""
        version, places = self.version(when), self.places(when)
        if not version or not places or not self.is_watched(when):
            return False
        return all(self.world.values_at(place, quantity, when, version) for place in places)

    def warmest(self, when: int) -> int | None:
        """Return the warmest value, if all places are known."""
        version = self.version(when)
        if not version or not self.is_known("temperature", when):
            return None
        return max(v for p in self.places(when) for v in self.world.values_at(p, "temperature", when, version))

    def covered(self, when: int) -> bool:
        """8: all quantities known, or unknown time safe."""
        version = self.version(when)
        if not version or not self.places(when):
            return False
        return version.gap_counts_as == "safe" or all(self.is_known(q, when) for q in version.quantities())

    def outside(self, rule_id: str, when: int) -> Outside | None:
        """3, 4: how it is outside, if it is."""
        version = self.version(when)
        rule = version.rules.get(rule_id) if version else None
        if not version or not rule or rule.kind not in ("limit", "cumulative") or not self.is_watched(when):
            return None
        budgets = _budgets(version, rule)
        found = [(each, value) for each in budgets for value in self._values_outside(each, version, when)]
        if found:
            farthest = rule.farther([value for _, value in found])
            # of a budget and the ones within it: the one whose value is farthest
            distance = max(each.distance(value) for each, value in found if value == farthest or len(budgets) == 1)
            return Outside(distance, [value for _, value in found])
        return Outside(0, []) if any(self._counts_gap(each, version, when) for each in budgets) else None

    def _places_of(self, rule: Rule, when: int) -> set[str]:
        """Return the places that count: all, or those of the kinds that a budget names."""
        kinds = rule.given.get("at_kinds")
        return {p for p in self.places(when) if not kinds or self.world.locations[p].get("kind") in kinds}

    def _values_outside(self, rule: Rule, version: Version, when: int) -> Iterator[int]:
        assert rule.quantity
        for place in self._places_of(rule, when):
            for sensor in self.world.speaking(place, rule.quantity, when):
                if self.world.is_outside(sensor, rule, when, version):
                    reading = self.world.value_of(sensor, rule.quantity, when, version)
                    assert reading is not None
                    yield reading

    def _counts_gap(self, rule: Rule, version: Version, when: int) -> bool:
        assert rule.quantity
        if version.gap_counts_as != "exposed":
            return False
        places = self._places_of(rule, when)
        if not self.places(when):
            return True
        return any(not self.world.values_at(place, rule.quantity, when, version) for place in places)

    def exposures(self, rule_id: str) -> list[Exposure]:
        """Join the intervals outside, and what starts at `until`."""
        found: list[Exposure] = []
        going_on = False
        for when, after in zip(self.instants, [*self.instants[1:], self.stop], strict=True):
            outside = self.outside(rule_id, when)
            if going_on and not outside:
                found[-1].to = when
            if outside and not going_on:
                found.append(Exposure(when))
            going_on = outside is not None
            if outside:
                self._add(found[-1], rule_id, when, after, outside)
        return found

    def _add(self, exposure: Exposure, rule_id: str, when: int, after: int, outside: Outside) -> None:
        version = self.version(when)
        assert version
        exposure.degrees += outside.distance * (after - when)
        peaks = outside.values + ([] if exposure.peak is None else [exposure.peak])
        exposure.peak = version.rules[rule_id].farther(peaks) if peaks else None

    def stretches(self, rule_id: str, kind: str, is_so: Callable[[Rule, Version, int], bool]) -> list[Exposure]:
        """Join the intervals in which something is so of a rule of that kind in force, and what starts at `until`."""
        found: list[Exposure] = []
        going_on = False
        for when in self.instants:
            version = self.version(when)
            rule = version.rules.get(rule_id) if version else None
            now = bool(version and rule and rule.kind == kind and self.is_watched(when) and is_so(rule, version, when))
            if going_on and not now:
                found[-1].to = when
            if now and not going_on:
                found.append(Exposure(when))
            going_on = now
        return found

    def pieces(self) -> list[Piece]:
        """7: the versions in force; at a boundary the one that ends is asked first."""
        starts: list[int] = []
        for when in self.instants:
            if not starts or self.version(when) is not self.version(starts[-1]):
                starts.append(when)
        ends = [*starts[1:], self.stop][: len(starts)]
        pieces = [Piece(a, b, self.version(a)) for a, b in zip(starts, ends, strict=True)]
        before = self.version(self.start - 1)
        if pieces and before is not self.version(self.start):
            pieces.insert(0, Piece(self.start, self.start, before))
        return pieces

    def rule_ids(self) -> list[str]:
        """Return the ids of all rules ever in force for it."""
        return sorted({rule for piece in self.pieces() if piece.version for rule in piece.version.rules})

    def asked(self, rule_id: str, kind: str) -> Iterator[tuple[Piece, Rule]]:
        """Yield the rule's versions of a kind in order."""
        for piece in self.pieces():
            rule = piece.version.rules.get(rule_id) if piece.version else None
            if rule and rule.kind == kind:
                yield piece, rule


def _budgets(version: Version, rule: Rule) -> list[Rule]:
    """Return a rule and the budgets within it."""
    inner = [each for each in version.rules.values() if each.given.get("within") == rule.id]
    return [rule, *(each for found in inner for each in _budgets(version, found))]


def unit_of(world: World, product: str, lot: str, unit: str | None) -> Subject:
    """Return a unit as something to judge."""
    stays = list(world.stays(product, lot, unit))
    profile = world.products[product].get("profile")
    return Subject(
        world,
        places=lambda when: {place for place, start, end in stays if start <= when < end},
        version=lambda when: world.version_at(profile, when),
        first=min((start for _, start, _ in stays), default=None),
        end=max((end for _, _, end in stays), default=0),
    )


def place_of(world: World, location: str) -> Subject:
    """Return a location as something to judge, from the earliest mount at it or an ancestor on."""
    profile = world.locations[location].get("profile")
    return Subject(
        world,
        places=lambda when: {location},
        version=lambda when: world.version_at(profile, when),
        first=world.first_mount(location),
        end=FOREVER,
    )
