"""Which sensors speak for a place, and when: mounts, declared quantities and the dated tree."""

from collections import defaultdict
from typing import NamedTuple

from domain.intervals import clip, subtract, union
from domain.model import QUANTITIES, Mount, Site
from domain.times import NEVER


class Span(NamedTuple):
    """A sensor speaks for a place over `[since, until)`, mounted at `place` (the place itself or an ancestor)."""

    since: int
    until: int
    sensor: str
    place: str


class Places:
    """Answers for one site; everything is worked out once and kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._mounts: dict[str, list[Mount]] = defaultdict(list)
        for mount in site.mounts:
            self._mounts[mount.location].append(mount)
        self._spans: dict[tuple[str, str], tuple[Span, ...]] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._spoken_for: dict[tuple[str, str], list[tuple[str, int, int]]] | None = None

    def speaking(self, location: str, quantity: str) -> tuple[Span, ...]:
        """Return who speaks for the place: its own sensors, else its nearest ancestor's that has one."""
        key = (location, quantity)
        if key not in self._spans:
            own = self._own(location, quantity)
            self._spans[key] = (*own, *self._inherited(location, quantity, own))
        return self._spans[key]

    def _own(self, location: str, quantity: str) -> list[Span]:
        spans = []
        for mount in self._mounts[location]:
            for since, until, quantities in self._site.sensors[mount.sensor].quantities.pieces():
                start, end = max(since, mount.since), min(until, mount.until)
                if quantity in quantities and start < end:
                    spans.append(Span(start, end, mount.sensor, location))
        return spans

    def _inherited(self, location: str, quantity: str, own: list[Span]) -> list[Span]:
        place = self._site.locations[location]
        if not place.inherits:
            return []
        free = subtract([(-NEVER, NEVER)], union((span.since, span.until) for span in own))
        spans = []
        for since, until, parent in place.parent.pieces():
            if parent is None:
                continue
            window = clip(free, since, until)
            for span in self.speaking(parent, quantity):
                spans += [span._replace(since=a, until=b) for a, b in clip(window, span.since, span.until)]
        return spans

    def spoken_for(self, sensor: str, quantity: str) -> list[tuple[str, int, int]]:
        """Return the places the sensor speaks for as `(location, since, until)`."""
        if self._spoken_for is None:
            self._spoken_for = defaultdict(list)
            for location in self._site.locations:
                for each in QUANTITIES:
                    for span in self.speaking(location, each):
                        self._spoken_for[span.sensor, each].append((location, span.since, span.until))
        return self._spoken_for.get((sensor, quantity), [])

    def kind(self, location: str) -> str | None:
        """Return what kind of place it is, as the site names it."""
        return self._site.locations[location].kind

    def kinds(self, location: str) -> tuple[str, ...]:
        """Return the kinds of a place and of those that it is in now, the nearest first."""
        if location not in self._kinds:
            found: dict[str, str | None] = {}
            above: str | None = location
            while above is not None and above not in found:
                place = self._site.locations[above]
                found[above] = place.kind
                above = place.parent.steps[-1][1] if place.parent.steps else None
            self._kinds[location] = tuple(kind for kind in found.values() if kind)
        return self._kinds[location]

    def judged_from(self, location: str) -> int:
        """Return the earliest mount at the place or at any place that was ever above it; NEVER if none."""
        above, waiting = {location}, [location]
        while waiting:
            for _, parent in self._site.locations[waiting.pop()].parent.steps:
                if parent is not None and parent not in above:
                    above.add(parent)
                    waiting.append(parent)
        return min((mount.since for place in above for mount in self._mounts[place]), default=NEVER)
