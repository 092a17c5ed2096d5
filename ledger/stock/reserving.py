"""Stock that is reserved for orders and taken without them: who picks would find the place empty."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from batches.movements import Destroy, Done, Make, Merge, Move, Ship, Split
from domain.model import UnitKey
from ledger.stock.given import Line
from store.stock.orders import Kept, kept_of


class Reserved(NamedTuple):
    """A unit of which a movement takes what is reserved for an order."""

    unit: UnitKey
    order: str

    @property
    def reason(self) -> str:
        """Return the word for it on record."""
        return "reserved"


class Reserving:
    """What is reserved of the units that movements take, read once, after they were recorded."""

    def __init__(self, connection: Connection, lines: Sequence[Line], order: str | None) -> None:
        taken = {unit for line in lines for unit, _ in _taken(line.movement.done)}
        self._kept: dict[UnitKey, list[Kept]] = {}
        for each in kept_of(connection, taken, order):
            self._kept.setdefault(each.unit, []).append(each)

    def of(self, line: Line) -> list[Reserved]:
        """Return what a movement takes of it.

        The rest of a unit that is reserved in part may be taken; what was picked may go elsewhere, e.g. to the dock.
        """
        found = []
        for unit, goes_elsewhere in _taken(line.movement.done):
            kept = self._kept.get(unit, ())
            is_missing = sum(each.quantity for each in kept) > (kept[0].in_stock if kept else 0)
            found += [
                Reserved(unit, each.order) for each in kept if is_missing or (goes_elsewhere and not each.is_picked)
            ]
        return list(dict.fromkeys(found))


def _taken(done: Done) -> Iterator[tuple[UnitKey, bool]]:
    """Yield the units that a movement takes, each with whether all of it goes elsewhere and stays in stock."""
    match done:
        case Move(units=items):
            yield from ((item.unit, item.new is None) for item in items)
        case Ship(units=items) | Make(inputs=items) | Destroy(units=items):
            yield from ((item.unit, False) for item in items)
        case Merge(units=keys):
            yield from ((key, False) for key in keys)
        case Split(unit=key):
            yield key, False
