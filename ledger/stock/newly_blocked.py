"""Which units a request to record movements blocks that nothing had blocked before.

Only what can block is looked at: statuses, what takes one back, returns, and holds that are placed. It costs the units
of the lots concerned, and what came of them.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from batches.movements import Done, Return, SetStatus
from batches.names import Names
from batches.status import BLOCKING, Reason, Statuses
from batches.stock import State
from domain.model import BatchKey, UnitKey
from ledger.models.stock.loading import Loading
from ledger.models.usability import held_of
from ledger.stock.given import Given, on_record
from store.stock import as_of as rows
from store.stock.as_of import AsOf

Blocked = dict[UnitKey, Reason]


class NewlyBlocked:
    """Knows what was blocked before a request is recorded; it is made before that."""

    def __init__(self, connection: Connection, names: Names, given: Given, now: int) -> None:
        self._connection = connection
        self._names = names
        self._now = now
        done = [line.movement.done for line in given.happening]
        done += [on_record(each).done for each in given.voided_on_record if each.do == "status"]
        concerned = [each for one in done for each in _concerned(one)]
        self._lots: set[BatchKey] = {each for each in concerned if not isinstance(each, UnitKey)}
        self._units = {each for each in concerned if isinstance(each, UnitKey)}
        self._before = self._blocked()

    def found(self, held: Iterable[UnitKey]) -> Blocked:
        """Return the units that are blocked since, in order, each with the reason. `held`: put on hold meanwhile."""
        new = self._blocked() | dict.fromkeys(held, "held")
        return {unit: new[unit] for unit in sorted(new, key=str) if unit not in self._before}

    def _blocked(self) -> Blocked:
        """Return the units concerned, with all that came of them, that are there and blocked."""
        numbers = rows.numbers_of(self._connection, self._lots, self._units) if self._lots or self._units else []
        if not numbers:
            return {}
        loading = Loading(self._connection, AsOf(None))
        edges = rows.edges_forward(self._connection, loading.as_of, numbers)
        reached = {*numbers, *(unit for unit, _ in edges)}
        loading.add_back(sorted(reached))
        lots = {unit.lot for unit in loading.by_number.values()}
        loading.add_statuses(sorted(lots))
        statuses = Statuses(loading.stock, self._names, self._now, held_of(self._connection, lots))
        there = [loading.by_number[each] for each in sorted(reached) if each in loading.by_number]
        reasons = {unit.key: statuses.why_unusable(unit) for unit in there if unit.state is not State.ENDED}
        return {unit: reason for unit, reason in reasons.items() if reason is not None and reason in BLOCKING}


def _concerned(done: Done) -> Iterator[BatchKey | UnitKey]:
    """Yield the lots and units that a movement, or taking it back, may block."""
    match done:
        case SetStatus(unit=None, batch=lot):
            yield lot
        case SetStatus(unit=unit) if unit is not None:
            yield unit
        case Return(units=items):
            yield from (item.new or item.unit for item in items)
