"""What is asked with counts is taken in a step."""

from typing import Any

from ledger.counts.counting import Answer, Counting
from ledger.engine_state import EngineState
from ledger.requests import (
    CloseCount,
    CountUnit,
    DecideAdjustment,
    OpenCount,
    ProposeAdjustments,
    Record,
    written,
)
from ledger.requests import Counting as Asked
from ledger.step import Step
from ledger.stock import movements
from store import journal


def take(step: Step, who: str, request: Asked, engine_state: EngineState) -> Answer:
    """Do what is asked and return the answer; the journal has it. Raises an expected error for a refusal."""

    def record(asked: Record) -> Any:
        return movements.take(step, who, asked, engine_state)

    answer = _do(Counting(step, who, engine_state.names.of(step.histories), record), request)
    journal.append(step.connection, "correction", step.now, [{"who": who, "request": written(request)}])
    return answer


def _do(counting: Counting, request: Asked) -> Answer:
    match request:
        case OpenCount():
            return counting.open(request)
        case CountUnit():
            return counting.count(request)
        case CloseCount():
            return counting.close(request)
        case ProposeAdjustments():
            return counting.propose(request)
        case DecideAdjustment():
            return counting.decide(request)
