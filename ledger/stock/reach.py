"""Which units a change of the record can concern, and which later movements must be done again for it.

A movement that is new, or that never happened, concerns the units it is about from its position on. What happened to
those later must be done again, and concerns the units that it is about, and so on. A delivery of all that was on its
way is also about what came onto that way before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from batches.movements import Deliver
from ledger.stock.given import on_record
from store.stock import movements as stored
from store.stock import units as stored_units
from store.stock.units import Position

Key = TypeVar("Key", int, str)


@dataclass(slots=True)
class Reach:
    """Units with the position from which on they are worked out again, and the movements on record after those."""

    connection: Connection
    voided: frozenset[int]  # movements that never happened, by what is being recorded
    starts: dict[int, Position] = field(default_factory=dict)
    again: dict[int, Position] = field(default_factory=dict)  # by number
    before: list[Row[Any]] = field(default_factory=list)  # states of the units just before

    def take(self, units: Mapping[int, Position], shipments: Mapping[str, Position]) -> None:
        """Find all that is concerned by a change of what happened to units, and of what went into shipments."""
        self._close(units)
        looked_at: dict[str, Position] = {}
        while True:
            self.before = stored_units.before(self.connection, self.starts)
            ways = [(row.shipment, self.starts[row.unit]) for row in self.before if row.state == "on_its_way"]
            lower = _lowered([*shipments.items(), *ways], looked_at)
            looked_at |= lower
            found = stored.later_deliveries(self.connection, lower)
            whole = [each for each in found if self._is_to_do(each.number) and _is_of_all(each)]
            if not whole:
                return
            self._close(self._about({each.number: each.position for each in whole}))

    def _close(self, units: Mapping[int, Position]) -> None:
        pending = dict(units)
        while pending:
            lower = _lowered(pending.items(), self.starts)
            self.starts |= lower
            later = stored.later_of_units(self.connection, lower)
            pending = self._about({at[1]: at for _, at in later if self._is_to_do(at[1])})

    def _is_to_do(self, number: int) -> bool:
        return number not in self.again and number not in self.voided

    def _about(self, found: Mapping[int, Position]) -> dict[int, Position]:
        """Note movements as to be done again; return the units that they are about, from there on."""
        self.again |= found
        about = ((unit, found[number]) for number, unit in stored.units_of(self.connection, found))
        return first(about)


def first(found: Iterable[tuple[Key, Position]]) -> dict[Key, Position]:
    """Return the earliest position of each."""
    return _lowered(found, {})


def _lowered(found: Iterable[tuple[Key, Position]], known: Mapping[Key, Position]) -> dict[Key, Position]:
    """Return the earliest position of each, of those that are earlier than what is known."""
    lower: dict[Key, Position] = {}
    for each, position in found:
        before = lower.get(each, known.get(each))
        if before is None or position < before:
            lower[each] = position
    return lower


def _is_of_all(delivery: stored.StoredMovement) -> bool:
    done = on_record(delivery).done
    return isinstance(done, Deliver) and done.units is None
