"""Whether units may be used, by what is on record of them: without judging them anew from their readings."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, tuple_

from domain.model import Batch, BatchKey
from ledger.models.hold import Status, status_of
from rules.subjects.whereabouts import UnitKey
from rules.usability import Code, Usability, usability
from store.tables import firings, holds

_AT_ONCE = 500  # batches in one statement


class RecordedHold(NamedTuple):
    """A hold, as far as it decides whether a unit may be used."""

    rule: str
    status: Status


class RecordedFiring(NamedTuple):
    """A rule that triggered, as far as it does."""

    rule: str
    action: str


class OnRecord:
    """Whether the units of some batches may be used: by their holds, by what triggered for them, and by expiry date."""

    def __init__(self, units: Mapping[UnitKey, Usability], batches: Mapping[BatchKey, Batch], today: str) -> None:
        self._units = units
        self._batches = batches
        self._today = today
        self._of_batch: dict[BatchKey, list[Usability]] = defaultdict(list)
        for unit, found in units.items():
            self._of_batch[unit[:2]].append(found)

    def of_unit(self, unit: UnitKey) -> Usability:
        """Return the answer for a unit; there may be nothing on record of it."""
        return self._units.get(unit) or self._without_record(unit[:2])

    def of_batch(self, batch: BatchKey) -> Usability:
        """Return the answer for the worst unit of a batch."""
        units = [*self._of_batch.get(batch, []), self._without_record(batch)]
        return min(units, key=lambda each: each.rank)

    def count(self, batch: BatchKey, codes: Collection[Code]) -> int:
        """Return for how many units of a batch that something is on record of the answer is one of these."""
        return sum(each.code in codes for each in self._of_batch.get(batch, []))

    def _without_record(self, batch: BatchKey) -> Usability:
        return usability((), (), is_expired=_is_expired(self._batches, batch, self._today))


def usability_on_record(
    connection: Connection, wanted: Collection[BatchKey], batches: Mapping[BatchKey, Batch], today: str
) -> OnRecord:
    """Read the answers for the units of the wanted batches. `today`: the date where they are stored."""
    held: dict[UnitKey, list[RecordedHold]] = defaultdict(list)
    triggered: dict[UnitKey, list[RecordedFiring]] = defaultdict(list)
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        for unit, hold in _holds(connection, tuple_(holds.c.product, holds.c.lot).in_(some)):
            held[unit].append(hold)
        for unit, firing in _firings(connection, some):
            triggered[unit].append(firing)
    units = {
        unit: usability(held[unit], triggered[unit], is_expired=_is_expired(batches, unit[:2], today))
        for unit in [*held, *(triggered.keys() - held.keys())]
    }
    return OnRecord(units, batches, today)


def _is_expired(batches: Mapping[BatchKey, Batch], batch: BatchKey, today: str) -> bool:
    """Tell whether a batch has expired; one that was removed meanwhile has not."""
    found = batches.get(batch)
    return found is not None and found.is_expired(today)


def units_on_hold(connection: Connection) -> dict[UnitKey, Usability]:
    """Return the answer for every unit that waits for a person's decision: held or unfounded."""
    held: dict[UnitKey, list[RecordedHold]] = defaultdict(list)
    for unit, hold in _holds(connection, holds.c.state == "held"):
        held[unit].append(hold)
    return {unit: usability(found, ()) for unit, found in held.items()}


def _holds(connection: Connection, condition: ColumnElement[bool]) -> Iterator[tuple[UnitKey, RecordedHold]]:
    columns = (holds.c.product, holds.c.lot, holds.c.unit, holds.c.rule, holds.c.state, holds.c.founded)
    for row in connection.execute(select(*columns).where(condition)):
        yield UnitKey(*row[:3]), RecordedHold(row.rule, status_of(row.state, founded=row.founded))


def _firings(connection: Connection, batches: Sequence[BatchKey]) -> Iterator[tuple[UnitKey, RecordedFiring]]:
    """Yield the firings in force that hold a unit or ask for review."""
    columns = (firings.c.product, firings.c.lot, firings.c.unit, firings.c.rule, firings.c.action)
    in_force = (firings.c.superseded_at.is_(None), firings.c.action.in_(("hold", "review")))
    query = select(*columns).where(tuple_(firings.c.product, firings.c.lot).in_(batches), *in_force)
    for row in connection.execute(query):
        yield UnitKey(*row[:3]), RecordedFiring(row.rule, row.action)
