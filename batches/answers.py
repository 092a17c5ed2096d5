"""The answers to questions about stock, as JSON shows them: lists sorted by their keys in the order shown."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from batches.genealogy import outcomes, sources
from batches.history import History
from batches.names import Names
from batches.picking import Picking
from batches.quantities import number_of
from batches.questions import AskBalance, AskCount, AskPick, AskRecall, AskStock, AskTrace, Question, What, Which
from batches.status import NOTHING
from batches.stock import FLOW_KINDS, State, Stock, Unit
from domain.model import UnitKey
from domain.times import format_instant

Row = dict[str, Any]
Held = Callable[[Stock, int], Collection[UnitKey]]  # the units on hold at an instant

_QUANTITIES = ("quantity", "expected", "counted", "difference")


def answer_all(questions: Sequence[Question], history: History, names: Names, held: Held) -> list[Row]:
    """Return the answer to each question, in their order; the movements are gone through once.

    Raises Refused with the first movement that is not possible.
    """
    answers: dict[int, Row] = {}
    for i in sorted(range(len(questions)), key=lambda i: questions[i].at):
        stock = history.until(questions[i].at)
        answers[i] = Answering(stock, names, questions[i].at, held).answer(questions[i].what)
    history.all()
    return [answers[i] for i in range(len(questions))]


class Answering:
    """Answers about the stock of an instant. `expired_in_use`, `reserved` and `life_used` are for `pick`, see there."""

    def __init__(
        self,
        stock: Stock,
        names: Names,
        at: int,
        held: Held,
        *,
        expired_in_use: Collection[UnitKey] = (),
        reserved: Mapping[UnitKey, int] = NOTHING,
        life_used: Mapping[UnitKey, int] = NOTHING,
    ) -> None:
        self._stock = stock
        self._names = names
        self._at = at
        self._held = held
        self._expired_in_use = expired_in_use
        self._reserved = reserved
        self._life_used = life_used

    def answer(self, what: What) -> Row:
        """Return the answer."""
        match what:
            case AskStock():
                return self._in_stock(what)
            case AskBalance():
                return self._balance(what)
            case AskTrace("back", of):
                return self._back(self._units([of]))
            case AskTrace(_, of):
                return self._forward(self._units([of]))
            case AskRecall(which):
                return self._recall(self._units(which))
            case AskCount(movement):
                return self._count(movement)
            case AskPick():
                return self._pick(what)

    def _units(self, which: Iterable[Which]) -> list[Unit]:
        """Return the units that are named and have begun."""
        found: list[Unit] = []
        for each in which:
            if each.unit is None:
                found += self._stock.units_of(each.batch)
            elif each.unit in self._stock.units:
                found.append(self._stock.units[each.unit])
        return found

    def _stored(self, location: str | None) -> Iterator[Unit]:
        """Yield the units in stock at a location or below it; None: anywhere."""
        for place in self._stock.at if location is None else self._names.below(location, self._at):
            yield from self._stock.at.get(place, {}).values()

    def _in_stock(self, asked: AskStock) -> Row:
        rows = [
            _named(unit) | {"location": unit.where, "quantity": unit.quantity}
            for unit in self._stored(asked.location)
            if asked.product in (None, unit.key.product)
            and asked.lot in (None, unit.key.lot)
            and asked.unit in (None, unit.key)
        ]
        return {"rows": _sorted(rows)}

    def _balance(self, asked: AskBalance) -> Row:
        units = self._stock.units_of(asked.batch)
        sums: Row = {kind: number_of(sum(unit.total(kind) for unit in units)) for kind in FLOW_KINDS}
        in_stock = sum(unit.quantity for unit in units if unit.state is State.IN_STOCK)
        return sums | {"in_stock": number_of(in_stock)}

    def _back(self, units: list[Unit]) -> Row:
        found = sources(units)
        suppliers = [
            {"party": flow.party} | _named(unit) | {"quantity": flow.quantity, "at": flow.at}
            for unit in found
            for flow in unit.flows
            if flow.kind == "received" and flow.party is not None
        ]
        return {"units": _with_depth(found), "suppliers": _sorted(suppliers)}

    def _forward(self, units: list[Unit]) -> Row:
        found = outcomes(units)
        customers = [
            {"party": flow.party, "shipment": flow.shipment} | _named(unit) | {"quantity": flow.quantity, "at": flow.at}
            for unit in found
            for flow in unit.flows
            if flow.kind == "shipped"
        ]
        return {"units": _with_depth(found), "customers": _sorted(customers)}

    def _recall(self, units: list[Unit]) -> Row:
        rows = [row for unit in outcomes(units) for row in self._whereabouts(unit)]
        totals: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            totals[row["product"], row["state"]] += row["quantity"]
        summed = [{"product": key[0], "state": key[1], "quantity": total} for key, total in totals.items()]
        return {"rows": _sorted(rows), "totals": _sorted(summed)}

    def _whereabouts(self, unit: Unit) -> Iterator[Row]:
        name = _named(unit)
        if unit.state is not State.ENDED:
            party = None if unit.shipment is None else self._stock.shipments[unit.shipment].party
            where = unit.where if unit.state is State.IN_STOCK else party
            place = {"state": unit.state.value, "where": where, "shipment": unit.shipment}
            yield name | place | {"quantity": unit.quantity}
        for state, quantity in (("used", unit.total("used")), ("destroyed", unit.total("destroyed", "lost"))):
            if quantity:
                yield name | {"state": state, "where": None, "shipment": None, "quantity": quantity}

    def _count(self, movement: str) -> Row:
        rows = [
            {
                **_name(each.unit),
                "expected": each.expected,
                "counted": each.counted,
                "difference": each.counted - each.expected,
            }
            for each in self._stock.counts[movement]
        ]
        return {"rows": _sorted(rows)}

    def _pick(self, asked: AskPick) -> Row:
        picking = Picking(
            self._stock,
            self._names,
            self._at,
            self._held(self._stock, self._at),
            expired_in_use=self._expired_in_use,
            reserved=self._reserved,
            life_used=self._life_used,
        )
        candidates = (
            unit
            for unit in self._stored(asked.location)
            if unit.key.product == asked.product and asked.unit in (None, unit.key)
        )
        picked = picking.pick(asked, candidates)
        return {
            "lines": [
                _of_product(line.unit) | {"location": line.unit.where, "quantity": number_of(line.quantity)}
                for line in picked.lines
            ],
            "short": number_of(picked.short),
            "passed_over": _sorted([_of_product(unit) | {"reason": reason} for unit, reason in picked.passed_over]),
        }


def _name(key: UnitKey) -> Row:
    return {"product": key.product, "lot": key.lot, "unit": key.unit}


def _named(unit: Unit) -> Row:
    return _name(unit.key)


def _of_product(unit: Unit) -> Row:
    return {"lot": unit.key.lot, "unit": unit.key.unit}


def _with_depth(found: dict[Unit, int]) -> list[Row]:
    return _sorted([_named(unit) | {"depth": depth} for unit, depth in found.items()])


def _sorted(rows: list[Row]) -> list[Row]:
    """Sort rows by their values in the order shown, null first; then print quantities and instants."""
    rows.sort(key=lambda row: [(value is not None, value) for value in row.values()])
    for row in rows:
        for name in _QUANTITIES:
            if name in row:
                row[name] = number_of(row[name])
        if "at" in row:
            row["at"] = format_instant(row["at"])
    return rows
