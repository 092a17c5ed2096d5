"""Questions about the stock on record: what each is about is loaded, and `batches.answers` answers it.

So they are answered as `coldchain ask` answers them. Units that storage records tell of take part; what these do not
say of a unit is listed beside the answer as not covered.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, or_, select, true

from batches.answers import Answering, Row
from batches.effects import Happening, happen
from batches.fields import read_json
from batches.form import read_movement
from batches.genealogy import outcomes
from batches.movements import Count, Movement
from batches.names import ON_RECORD, Names
from batches.questions import AskBalance, AskCount, AskPick, AskRecall, AskStock, AskTrace, What, Which
from batches.status import Reason, Statuses
from batches.stock import FLOW_KINDS, FlowKind, Stock, Unit
from domain.errors import InvalidError, NotFoundError
from domain.model import BatchKey, UnitKey
from domain.times import format_instant
from ledger.models.stock.candidates import load_blocked, load_for_pick
from ledger.models.stock.loading import Loading
from ledger.models.stock.placed import NotCovered, PlacedSite, PlacedStock
from store.stock import as_of as rows
from store.stock.as_of import AsOf
from store.stock.tables import movements, units

By: TypeAlias = Literal["product", "location", "lot"]
Units = Callable[[], Collection[UnitKey]]
_EVERY_LOT = true()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as `coldchain ask` gives it, and the units that it cannot tell of."""

    row: Row
    not_covered: list[NotCovered]


class Total(NamedTuple):
    """So many units and so much (10⁻⁶) of a product are in stock; `of`: at which location, or of which lot."""

    product: str
    of: str
    units: int
    quantity: int


def _in_stock(stock: Stock, asked: AskStock, locations: Collection[str] | None) -> Iterator[Unit]:
    for place, stored in stock.at.items():
        if locations is None or place in locations:
            for unit in stored.values():
                if asked.product in (None, unit.key.product) and asked.lot in (None, unit.key.lot):
                    yield unit


def _name(unit: Unit) -> tuple[str, str, str]:
    return unit.key.product, unit.key.lot, unit.key.unit or ""


def _none() -> Collection[UnitKey]:
    return ()


def _no_holds(stock: Stock, at: int) -> Collection[UnitKey]:
    return ()


@dataclass(frozen=True, slots=True)
class StockReader:
    """Answers questions about one instant. `names` and `placed`: the site as it is known.

    `as_of.at` None: all that is recorded counts; `at` is the present then. `held` and `expired_in_use` are asked only
    where it matters whether units may be used; they, `reserved` and `life_used` are what `batches.picking` says.
    """

    connection: Connection
    names: Names
    placed: PlacedSite
    at: int
    as_of: AsOf
    own: ColumnElement[bool] = _EVERY_LOT  # spares reading others' rows; who asks filters all the same
    held: Units = _none
    expired_in_use: Units = _none
    reserved: Mapping[UnitKey, int] = field(default_factory=dict)
    life_used: Mapping[UnitKey, int] = field(default_factory=dict)

    def totals(self, asked: AskStock, by: By) -> list[Total]:
        """Return what is in stock in sums, by product and perhaps location or lot; sorted."""
        locations = self._below(asked)
        summed: dict[tuple[str, ...], tuple[int, int]] = {}
        where = (*rows.in_stock(asked.product, asked.lot, locations), self.own)
        for row in rows.totals(self.connection, self.as_of, by, *where):
            summed[tuple(row[:-2])] = row.units, int(row.quantity)
        placed = PlacedStock(self.placed, self.at, stock := Stock())
        placed.add_stored(asked.product, asked.lot, locations)
        for unit in _in_stock(stock, asked, locations):
            key = (unit.key.product, *({"location": [unit.where or ""], "lot": [unit.key.lot]}.get(by, [])))
            count, quantity = summed.get(key, (0, 0))
            summed[key] = count + 1, quantity + unit.quantity
        return [Total(key[0], key[1] if len(key) > 1 else "", *summed[key]) for key in sorted(summed)]

    def listed(self, asked: AskStock, most: int) -> list[tuple[Unit, Reason | None]]:
        """Return units in stock in the order of their names, at most so many, each with why it may not be used."""
        loading, placed = self._opened()
        locations = self._below(asked)
        query = rows.states(self.as_of, *rows.in_stock(asked.product, asked.lot, locations), self.own)
        ordered = query.order_by(units.c.product, units.c.lot, units.c.unit).limit(most)
        loading.add(self.connection.execute(ordered))
        placed.add_stored(asked.product, asked.lot, locations)
        found = sorted(_in_stock(loading.stock, asked, locations), key=_name)[:most]
        placed.add_related(placed.lots, forward=False)
        load_blocked(loading)
        loading.add_statuses({unit.lot for unit in loading.stock.units.values()})
        expired = self.expired_in_use()
        held = self.held()
        statuses = Statuses(loading.stock, self.names, self.at, held, expired_in_use=expired, reserved=self.reserved)
        return [(unit, statuses.why_not(unit)) for unit in found]

    def stored_unknown(self, asked: AskStock) -> list[NotCovered]:
        """Return the units that stand there by storage records which do not say how much of them there is."""
        placed = PlacedStock(self.placed, self.at, Stock())
        return placed.add_stored(asked.product, asked.lot, self._below(asked))

    def _below(self, asked: AskStock) -> list[str] | None:
        return None if asked.location is None else self.names.below(asked.location, self.at)

    def answer(self, what: What) -> Answer:
        """Return the answer. Raises NotFoundError or InvalidError for a count that cannot be asked about."""
        match what:
            case AskStock():
                return self._stock(what)
            case AskBalance(batch):
                return self._balance(what, batch)
            case AskTrace("back", of):
                return self._back(what, of)
            case AskTrace(_, of):
                return self._forward(what, [of], "shipped")
            case AskRecall(which):
                return self._forward(what, which, "used", "destroyed", "lost")
            case AskCount(movement):
                return self._count(what, movement)
            case AskPick():
                return self._pick(what)

    def _opened(self) -> tuple[Loading, PlacedStock]:
        loading = Loading(self.connection, self.as_of)
        return loading, PlacedStock(self.placed, self.at, loading.stock)

    def _stock(self, asked: AskStock) -> Answer:
        loading, placed = self._opened()
        locations = self._below(asked)
        loading.add(
            self.connection.execute(
                rows.states(self.as_of, *rows.in_stock(asked.product, asked.lot, locations), self.own)
            )
        )
        lacking = placed.add_stored(asked.product, asked.lot, locations)
        return self._answer(loading, asked, [each for each in lacking if asked.unit in (None, each.unit)])

    def _balance(self, asked: AskBalance, batch: BatchKey) -> Answer:
        loading, placed = self._opened()
        loading.add(rows.states_of_lots(self.connection, self.as_of, [batch]))
        loading.add_flows(*FLOW_KINDS)
        answer = Answering(loading.stock, self.names, self.at, _no_holds).answer(asked)
        if not placed.is_placed(batch):
            return Answer(answer, [])
        placed.add(batch)
        of_lot = loading.stock.units_of(batch)
        return Answer(answer, [NotCovered(unit.key, unit.where, "no_movements") for unit in of_lot])

    def _back(self, asked: AskTrace, of: Which) -> Answer:
        loading, placed = self._opened()
        loading.add_back(self._numbers([of]))
        loading.add_flows("received")
        known = set(loading.stock.units)
        placed.add_related([of.batch], forward=False)
        beginnings = [unit for key, unit in loading.stock.units.items() if key not in known and not unit.sources]
        return self._answer(loading, asked, [NotCovered(unit.key, unit.where, "no_movements") for unit in beginnings])

    def _forward(self, asked: AskTrace | AskRecall, which: Iterable[Which], *kinds: FlowKind) -> Answer:
        which = list(which)
        loading, placed = self._opened()
        loading.add_forward(self._numbers(which))
        loading.add_flows(*kinds)
        placed.add_related([each.batch for each in which], forward=True)
        found = self._reached(loading, which) if placed.lacking else ()
        lacking = [each for key, each in placed.lacking.items() if key in found]
        if isinstance(asked, AskTrace):
            lacking = [each for each in lacking if each.reason == "whereabouts_unknown"]
        return self._answer(loading, asked, lacking)

    def _reached(self, loading: Loading, which: Iterable[Which]) -> set[UnitKey]:
        """Return the units that came from some, these included."""
        units = loading.stock.units
        named = [key for each in which for key in units if each.unit in (None, key) and each.batch == key[:2]]
        return {unit.key for unit in outcomes(units[key] for key in named)}

    def _numbers(self, which: Iterable[Which]) -> list[int]:
        lots = [each.batch for each in which if each.unit is None]
        return rows.numbers_of(self.connection, lots, [each.unit for each in which if each.unit is not None])

    def _count(self, asked: AskCount, name: str) -> Answer:
        movement = self._find_count(name)
        done = movement.done
        assert isinstance(done, Count)
        before = AsOf(movement.at, movement.line - 1, self.as_of.known_at)
        loading = Loading(self.connection, before)
        loading.add(self.connection.execute(rows.states(before, *rows.in_stock(locations=[done.location]))))
        happen(done, Happening(loading.stock, movement))
        stored = PlacedStock(self.placed, movement.at, Stock()).stored(None, None, [done.location])
        return self._answer(loading, asked, [NotCovered(unit, done.location, "no_movements") for unit in stored])

    def _find_count(self, name: str) -> Movement:
        query = select(movements).where(movements.c.id == name, movements.c.do == "count")
        if (known_at := self.as_of.known_at) is None:
            query = query.where(movements.c.voided_by.is_(None))
        else:
            not_yet = or_(movements.c.voided_at.is_(None), movements.c.voided_at > known_at)
            query = query.where(movements.c.recorded_at <= known_at, not_yet)
        row = self.connection.execute(query).first()
        if row is None:
            raise NotFoundError(f'"{name}" is no count that happened')
        if self.as_of.at is not None and row.at > self.as_of.at:
            raise InvalidError(f'at: count "{name}" happened at {format_instant(row.at)}, later than is asked about')
        return read_movement(read_json(row.recorded), ON_RECORD, row.number)

    def _pick(self, asked: AskPick) -> Answer:
        loading, placed = self._opened()
        locations = None if asked.location is None else self.names.below(asked.location, self.at)
        held, expired = self.held(), self.expired_in_use()
        named = {*held, *expired, *self.reserved, *self.life_used}
        load_for_pick(loading, self.names, asked, self.at, locations=locations, named=named)
        lacking = placed.add_stored(asked.product, None if asked.unit is None else asked.unit.lot, locations)
        lacking = [each for each in lacking if asked.unit in (None, each.unit)]
        placed.add_related(placed.lots, forward=False)
        loading.add_statuses(placed.lots)
        answering = Answering(
            loading.stock,
            self.names,
            self.at,
            lambda stock, at: held,
            expired_in_use=expired,
            reserved=self.reserved,
            life_used=self.life_used,
        )
        return Answer(answering.answer(asked), lacking)

    def _answer(self, loading: Loading, asked: What, lacking: list[NotCovered]) -> Answer:
        return Answer(Answering(loading.stock, self.names, self.at, _no_holds).answer(asked), lacking)
