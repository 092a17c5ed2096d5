"""Requests to record movements, from their keys to their answers: recorded, placed in the engine and settled.

Those of one step that concern different things are recorded together (`ledger.stock.together`): the tables are asked
and written once for all of them, and what they touch is judged once. If that is refused they are taken by halves.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from batches.names import Names
from domain.errors import ColdchainError, UnavailableError
from domain.model import UnitKey
from ledger.engine_state import EngineState
from ledger.requests import Record
from ledger.step import Step
from ledger.stock import caution, stays, taking
from ledger.stock.given import Asked, Reading
from ledger.stock.recording import Recorded
from ledger.stock.taking import Answer, Taken
from ledger.stock.together import Wanted, first_together

Outcome: TypeAlias = Answer | ColdchainError  # what a request is answered, or refused with

_NAMED_AT_MOST = 5
_PLACED = ("placed", "founded")


def take(step: Step, who: str, request: Record, engine_state: EngineState, order: str | None = None) -> Answer:
    """Record movements and return the answer; `order`: they are those of an order.

    Raises Refused with the first of wrong form, ConflictError with the first that is not possible or would become so;
    then nothing has changed.
    """
    [outcome] = take_all(step, [Asked(who, request, order)], engine_state)
    if isinstance(outcome, ColdchainError):
        raise outcome
    return outcome


def take_all(step: Step, asked: Sequence[Asked], engine_state: EngineState) -> list[Outcome]:
    """Do what several ask for, in order, each all or nothing; their keys differ. Return what each comes to."""
    known = taking.known_answers(step, asked)
    new = [each for each, before in zip(asked, known, strict=True) if before is None]
    outcomes = iter(_take_new(step, new, engine_state) if new else ())
    return [next(outcomes) if before is None else before for before in known]


def _take_new(step: Step, asked: Sequence[Asked], engine_state: EngineState) -> list[Outcome]:
    engine_state.correct(step)
    names = engine_state.names.of(step.histories, [each for request in asked for each in request.objects])
    outcomes: list[Outcome] = []
    at_once = len(asked)
    while rest := asked[len(outcomes) :]:
        some = rest[:at_once]
        reading = Reading(step.connection, names, some)
        if len(some) > 1 and reading.is_ambiguous:
            at_once = 1
            continue
        found = first_together(some, reading)
        wanted = [each for each in found if isinstance(each, Wanted)]
        try:
            answers = iter(_record(step, wanted, names, engine_state) if wanted else ())
        except UnavailableError:
            raise
        except ColdchainError as error:
            if len(found) > 1:
                at_once = (len(found) + 1) // 2
                continue
            answers = iter([error])
        outcomes += [next(answers) if isinstance(each, Wanted) else each for each in found]
        at_once = len(asked)
    return outcomes


def _record(step: Step, wanted: Sequence[Wanted], names: Names, engine_state: EngineState) -> Sequence[Outcome]:
    """Record what requests want and settle it; return their answers. Raises ConflictError if nothing was done."""
    taken = taking.take(step, wanted, names)
    differing = list(_differing(wanted, taken.recorded))
    mark = len(step.event_log.actions)
    placed = _place(step, wanted, differing, taken.recorded, engine_state)
    for each in wanted:
        caution.tell(step, taking.forced_of(each, taken.forced), engine_state.alerting)
    answers = [_answer(step, taken, each, i, differing[i], placed[i], mark) for i, each in enumerate(wanted)]
    taking.keep_answers(step, zip((each.asked for each in wanted), answers, strict=True))
    return answers


def _differing(wanted: Sequence[Wanted], recorded: Recorded) -> Iterator[dict[UnitKey, int]]:
    """Yield for each request the units of which something else is so by it, each with the instant from which on."""
    if len(wanted) == 1:
        yield recorded.differing
        return
    for each in wanted:
        named = {unit for number in each.numbers for unit in recorded.named[number]}
        yield {unit: at for unit, at in recorded.differing.items() if unit in named}


def _place(
    step: Step,
    wanted: Sequence[Wanted],
    differing: Sequence[Mapping[UnitKey, int]],
    recorded: Recorded,
    engine_state: EngineState,
) -> list[Collection[UnitKey]]:
    """Let units be where they are by now and judge them; return the units that this was for each request."""
    placed: list[Collection[UnitKey]] = [()] * len(wanted)
    if not recorded.differing:
        return placed
    moved = stays.moved(step.connection, recorded.differing, recorded.numbers)
    by = {unit: i for i, units in enumerate(differing) for unit in units}
    for i, each in enumerate(wanted):
        # What came of a unit before is no other request's.
        mine = {unit: stays for unit, stays in moved.items() if by.get(unit, 0) == i}
        if mine:
            engine_state.place(step, mine, _cause(each))
        placed[i] = mine.keys()
    engine_state.settle(step)
    return placed


def _cause(wanted: Wanted) -> dict[str, Any]:
    lines = wanted.given.lines
    names = [line.movement.id for line in lines[:_NAMED_AT_MOST]]
    return {"kind": "movement", "who": wanted.asked.who, "movements": names, "count": len(lines)}


def _answer(
    step: Step,
    taken: Taken,
    wanted: Wanted,
    which: int,
    differing: Collection[UnitKey],
    placed: Collection[UnitKey],
    mark: int,
) -> Answer:
    held = [subject for subject, _ in _holds_that(step, mark, placed, _PLACED)]
    blocked = taken.blocking[which].found(UnitKey(each["product"], each["lot"], each["unit"]) for each in held)
    answer = taking.answer_of(wanted.given, taken.recorded, differing)
    answer["held"] = [number for _, number in _holds_that(step, mark, placed, _PLACED)]
    answer["unfounded"] = [number for _, number in _holds_that(step, mark, placed, ("unfounded",))]
    answer["blocked"] = [[*unit, reason] for unit, reason in blocked.items()]
    return answer


def _holds_that(
    step: Step, mark: int, units: Collection[UnitKey], what: Collection[str]
) -> list[tuple[Mapping[str, Any], int]]:
    """Return the holds of units that this happened to since a place in the event log: of what, and their numbers."""
    done = step.event_log.done(mark)
    holds = [(subject, int(row["key"])) for row, subject in done if row["kind"] == "hold" and row["what"] in what]
    return [each for each in holds if UnitKey(each[0]["product"], each[0]["lot"], each[0]["unit"]) in units]
