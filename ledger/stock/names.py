"""What movements may name in the live system: lots are looked up on record, those that many movements name at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from batches.names import Names
from domain.model import BatchKey
from domain.zones import zone_named
from ledger.histories import Histories
from ledger.lots import Lots
from store.lots_asked import recorded_of

_ONE_BY_ONE = 3  # so many movements' lots are looked up as they are read


class NamesInForce:
    """The names of the entries in force."""

    def __init__(self) -> None:
        self._histories: Histories | None = None
        self._names: Names | None = None
        self._placed: _Placed | None = None

    def of(self, histories: Histories, movements: Collection[Mapping[str, Any]] = ()) -> Names:
        """Return the names of the site. `movements`: that will be read, each as its JSON object."""
        if self._names is None or self._placed is None or self._histories is not histories:
            site, zone = histories.site, next((doc["timezone"] for doc in histories.docs("site")), "UTC")
            self._histories, self._placed = histories, _Placed(histories.lots)
            others = site.locations, site.parties, self._placed, zone_named(zone)
            self._names = Names(site.products, site.batches, *others)
        if len(movements) > _ONE_BY_ONE:
            lots = {lot for each in movements for lot in _lots_named(each)}
            histories.lots.batches.load(lots)
            self._placed.load(lots)
        return self._names


class _Placed(Mapping[BatchKey, str]):
    """The lots of whose units entries tell, each with how. Lots change only with the histories."""

    def __init__(self, lots: Lots) -> None:
        self._lots = lots
        self._known: dict[BatchKey, str | None] = {}

    def load(self, lots: Iterable[BatchKey]) -> None:
        """Look these up at once."""
        missing = {lot for lot in lots if lot not in self._known}
        self._known |= dict.fromkeys(missing)
        for lot, has_placements, has_parents in recorded_of(self._lots.connection, missing):
            self._known[lot] = "has placements" if has_placements else "has parents" if has_parents else _IS_A_PARENT

    def __getitem__(self, lot: BatchKey) -> str:
        if lot not in self._known:
            self.load([lot])
        how = self._known[lot]
        if how is None:
            raise KeyError(lot)
        return how

    def __iter__(self) -> Iterator[BatchKey]:
        return (lot for lot in self._lots.batches if lot in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


_IS_A_PARENT = "is a parent of another"


def _lots_named(movement: Mapping[str, Any]) -> Iterator[BatchKey]:
    """Yield the lots that a movement names, whatever else is wrong with it."""
    waiting: list[Any] = [movement]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            product, lot = each.get("product"), each.get("lot")
            if isinstance(product, str) and isinstance(lot, str):
                yield product, lot
        if isinstance(each, Mapping | list):
            waiting += each.values() if isinstance(each, Mapping) else each
