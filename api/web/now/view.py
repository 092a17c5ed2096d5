"""The page Now, from what is known to rows in the order of reading: worst first. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from api.web.components.current import Value
from api.web.components.limits import MAX_GAP
from api.web.now.overview import Overview, Spot
from api.web.now.state import CODES, Code, max_gap_of, state_of
from domain.model import BatchKey, ProfileVersion
from rules.subjects.whereabouts import UnitKey


@dataclass(frozen=True, slots=True)
class Stock:
    """What stands in a place."""

    lots: int = 0
    units: int = 0
    held: int = 0
    products: frozenset[str] = frozenset()
    batches: tuple[BatchKey, ...] = ()
    max_gaps: Mapping[str, int] = field(default_factory=dict)  # of the products that have a profile


@dataclass(frozen=True, slots=True)
class Place:
    """A row: how a place is, since when. `critical`: as bad as it gets."""

    id: str
    name: str
    kind: str
    code: Code
    since: int | None
    critical: bool
    values: tuple[Value, ...]
    stock: Stock
    max_gap: int = MAX_GAP
    depth: int = 0
    heads: bool = False  # it only stands above others
    inside: tuple["Place", ...] = field(default=(), repr=False)

    @property
    def last_at(self) -> int | None:
        """Return when something was said of it last."""
        return max((value.at for value in self.values if value.at is not None), default=None)

    def unknown_lots(self, now: int) -> tuple[Sequence[BatchKey], int] | None:
        """Return the lots whose condition is unknown, and since when; None where somebody says what it is.

        A value counts for as long as the profile of the lot's product tolerates, whatever that of the place says.
        """
        instants = [value.at for value in self.values if value.value is not None and value.at is not None]
        if not instants or any(value.live for value in self.values):
            return None
        gaps = self.stock.max_gaps
        since = {lot: max(instants) + gaps[lot[0]] for lot in self.stock.batches if lot[0] in gaps}
        unknown = [lot for lot, at in since.items() if at <= now]
        return (unknown, min(since[lot] for lot in unknown)) if unknown else None

    @property
    def lines(self) -> tuple[Value, ...]:
        """Return what has a line of its own: the first quantity, and every other one that has limits."""
        return tuple(value for i, value in enumerate(self.values) if not i or value.limits)

    @property
    def besides(self) -> tuple[Value, ...]:
        """Return the other quantities, told in passing."""
        return tuple(value for i, value in enumerate(self.values) if i and not value.limits)

    @property
    def rank(self) -> tuple[int, int]:
        """Return how bad it is, what is inside included; less is worse."""
        own = (CODES.index("unmonitored"), 1) if self.heads else (CODES.index(self.code), not self.critical)
        return min([own, *(place.rank for place in self.inside)])

    def all(self) -> Iterator["Place"]:
        """Yield it and everything inside."""
        yield self
        for place in self.inside:
            yield from place.all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the places is asked for; None: all."""

    place: str | None = None
    product: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of the page's first sentence."""

    problems: int
    held: int
    unfounded: int  # of those on hold
    fine: int
    monitored: int
    last_at: int | None


def places_of(overview: Overview) -> list[Place]:
    """Return the tree of places, worst first on every level. What only stands above others is a head."""
    children: dict[str | None, list[Spot]] = defaultdict(list)
    for spot in overview.spots.values():
        children[spot.parent].append(spot)
    roots = _level(overview, children, None, 0)
    heads = [place for place in roots if place.inside]
    alone = [place for place in roots if not place.inside]
    if not heads or not alone:
        return roots
    return sorted([*heads, _others(alone)], key=_order)


def _others(places: Sequence[Place]) -> Place:
    """Return the head above the places that nothing else stands above, so that they seem to be in no other."""
    inside = tuple(replace(place, depth=1) for place in places)
    return Place("", "", "", "unmonitored", None, False, (), Stock(), heads=True, inside=inside)


def _order(place: Place) -> tuple[tuple[int, int], bool, str, str]:
    return place.rank, not place.inside, place.name, place.id


def _level(
    overview: Overview, children: Mapping[str | None, list[Spot]], parent: str | None, depth: int
) -> list[Place]:
    found = [_place(overview, children, spot, depth) for spot in children[parent] if _shows(overview, children, spot)]
    return sorted(found, key=_order)


def _shows(overview: Overview, children: Mapping[str | None, list[Spot]], spot: Spot) -> bool:
    """Tell whether a place has a row of its own: a shelf that its room's sensors speak for has none."""
    return spot.has_sensors or spot.profile is not None or not spot.last or spot.parent is None


def _folded(overview: Overview, children: Mapping[str | None, list[Spot]], spot: Spot) -> Iterator[Spot]:
    """Yield a place and those below that have no row of their own."""
    yield spot
    for child in children[spot.id]:
        if not _shows(overview, children, child):
            yield from _folded(overview, children, child)


def _place(overview: Overview, children: Mapping[str | None, list[Spot]], spot: Spot, depth: int) -> Place:
    folded = list(_folded(overview, children, spot))
    heads = not spot.has_sensors and bool(children[spot.id]) and not spot.stock
    inside = [place for one in folded for place in _level(overview, children, one.id, depth + 1)]
    place = judged(overview, spot, _stock(overview, folded))
    return replace(place, depth=depth, heads=heads and bool(inside), inside=tuple(inside))


def _stock(overview: Overview, spots: Iterable[Spot]) -> Stock:
    return stock_of(overview, {UnitKey(stay.product, stay.lot, stay.unit) for spot in spots for stay in spot.stock})


def stock_of(overview: Overview, units: Set[UnitKey]) -> Stock:
    """Return what these units come to."""
    batches, products = sorted({unit[:2] for unit in units}), frozenset(unit.product for unit in units)
    gaps = {name: version.max_gap for name, version in overview.required.items() if name in products}
    return Stock(len(batches), len(units), len(units & overview.held), products, tuple(batches), gaps)


# --- one place ----------------------------------------------------------------------------------------------------


def judged(overview: Overview, spot: Spot, stock: Stock) -> Place:
    """Return a place with its values and its state."""
    versions = _required(overview, spot, stock)
    values, how = state_of(overview, spot, versions)
    return Place(spot.id, spot.name, spot.kind, how.code, how.since, how.critical, values, stock, max_gap_of(versions))


def _required(overview: Overview, spot: Spot, stock: Stock) -> Sequence[ProfileVersion]:
    """Return what the place must keep: its own profile, else those of the products in it."""
    if spot.profile is not None:
        return [spot.profile]
    return [overview.required[product] for product in sorted(stock.products) if product in overview.required]


# --- all of them --------------------------------------------------------------------------------------------------


def count(overview: Overview, places: Sequence[Place]) -> Count:
    """Return the numbers of the first sentence: always of the whole site."""
    watched = [one for place in places for one in place.all() if not one.heads and one.code != "unmonitored"]
    instants = [one.last_at for one in watched if one.last_at is not None]
    fine = sum(one.code == "fine" for one in watched)
    return Count(
        len(overview.problems),
        len(overview.held),
        len(overview.unfounded),
        fine,
        len(watched),
        max(instants, default=None),
    )


def rows(places: Sequence[Place], wanted: Wanted) -> list[Place]:
    """Return what is asked for, flat, in order; a head only above something."""
    found = []
    for place in places:
        if wanted.place is not None and place.id != wanted.place:
            found += rows(place.inside, wanted)
            continue
        inside = rows(place.inside, replace(wanted, place=None))
        if inside if place.heads else _is_wanted(place, wanted):
            found.append(place)
        found += inside
    return found


def _is_wanted(place: Place, wanted: Wanted) -> bool:
    if wanted.product is not None and wanted.product not in place.stock.products:
        return False
    if wanted.state == "problem":
        return place.code not in ("fine", "unmonitored")
    return wanted.state in (None, place.code)
