"""A request to record movements, from its key to its answer: recorded, placed in the engine and settled in one step."""

from collections.abc import Collection, Mapping
from typing import Any

from domain.model import UnitKey
from ledger.engine_state import EngineState
from ledger.requests import Record
from ledger.step import Step
from ledger.stock import caution, stays, taking
from ledger.stock.taking import Answer

_NAMED_AT_MOST = 5
_PLACED = ("placed", "founded")


def take(step: Step, who: str, request: Record, engine_state: EngineState, order: str | None = None) -> Answer:
    """Record movements and return the answer. Raises as `ledger.stock.taking.take`; then nothing has changed."""
    known = taking.known_answer(step, who, request)
    if known is not None:
        return known
    engine_state.correct(step)
    known_names = engine_state.names.of(step.histories, request.movements)
    recorded, forced, blocking = taking.take(step, who, request, known_names, order)
    mark = len(step.event_log.actions)
    if recorded.differing:
        moved = stays.moved(step.connection, recorded.differing, recorded.numbers)
        names = [line.movement.id for line in recorded.lines[:_NAMED_AT_MOST]]
        cause = {"kind": "movement", "who": who, "movements": names, "count": len(recorded.lines)}
        engine_state.place(step, moved, cause)
        engine_state.settle(step)
    caution.tell(step, who, forced, engine_state.alerting)
    held = [subject for subject, _ in _holds_that(step, mark, _PLACED)]
    blocked = blocking.found(UnitKey(each["product"], each["lot"], each["unit"]) for each in held)
    answer = taking.answer_of(recorded) | _holds(step, mark)
    answer["blocked"] = [[*unit, reason] for unit, reason in blocked.items()]
    taking.keep_answer(step, who, request, answer)
    return answer


def _holds(step: Step, mark: int) -> Answer:
    """Return the holds that were placed, and those no longer supported, since a place in the event log."""
    return {
        "held": [number for _, number in _holds_that(step, mark, _PLACED)],
        "unfounded": [number for _, number in _holds_that(step, mark, ("unfounded",))],
    }


def _holds_that(step: Step, mark: int, what: Collection[str]) -> list[tuple[Mapping[str, Any], int]]:
    """Return the holds that this happened to since a place in the event log: of what, and their numbers."""
    done = step.event_log.done(mark)
    return [(subject, int(row["key"])) for row, subject in done if row["kind"] == "hold" and row["what"] in what]
