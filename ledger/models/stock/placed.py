"""Units that a site file or a person has placed: they are stock too, as far as their storage records say.

Such a record says where a unit was, perhaps how much of it, and nothing of where it came from or went to. Lots have
either storage records or movements, so the two never touch each other in a genealogy.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from batches.stock import State, Stock, Unit
from domain.model import BatchKey, Placement, Site, UnitKey
from ledger.models.stock.loading import put

Reason: TypeAlias = Literal["no_quantity", "several_locations", "whereabouts_unknown", "no_movements"]


class PlacedSite(Protocol):
    """A site with its storage records by lot, and the lots that were made from each lot."""

    @property
    def site(self) -> Site: ...

    @property
    def placements(self) -> Mapping[BatchKey, Sequence[Placement]]: ...

    @property
    def children(self) -> Mapping[BatchKey, Sequence[BatchKey]]: ...


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A unit that an answer cannot tell of, why, and where it is as far as that is known."""

    unit: UnitKey
    location: str | None
    reason: Reason


class PlacedStock:
    """Puts placed units into a stock, as they are at an instant, and notes what is not known of them."""

    def __init__(self, placed: PlacedSite, at: int, stock: Stock) -> None:
        self._placed = placed
        self._at = at
        self._stock = stock
        self._done: set[BatchKey] = set()
        self.lacking: dict[UnitKey, NotCovered] = {}  # what is not known of the units that were put

    def is_placed(self, lot: BatchKey) -> bool:
        """Tell whether storage records or parents tell of a lot."""
        batch = self._placed.site.batches.get(lot)
        has_parents = batch is not None and bool(batch.parents)
        return has_parents or bool(self._placed.placements.get(lot)) or bool(self._placed.children.get(lot))

    def add_stored(self, product: str | None, lot: str | None, locations: Container[str] | None) -> list[NotCovered]:
        """Add the lots of which units stand at some of the locations; return the units there that cannot be told of."""
        found = self.stored(product, lot, locations)
        for unit in found:
            self.add((unit.product, unit.lot))
        return [self.lacking[unit] for unit in found if unit in self.lacking]

    @property
    def lots(self) -> list[BatchKey]:
        """The lots that were added."""
        return sorted(self._done)

    def stored(self, product: str | None, lot: str | None, locations: Container[str] | None) -> list[UnitKey]:
        """Return the units that stand at some of the locations (None: anywhere)."""
        found = {
            UnitKey(*key, stay.unit)
            for key, stays in self._placed.placements.items()
            if product in (None, key[0]) and lot in (None, key[1])
            for stay in stays
            if self._is_at(stay) and _within(stay.location, locations)
        }
        return sorted(found, key=lambda unit: (*unit[:2], unit.unit or ""))

    def add_related(self, lots: Iterable[BatchKey], forward: bool) -> None:
        """Add lots with all that they came from, or all that came from them, and connect their units."""
        waiting = [lot for lot in dict.fromkeys(lots) if self.is_placed(lot)]
        for lot in waiting:
            parents = [(parent.product, parent.lot) for parent in self._placed.site.batches[lot].parents]
            further = self._placed.children.get(lot, ()) if forward else parents
            waiting += [each for each in further if each not in waiting]
        for lot in waiting:
            self.add(lot)
        for lot in waiting:
            self._connect(lot)

    def add(self, lot: BatchKey) -> None:
        """Add the units of a lot that have begun."""
        if lot not in self._done:
            self._done.add(lot)
            for key, stays in self._units(lot):
                self._put(key, stays)

    def _units(self, lot: BatchKey) -> Iterator[tuple[UnitKey, list[Placement]]]:
        stays: dict[str | None, list[Placement]] = {}
        for stay in self._placed.placements.get(lot, ()):
            stays.setdefault(stay.unit, []).append(stay)
        for child in self._placed.children.get(lot, ()):
            for parent in self._placed.site.batches[child].parents:
                if (parent.product, parent.lot) == lot and parent.unit is not None:
                    stays.setdefault(parent.unit, [])
        batch = self._placed.site.batches[lot]
        for unit, found in (stays or {None: []}).items():
            begun = found and min(stay.since for stay in found) <= self._at
            made = batch.made_at is not None and batch.made_at <= self._at
            if begun or made or (not found and batch.made_at is None):
                yield UnitKey(*lot, unit), found

    def _put(self, key: UnitKey, stays: list[Placement]) -> None:
        now = [stay for stay in stays if self._is_at(stay)]
        first = min((stay.since for stay in stays), default=self._at)
        unit = Unit(key, first, (), 0, State.ENDED)
        lacking = _lacking(key, now)
        if lacking is None:
            assert now[0].quantity is not None
            unit.quantity, unit.state, unit.where = now[0].quantity, State.IN_STOCK, now[0].location
        else:
            self.lacking[key] = lacking
        put(self._stock, unit)
        lot = self._stock.lots[unit.lot]
        lot.first_in = min(lot.first_in, first)

    def _connect(self, lot: BatchKey) -> None:
        for parent in self._placed.site.batches[lot].parents:
            of = self._stock.lots.get((parent.product, parent.lot))
            found = [] if of is None else [each for each in of.units if parent.unit in (None, each.key.unit)]
            for unit in self._stock.units_of(lot):
                new = [source for source in found if source not in unit.sources]
                unit.sources = (*unit.sources, *new)
                for source in new:
                    source.became.append(unit)

    def _is_at(self, stay: Placement) -> bool:
        return stay.since <= self._at < stay.until


def _lacking(key: UnitKey, now: list[Placement]) -> NotCovered | None:
    if not now:
        return NotCovered(key, None, "whereabouts_unknown")
    if len(now) > 1:
        return NotCovered(key, None, "several_locations")
    return NotCovered(key, now[0].location, "no_quantity") if now[0].quantity is None else None


def _within(location: str, locations: Container[str] | None) -> bool:
    return locations is None or location in locations
