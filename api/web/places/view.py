"""The locations of the site as a tree: state, limits, stock and sensors of each. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.web.frame.naming import in_order
from api.web.now.overview import Overview, Spot
from api.web.now.view import Place, Stock, judged, stock_of
from rules.subjects.whereabouts import UnitKey


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A location with everything inside it. `sensors`: those that speak for it, by the location they are installed at.

    `place.stock` counts the units in it and in every location below.
    """

    place: Place
    depth: int
    sensors: Mapping[str, Sequence[str]]
    profile: tuple[str, int] | None  # of its own: name and version in force
    is_context: bool = False  # shown only because something below it was asked for

    @property
    def own_sensors(self) -> Sequence[str]:
        """The sensors installed right here."""
        return self.sensors.get(self.place.id, ())

    @property
    def from_above(self) -> list[tuple[str, Sequence[str]]]:
        """The sensors that speak for it from a location above, with that location."""
        return [(name, found) for name, found in sorted(self.sensors.items()) if name != self.place.id]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: words in a name or an id, a state; empty: everything."""

    words: str = ""
    state: str = ""

    @property
    def is_all(self) -> bool:
        """Tell whether nothing narrows it."""
        return not self.words and not self.state

    def matches(self, place: Place) -> bool:
        """Tell whether a location is asked for."""
        words = self.words.casefold()
        if words and words not in place.id.casefold() and words not in place.name.casefold():
            return False
        if self.state == "problem":
            return place.code not in ("fine", "unmonitored")
        return self.state in ("", place.code)


def rows_of(overview: Overview, wanted: Wanted) -> list[PlaceRow]:
    """Return the locations asked for, each below the one it is in; those above a match come along."""
    children: dict[str | None, list[Spot]] = defaultdict(list)
    for spot in overview.spots.values():
        children[spot.parent].append(spot)
    return [row for spot in _sorted(children[None]) for row in _below(overview, children, spot, 0, wanted)]


def _sorted(spots: Sequence[Spot]) -> list[Spot]:
    return sorted(spots, key=lambda spot: in_order((spot.name, spot.id, None)))


def _below(
    overview: Overview, children: Mapping[str | None, Sequence[Spot]], spot: Spot, depth: int, wanted: Wanted
) -> Iterator[PlaceRow]:
    inside = [
        row
        for child in _sorted(children.get(spot.id, ()))
        for row in _below(overview, children, child, depth + 1, wanted)
    ]
    place = judged(overview, spot, _stock(overview, children, spot))
    is_wanted = wanted.matches(place)
    if is_wanted or inside:
        version = spot.profile
        profile = None if version is None else (version.profile, version.version)
        yield PlaceRow(place, depth, _sensors(spot), profile, not is_wanted)
    yield from inside


def _sensors(spot: Spot) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for last in spot.last.values():
        for each in last:
            found[each.place].add(each.sensor)
    return {name: sorted(sensors) for name, sensors in found.items()}


def _stock(overview: Overview, children: Mapping[str | None, Sequence[Spot]], spot: Spot) -> Stock:
    units = {UnitKey(stay.product, stay.lot, stay.unit) for each in _all(children, spot) for stay in each.stock}
    return stock_of(overview, units)


def _all(children: Mapping[str | None, Sequence[Spot]], spot: Spot) -> Iterator[Spot]:
    yield spot
    for child in children.get(spot.id, ()):
        yield from _all(children, child)
