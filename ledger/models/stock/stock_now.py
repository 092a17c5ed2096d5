"""The part of the stock that orders are about, as it is in a step: what may be taken of it, and why not of the rest."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from batches.names import Names
from batches.orders import WhyNot
from batches.picking import Picked, Picking
from batches.questions import AskPick
from batches.status import Statuses
from batches.stock import Unit
from domain.model import UnitKey
from ledger.lots import look_up
from ledger.models.in_use import expired_in_use
from ledger.models.stock.candidates import load_blocked, load_for_pick
from ledger.models.stock.loading import Loading
from ledger.models.usability import on_hold
from store.stock import as_of as rows
from store.stock.as_of import AsOf

LifeUsed = Callable[[Collection[UnitKey]], Mapping[UnitKey, int]]  # 10⁻⁶ of their stability, see Picking
_ALL = AsOf(None)


@dataclass
class StockNow:
    """Reads what is asked for, each time anew: a step changes it. `life_used`: what units have used of their life."""

    connection: Connection
    names: Names
    at: int
    life_used: LifeUsed

    @cached_property
    def held(self) -> frozenset[UnitKey]:
        """Return the units that wait for somebody's decision."""
        return on_hold(self.connection).units

    @cached_property
    def expired_in_use(self) -> frozenset[UnitKey]:
        """Return the units that were opened or thawed too long ago."""
        return expired_in_use(self.connection, None, self.names.products, self.at)

    def units(self, keys: Iterable[UnitKey]) -> dict[UnitKey, Unit]:
        """Return units as they are, those that have begun."""
        loading = Loading(self.connection, _ALL)
        loading.add_numbers(rows.numbers_of(self.connection, (), list(keys)))
        return loading.stock.units

    def why_not(self, keys: Iterable[UnitKey], party: str | None) -> WhyNot:
        """Return what tells why one of these units may not be taken (for a party), whoever has reserved it."""
        loading = Loading(self.connection, _ALL)
        keys = list(keys)
        loading.add_numbers(rows.numbers_of(self.connection, (), keys))
        load_blocked(loading)
        loading.add_statuses({unit.lot for unit in loading.by_number.values()})
        look_up(self.names.batches, {unit.lot for unit in loading.by_number.values()})
        statuses = Statuses(loading.stock, self.names, self.at, self.held, expired_in_use=self.expired_in_use)
        units = loading.stock.units
        return lambda key: statuses.why_unusable(units[key], party) if key in units else "not_in_stock"

    def pick(self, asked: AskPick, reserved: Mapping[UnitKey, int]) -> Picked:
        """Return what to take, as `pick` does."""
        loading = Loading(self.connection, _ALL)
        locations = None if asked.location is None else self.names.below(asked.location, self.at)
        if asked.strategy == "stability":
            loading.add(self.connection.execute(rows.states(_ALL, *rows.in_stock(asked.product, None, locations))))
            load_blocked(loading)
            loading.add_first_in({unit.lot for unit in loading.by_number.values()})
            loading.add_statuses({unit.lot for unit in loading.by_number.values()})
        else:
            known = {*self.held, *self.expired_in_use, *reserved}
            load_for_pick(loading, self.names, asked, self.at, locations=locations, named=known)
        look_up(self.names.batches, {unit.lot for unit in loading.by_number.values()})
        candidates = [
            unit
            for place in (loading.stock.at if locations is None else locations)
            for unit in loading.stock.at.get(place, {}).values()
            if unit.key.product == asked.product
        ]
        used = self.life_used([unit.key for unit in candidates]) if asked.strategy == "stability" else {}
        picking = Picking(
            loading.stock,
            self.names,
            self.at,
            self.held,
            expired_in_use=self.expired_in_use,
            reserved=reserved,
            life_used=used,
        )
        return picking.pick(asked, candidates)
