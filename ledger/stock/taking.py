"""What asks for movements to be recorded is taken in a step: once for each key, with journal, audit and events."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from batches.names import Names
from domain.errors import ConflictError
from domain.model import UnitKey
from ledger.requests import Record, written
from ledger.step import Step
from ledger.stock import caution
from ledger.stock.caution import Forced
from ledger.stock.given import Asked, Given, Line
from ledger.stock.newly_blocked import NewlyBlocked
from ledger.stock.recording import Recorded, record
from ledger.stock.statuses import refuse_lifting
from ledger.stock.together import Wanted
from store import journal
from store.stock import answered

Answer = dict[str, Any]


def known_answers(step: Step, asked: Sequence[Asked]) -> list[Answer | ConflictError | None]:
    """Return for each request what was answered to the same one with its key before; None: it is new.

    A ConflictError says that the key was used for something else.
    """
    kept = answered.find(step.connection, [each.key for each in asked if each.key is not None])
    return [_known(kept.get(each.key), each.request) if each.key is not None else None for each in asked]


def _known(before: answered.Answered | None, request: Record) -> Answer | ConflictError | None:
    if before is None:
        return None
    if before.asked != _asked(request):
        return ConflictError(f'the key "{request.key}" was used for another request already')
    return dict(before.answer)


def keep_answers(step: Step, answers: Iterable[tuple[Asked, Answer]]) -> None:
    """Keep what is answered, for the same requests with their keys."""
    kept = {
        each.key: answered.Answered(_asked(each.request), answer, is_error=False)
        for each, answer in answers
        if each.key is not None
    }
    answered.keep(step.connection, kept, step.now)


class Taken(NamedTuple):
    """What was recorded, what of it there is something against, and what each request blocks."""

    recorded: Recorded
    forced: list[Forced]
    blocking: list[NewlyBlocked]


def take(step: Step, wanted: Sequence[Wanted], names: Names) -> Taken:
    """Record the movements of requests.

    Raises ConflictError with the first that is not possible or would become so; then nothing has changed.
    """
    order = wanted[0].asked.order
    blocking = [NewlyBlocked(step.connection, names, each.given, step.now) for each in wanted]
    given = _joined(wanted)
    with step.connection.begin_nested():  # what caution refuses is undone
        recorded = record(step.connection, given, step.now, refuse_lifting, alone=len(wanted) == 1)
        forced = caution.check(step, names, given.happening, order)
    journal.append_each(step.connection, "correction", step.now, [_entry(each) for each in wanted if each.given.lines])
    for each in wanted:
        _note(step, recorded, each.given.lines)
        caution.note(step, forced_of(each, forced))
    return Taken(recorded, forced, blocking)


def _joined(wanted: Sequence[Wanted]) -> Given:
    """Return what is new of all of them; only a request by itself has voids."""
    first, *others = (each.given for each in wanted)
    return first if not others else Given([line for each in wanted for line in each.given.lines])


def _entry(wanted: Wanted) -> list[Any]:
    return [{"who": wanted.asked.who, "request": written(wanted.asked.request)}]


def _note(step: Step, recorded: Recorded, lines: Iterable[Line]) -> None:
    """Note the movements of a request."""
    for line in lines:
        said = msgspec.json.decode(recorded.texts[line.movement.line])
        units = [list(unit) for unit in recorded.named[line.movement.line]]
        subject = {"movement": line.movement.id, "do": line.do, "units": units}
        name, reason = line.movement.id, said.get("reason")
        step.event_log.action(line.who, "recorded", "movement", name, subject, after=said, reason=reason)


def forced_of(wanted: Wanted, forced: Iterable[Forced]) -> list[Forced]:
    """Return what of it was recorded although there is something against it."""
    return [each for each in forced if each.line.movement.line in wanted.numbers]


def answer_of(given: Given, recorded: Recorded, differing: Collection[UnitKey]) -> Answer:
    """Return what a request is answered with; `differing`: the units of which something else is so by it."""
    known = [_answered(each.id, each.number, each.recorded, is_new=False) for each in given.known]
    new = [_answered(line.movement.id, line.movement.line, recorded.texts[line.movement.line]) for line in given.lines]
    return {
        "movements": sorted([*known, *new], key=lambda each: int(each["number"])),
        "differing": [list(unit) for unit in differing],
    }


def _answered(name: str, number: int, text: str, is_new: bool = True) -> Answer:
    return {"id": name, "number": number, "is_new": is_new, "recorded": text}


def _asked(request: Record) -> str:
    return hashlib.sha256(msgspec.json.encode([request.movements, request.override])).hexdigest()
