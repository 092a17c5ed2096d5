"""Whether units may be used, by what is on record of them: without judging them anew from their readings."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, tuple_

from domain.model import Batch, BatchKey
from ledger.models.hold import Status, status_of
from rules.subjects.whereabouts import UnitKey
from rules.usability import BlockedBy, Code, Usability, usability
from store.known_at import in_force
from store.stock.given import TEXT, given, rows_given
from store.tables import firings, hold_revisions, holds

_AT_ONCE = 500  # batches in one statement
_NOTHING: Mapping[UnitKey, BlockedBy] = MappingProxyType({})


class RecordedHold(NamedTuple):
    """A hold, as far as it decides whether a unit may be used."""

    rule: str
    status: Status


class RecordedFiring(NamedTuple):
    """A rule that triggered, as far as it does."""

    rule: str
    action: str


class OnRecord:
    """Whether the units of some batches may be used: by holds, what triggered for them, status and expiry."""

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
        without_record, units = self._without_record(batch), self._of_batch.get(batch)
        return min((*units, without_record), key=lambda each: each.rank) if units else without_record

    def count(self, batch: BatchKey, codes: Collection[Code]) -> int:
        """Return for how many units of a batch that something is on record of the answer is one of these."""
        return sum(each.code in codes for each in self._of_batch.get(batch, []))

    def _without_record(self, batch: BatchKey) -> Usability:
        return _by_date(_is_expired(self._batches, batch, self._today))


@cache
def _by_date(is_expired: bool) -> Usability:
    """Return the answer for what nothing is on record of: one of two, asked for every batch of a list."""
    return usability((), (), is_expired=is_expired)


def usability_on_record(
    connection: Connection,
    wanted: Collection[BatchKey],
    batches: Mapping[BatchKey, Batch],
    today: str,
    known_at: int | None = None,
    in_use: Collection[UnitKey] = (),
    blocked: Mapping[UnitKey, BlockedBy] = _NOTHING,
) -> OnRecord:
    """Read the answers for the units of the wanted batches, now or as known at an instant.

    `today`: the date where they are stored, of that instant; `in_use`: units that were opened or thawed too long ago;
    `blocked`: units that a status blocks.
    """
    held: dict[UnitKey, list[RecordedHold]] = defaultdict(list)
    triggered: dict[UnitKey, list[RecordedFiring]] = defaultdict(list)
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        for unit, hold in _holds(connection, known_at, some):
            held[unit].append(hold)
        for unit, firing in _firings(connection, known_at, some):
            triggered[unit].append(firing)
    units = {
        unit: usability(
            held[unit],
            triggered[unit],
            blocked=blocked.get(unit),
            is_expired=unit in in_use or _is_expired(batches, unit[:2], today),
        )
        for unit in dict.fromkeys([*held, *triggered, *in_use, *blocked])
    }
    return OnRecord(units, batches, today)


def _is_expired(batches: Mapping[BatchKey, Batch], batch: BatchKey, today: str) -> bool:
    """Tell whether a batch has expired; one that was removed meanwhile has not."""
    found = batches.get(batch)
    return found is not None and found.is_expired(today)


_LOTS = given(product=TEXT, lot=TEXT)
_HELD = (
    select(holds.c.product, holds.c.lot, holds.c.unit)
    .select_from(_LOTS.join(holds, (holds.c.product == _LOTS.c.product) & (holds.c.lot == _LOTS.c.lot)))
    .where(holds.c.state == "held")
    .distinct()
)


def held_of(connection: Connection, lots: Collection[BatchKey]) -> frozenset[UnitKey]:
    """Return the units of some lots that wait for a person's decision."""
    found = connection.execute(_HELD, rows_given(sorted(lots))) if lots else ()
    return frozenset(UnitKey(*row) for row in found)


class OnHold(NamedTuple):
    """The units that wait for a person's decision: because of a hold that stands, or only of some that do no more."""

    held: frozenset[UnitKey]
    unfounded: frozenset[UnitKey]

    @property
    def units(self) -> frozenset[UnitKey]:
        """All of them: none may be used."""
        return self.held | self.unfounded


def on_hold(connection: Connection, known_at: int | None = None) -> OnHold:
    """Return which units wait for a decision, or did at an instant: the one count of them."""
    found = units_on_hold(connection, known_at)
    unfounded = frozenset(unit for unit, usability in found.items() if usability.code == "unfounded")
    return OnHold(frozenset(found) - unfounded, unfounded)


def units_on_hold(connection: Connection, known_at: int | None = None) -> dict[UnitKey, Usability]:
    """Return the answer for every unit that waits for a person's decision, or did at an instant: held or unfounded."""
    held: dict[UnitKey, list[RecordedHold]] = defaultdict(list)
    for unit, hold in _holds(connection, known_at, state="held"):
        held[unit].append(hold)
    return {unit: usability(found, ()) for unit, found in held.items()}


def _holds(
    connection: Connection, known_at: int | None, batches: Sequence[BatchKey] | None = None, state: str | None = None
) -> Iterator[tuple[UnitKey, RecordedHold]]:
    """Yield the holds, or those of that instant, as far as they are of these batches and in this state (None: any)."""
    table = (holds if known_at is None else hold_revisions).c
    conditions: list[ColumnElement[bool]] = [] if known_at is None else in_force(hold_revisions, known_at)
    conditions += [] if batches is None else [tuple_(table.product, table.lot).in_(batches)]
    conditions += [] if state is None else [table.state == state]
    columns = (table.product, table.lot, table.unit, table.rule, table.state, table.founded)
    for row in connection.execute(select(*columns).where(*conditions).order_by(table.id)):
        yield UnitKey(*row[:3]), RecordedHold(row.rule, status_of(row.state, founded=row.founded))


def _firings(
    connection: Connection, known_at: int | None, batches: Sequence[BatchKey]
) -> Iterator[tuple[UnitKey, RecordedFiring]]:
    """Yield the firings in force, or those of that instant, that hold a unit or ask for review."""
    columns = (firings.c.product, firings.c.lot, firings.c.unit, firings.c.rule, firings.c.action)
    wanted = (*in_force(firings, known_at), firings.c.action.in_(("hold", "review")))
    query = select(*columns).where(tuple_(firings.c.product, firings.c.lot).in_(batches), *wanted)
    for row in connection.execute(query.order_by(firings.c.row)):
        yield UnitKey(*row[:3]), RecordedFiring(row.rule, row.action)
