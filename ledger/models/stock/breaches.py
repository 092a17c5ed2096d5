"""Which units a movement takes although they may not be used: what `pick` would have passed over at that instant."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from batches.movements import Destroy, Done, Make, Merge, Move, Movement, Ship
from batches.names import Names
from batches.status import REASONS, Reason, Statuses
from domain.model import UnitKey
from domain.times import NEVER
from ledger.lots import look_up
from ledger.models.in_use import ends_in_use
from ledger.models.stock.loading import Loading
from store.stock.as_of import AsOf
from store.stock.given import TEXT, given, rows_given
from store.stock.units import ids_of
from store.tables import holds

_ANY: frozenset[Reason] = frozenset(REASONS) - {"reserved"}
_BLOCKED: frozenset[Reason] = frozenset(("rejected", "recalled", "quarantined", "blocked_source", "held"))
_HELD: frozenset[Reason] = frozenset(("held",))


class Breach(NamedTuple):
    """A unit that may not be used, and the first reason."""

    unit: UnitKey
    reason: Reason


class _Taken(NamedTuple):
    """What a movement takes, for what it matters that it may be used, and for whom it is."""

    units: Collection[UnitKey]
    reasons: frozenset[Reason]
    party: str | None = None


class UnitRecords:
    """When units were on hold, and since when they were open or thawed too long: read once for many movements."""

    def __init__(self, connection: Connection, names: Names, movements: Iterable[Movement]) -> None:
        taken = [found for each in movements if (found := _taken(each.done)) is not None]
        units = {unit for each in taken for unit in each.units}
        self._spans = _spans(connection, units)
        dated = {unit[:2] for each in taken if "expired" in each.reasons for unit in each.units}
        self._ends_in_use = ends_in_use(connection, dated, names.products)

    def held(self, units: Iterable[UnitKey], instant: int) -> set[UnitKey]:
        """Return those of some units that were on hold: a hold had been placed, and nobody had released it."""
        return {unit for unit in units if any(since <= instant < until for since, until in self._spans.get(unit, ()))}

    def expired_in_use(self, units: Iterable[UnitKey], instant: int) -> set[UnitKey]:
        """Return the units of some that had been opened or thawed too long ago."""
        return {unit for unit in units if self._ends_in_use.get(unit, NEVER) <= instant}


def breaches(connection: Connection, names: Names, movement: Movement, records: UnitRecords) -> list[Breach]:
    """Return the units that a movement on record takes although they may not be used, by what is known of it now.

    Of stock that is moved or destroyed only what is on hold counts.
    """
    taken = _taken(movement.done)
    if taken is None:
        return []
    held = records.held(taken.units, movement.at)
    if taken.reasons == _HELD:
        return [Breach(unit, "held") for unit in taken.units if unit in held]
    loading = Loading(connection, AsOf(movement.at, movement.line - 1))
    loading.add_back(ids_of(connection, taken.units).values())
    loading.add_statuses(sorted({unit.lot for unit in loading.stock.units.values()}))
    look_up(names.batches, {unit.lot for unit in loading.stock.units.values()})
    expired = records.expired_in_use(taken.units, movement.at)
    statuses = Statuses(loading.stock, names, movement.at, held, expired_in_use=expired)
    found = []
    for key in taken.units:
        unit = loading.stock.units.get(key)
        reason = None if unit is None else statuses.why_unusable(unit, taken.party)
        if reason is not None and reason in taken.reasons:
            found.append(Breach(key, reason))
    return found


_LOTS = given(product=TEXT, lot=TEXT)
_IS_OF_LOTS = (holds.c.product == _LOTS.c.product) & (holds.c.lot == _LOTS.c.lot)
_HOLDS_OF_LOTS = select(
    holds.c.product, holds.c.lot, holds.c.unit, holds.c.placed_at, holds.c.state, holds.c.disposed_at
).select_from(_LOTS.join(holds, _IS_OF_LOTS))


def _spans(connection: Connection, units: Collection[UnitKey]) -> dict[UnitKey, list[tuple[int, int]]]:
    """Return when units were on hold, as far as they ever were."""
    found: dict[UnitKey, list[tuple[int, int]]] = {}
    if not units:
        return found
    lots = sorted({(unit.product, unit.lot) for unit in units})
    for row in connection.execute(_HOLDS_OF_LOTS, rows_given(lots)):
        unit = UnitKey(row.product, row.lot, row.unit)
        if unit in units:
            until = row.disposed_at if row.state == "released" else NEVER
            found.setdefault(unit, []).append((row.placed_at, until))
    return found


def _taken(done: Done) -> _Taken | None:
    match done:
        case Ship():
            return _Taken(_once(item.unit for item in done.units), _ANY, done.party)
        case Make():
            return _Taken(_once(item.unit for item in done.inputs), _BLOCKED | {"expired"})
        case Merge():
            return _Taken(done.units, _BLOCKED)
        case Move() | Destroy():
            return _Taken(_once(item.unit for item in done.units), _HELD)
    return None


def _once(units: Iterable[UnitKey]) -> tuple[UnitKey, ...]:
    return tuple(dict.fromkeys(units))
