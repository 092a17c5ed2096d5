"""4: a unit or a location: where it is, what is required of it, and how long it was outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from simulators.truth.described import FOREVER, Rule, Version
from simulators.truth.histories import Breach, Histories


@dataclass
class Exposure:
    """An interval outside; `to` None: it goes on at `until`."""

    since: int
    to: int | None = None
    degrees: int = 0  # 10⁻⁶ of the unit · µs
    peak: int | None = None
    fired_at: int | None = None


class Piece(NamedTuple):
    """When a version is in force, both ends included."""

    since: int
    until: int
    version: Version | None


class Subject:
    """What is judged; `first` None: never."""

    def __init__(
        self,
        histories: Histories,
        places: list[frozenset[str]],
        versions: list[Version | None],
        first: int | None,
        end: int,
    ) -> None:
        self.histories, self._places, self._versions, self.end = histories, places, versions, end
        in_force = [when for when, version in zip(histories.instants, versions, strict=True) if version]
        self.start = max(first, in_force[0]) if first is not None and in_force else FOREVER
        self.stop = min(end, histories.until)
        #: indexes of the instants from the start of the watch to its end or `until`
        self.span = [i for i, when in enumerate(histories.instants) if self.start <= when <= self.stop]

    def places(self, when: int) -> frozenset[str]:
        """Return where it is at any instant."""
        i = self.histories.index(when)
        return self._places[i] if i >= 0 else frozenset()

    def pieces(self) -> list[Piece]:
        """7: return the versions in force one after the other."""
        found: list[Piece] = []
        for i in self.span:
            when, version = self.histories.instants[i], self._versions[i]
            if found and found[-1].version is version:
                continue
            if found:
                found[-1] = found[-1]._replace(until=when)
            found.append(Piece(when, self.stop, version))
        return found

    def asked(self, rule_id: str, kind: str) -> Iterator[tuple[Piece, Rule]]:
        """Yield the versions in which the rule is of a kind."""
        for piece in self.pieces():
            rule = piece.version.rules.get(rule_id) if piece.version else None
            if rule and rule.kind == kind:
                yield piece, rule

    def rule_ids(self) -> list[str]:
        """Return the ids of all rules ever in force for it."""
        return sorted({rule for piece in self.pieces() if piece.version for rule in piece.version.rules})

    def exposures(self, rule_id: str) -> list[Exposure]:
        """Join the neighbouring instants at which it is outside."""
        instants = self.histories.instants
        found: list[Exposure] = []
        goes_on = False
        for i in self.span:
            is_out, breach, rule = self._outside(rule_id, i)
            if goes_on and not is_out:
                found[-1].to = instants[i]
            if is_out and not goes_on:
                found.append(Exposure(instants[i]))
            goes_on = is_out
            if breach and rule:
                following = instants[i + 1] if instants[i] < self.stop else self.stop
                _add(found[-1], rule, breach, following - instants[i])
        return found

    def _outside(self, rule_id: str, i: int) -> tuple[bool, Breach | None, Rule | None]:
        """3, 4: tell whether it is outside at an instant, and how far."""
        version = self._versions[i]
        rule = version.rules.get(rule_id) if version else None
        if version is None or rule is None or not rule.bounds or self.histories.instants[i] >= self.end:
            return False, None, rule
        breaches = [self.histories.breaches(place, rule, version.max_gap)[i] for place in self._places[i]]
        beyond = [breach for breach in breaches if breach]
        if beyond:
            farthest = max if rule.is_high else min
            return (
                True,
                Breach(max(each.distance for each in beyond), farthest(each.farthest for each in beyond), frozenset()),
                rule,
            )
        return version.gaps == "exposed" and not self._is_known(rule.quantity or "", version, i), None, rule

    def _is_known(self, quantity: str, version: Version, i: int) -> bool:
        places = self._places[i]
        return bool(places) and all(self.histories.known(place, quantity, version.max_gap)[i] for place in places)

    def is_covered(self, i: int) -> bool:
        """8: tell whether all that must be known is."""
        version = self._versions[i]
        if version is None or not self._places[i]:
            return False
        return version.gaps == "safe" or all(self._is_known(each, version, i) for each in version.quantities)

    def watched(self) -> Iterator[tuple[int, int, Version | None]]:
        """Yield the instants under watch with the time until the next one, and the version in force."""
        for i, following in pairwise(self.span):
            yield i, self.histories.instants[following] - self.histories.instants[i], self._versions[i]

    def read_at(self, quantities: tuple[str, ...]) -> list[int]:
        """Return the instants at which a sensor read a value that spoke for where it was."""
        histories = self.histories
        found = []
        for i in self.span:
            when = histories.instants[i]
            speakers = {(s.sensor, q) for q in quantities for p in self._places[i] for s in histories.speaking(p, q)[i]}
            if when < self.end and any(histories.series.get(key, {}).get(when) is not None for key in speakers):
                found.append(when)
        return found

    def sources(self, rule: Rule, version: Version, at: int) -> frozenset[str]:
        """Return where the sensors hang that were outside at an instant or just before, else those that spoke; of what
        stands nowhere then, where it stood last."""
        moment = next((each for each in (at, at - 1) if self.places(each)), None)
        if moment is None:
            stood = [places for i, places in enumerate(self._places) if places and self.histories.instants[i] <= at]
            return stood[-1]
        i = self.histories.index(moment)
        return frozenset(place for here in self.places(moment) for place in self._sources(here, rule, version, i))

    def _sources(self, here: str, rule: Rule, version: Version, i: int) -> frozenset[str]:
        if rule.bounds and (breach := self.histories.breaches(here, rule, version.max_gap)[i]):
            return breach.places
        quantities = (rule.quantity,) if rule.quantity else ("temperature", "humidity")
        speakers = [speaker.place for each in quantities for speaker in self.histories.speaking(here, each)[i]]
        return frozenset(speakers) or frozenset({here})


def _add(exposure: Exposure, rule: Rule, breach: Breach, lasting: int) -> None:
    exposure.degrees += breach.distance * lasting
    peaks = [breach.farthest] if exposure.peak is None else [exposure.peak, breach.farthest]
    exposure.peak = max(peaks) if rule.is_high else min(peaks)


def unit_of(histories: Histories, product: str, lot: str, unit: str | None) -> Subject:
    """Return a unit to judge."""
    stays = list(histories.stays(product, lot, unit))
    profile = histories.products[product].get("profile")
    return Subject(
        histories,
        histories.by_epoch(lambda when: frozenset(place for place, a, b in stays if a <= when < b)),
        histories.by_epoch(lambda when: histories.version(profile, when)),
        min((a for _, a, _ in stays), default=None),
        max((b for _, _, b in stays), default=0),
    )


def place_of(histories: Histories, location: str) -> Subject:
    """Return a location to judge, from the earliest mount on."""
    profile = histories.locations[location].get("profile")
    here = frozenset({location})
    return Subject(
        histories,
        [here for _ in histories.instants],
        histories.by_epoch(lambda when: histories.version(profile, when)),
        histories.first_mount(location),
        FOREVER,
    )
