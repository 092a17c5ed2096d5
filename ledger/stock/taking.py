"""What asks for movements to be recorded is taken in a step: once for each key, with journal, audit and events."""

import hashlib
from typing import Any, NamedTuple

import msgspec

from batches.names import Names
from domain.errors import ConflictError, InvalidError
from ledger.requests import Record, written
from ledger.step import Step
from ledger.stock import caution
from ledger.stock.caution import Forced
from ledger.stock.given import read
from ledger.stock.newly_blocked import NewlyBlocked
from ledger.stock.recording import Recorded, record
from ledger.stock.statuses import refuse_lifting
from store import journal
from store.stock import answered

Answer = dict[str, Any]


def known_answer(step: Step, who: str, request: Record) -> Answer | None:
    """Return what was answered to the same request with its key before.

    Raises ConflictError if the key was used for something else.
    """
    before = None if request.key is None else answered.find(step.connection, who, request.key)
    if before is None:
        return None
    if before.asked != _asked(request):
        raise ConflictError(f'the key "{request.key}" was used for another request already')
    return dict(before.answer)


def keep_answer(step: Step, who: str, request: Record, answer: Answer) -> None:
    """Keep what is answered, for the same request with its key."""
    if request.key is not None:
        kept = answered.Answered(_asked(request), answer, is_error=False)
        answered.keep(step.connection, who, request.key, kept, step.now)


class Taken(NamedTuple):
    """What was recorded, what of it there is something against, and what it blocks."""

    recorded: Recorded
    forced: list[Forced]
    blocking: NewlyBlocked


def take(step: Step, who: str, request: Record, names: Names, order: str | None = None) -> Taken:
    """Record movements; `order`: they are those of an order.

    Raises Refused with the first of wrong form, ConflictError with the first that is not possible or would become so.
    """
    given = read(step.connection, request.movements, names)
    if request.override is not None and not request.override.reason.strip():
        raise InvalidError("an override needs a reason, and none is given")
    blocking = NewlyBlocked(step.connection, names, given, step.now)
    with step.connection.begin_nested():  # what caution refuses is undone
        recorded = record(step.connection, given, who, step.now, refuse_lifting)
        forced = caution.check(step, who, names, given.happening, request.override, order)
    if recorded.lines:
        journal.append(step.connection, "correction", step.now, [{"who": who, "request": written(request)}])
    for line in recorded.lines:
        said = msgspec.json.decode(recorded.texts[line.movement.line])
        units = [list(unit) for unit in recorded.named[line.movement.line]]
        subject = {"movement": line.movement.id, "do": line.do, "units": units}
        reason = said.get("reason")
        step.event_log.action(who, "recorded", "movement", line.movement.id, subject, after=said, reason=reason)
    caution.note(step, who, forced)
    return Taken(recorded, forced, blocking)


def answer_of(recorded: Recorded) -> Answer:
    """Return what the request is answered with."""
    known = [_told(each.id, each.number, each.recorded, is_new=False) for each in recorded.known]
    new = [_told(line.movement.id, line.movement.line, recorded.texts[line.movement.line]) for line in recorded.lines]
    return {
        "movements": sorted([*known, *new], key=lambda each: int(each["number"])),
        "differing": [list(unit) for unit in recorded.differing],
    }


def _told(name: str, number: int, text: str, is_new: bool = True) -> Answer:
    return {"id": name, "number": number, "is_new": is_new, "recorded": text}


def _asked(request: Record) -> str:
    return hashlib.sha256(msgspec.json.encode([request.movements, request.override])).hexdigest()
