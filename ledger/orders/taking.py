"""What is asked with orders is taken in a step."""

from collections.abc import Collection, Mapping
from typing import Any

from domain.model import UnitKey
from ledger.engine_state import EngineState
from ledger.models.stock.stock_now import StockNow
from ledger.orders.orders import Answer, Ordering
from ledger.requests import (
    CancelOrder,
    ConfirmPick,
    PlaceOrder,
    Record,
    ReleaseReservations,
    ReserveOrder,
    ShipOrder,
    StartPick,
    written,
)
from ledger.requests import Ordering as Asked
from ledger.step import Step
from ledger.stock import movements
from rules.engine import Engine
from rules.stability import life_used
from store import journal


def take(step: Step, who: str, request: Asked, engine_state: EngineState) -> Answer:
    """Do what is asked and return the answer; the journal has it. Raises an expected error for a refusal."""

    def record(asked: Record, order: str) -> Any:
        return movements.take(step, who, asked, engine_state, order)

    ordering = Ordering(step, who, stock_now(step, engine_state), record)
    answer = _do(ordering, request)
    journal.append(step.connection, "correction", step.now, [{"who": who, "request": written(request)}])
    return answer


def _do(ordering: Ordering, request: Asked) -> Answer:
    match request:
        case PlaceOrder():
            return ordering.place(request)
        case ReserveOrder():
            return ordering.reserve(request)
        case ReleaseReservations():
            return ordering.release(request)
        case StartPick():
            return ordering.start(request)
        case ConfirmPick():
            return ordering.confirm(request)
        case ShipOrder():
            return ordering.ship(request)
        case CancelOrder():
            return ordering.cancel(request)


def stock_now(step: Step, engine_state: EngineState) -> StockNow:
    """Return the stock as it is in this step."""
    engine = engine_state.engine
    names = engine_state.names.of(step.histories)
    return StockNow(step.connection, names, step.now, lambda units: _life_used(engine, units))


def _life_used(engine: Engine, units: Collection[UnitKey]) -> Mapping[UnitKey, int]:
    evidence = ((unit, engine.evidence(unit)) for unit in units)
    return {unit: life_used(each) for unit, each in evidence if each is not None}
