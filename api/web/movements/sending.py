"""Recording what a form says, once however often it is sent, and taking it back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from api.models.movements import Movement
from api.people.roles import Permission
from api.reads.movements import find
from api.web.frame.forms import needed, of_the_form
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from api.web.movements.filled import FieldError, field_of, movement_of
from api.web.movements.kinds import KINDS
from domain.errors import ColdchainError, ConflictError, ForbiddenError, InvalidError
from domain.times import HOUR, parse_instant
from ledger.requests import Override, Record, Signature
from ledger.stock.caution import way_out

Asks = Literal["override", "reason"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not recorded: at which field, and what would let it be."""

    words: str
    code: str
    field: str | None = None
    asks: Asks | None = None


def record(visitor: Visitor, sent: Mapping[str, str]) -> str | Refusal:
    """Record a movement; return its id, or why it is not recorded."""
    kind = sent.get("do", "")
    if kind not in KINDS:
        return Refusal(text("movements.no_kind", given=kind[:40]), InvalidError.code)
    try:
        return _record(visitor, kind, sent)
    except FieldError as error:
        return Refusal(str(error), error.code, error.field)
    except ColdchainError as error:
        return _refusal(visitor, kind, of_the_form(error))


def _record(visitor: Visitor, kind: str, sent: Mapping[str, str]) -> str:
    key = needed(sent.get("key", ""), "movements.needs_key")
    override = _override(visitor, sent)
    with visitor.look() as view:
        movement = movement_of(view, kind, sent)
    return _ask(visitor, movement, key, override)


def _override(visitor: Visitor, sent: Mapping[str, str]) -> Override | None:
    """Return what overrides a refusal, signed; None if nothing is to be."""
    if not sent.get("password"):
        return None
    visitor.person.require(Permission.DISPOSE)
    try:
        reason = needed(sent.get("reason", ""), "movements.needs_reason")
    except InvalidError as error:
        raise FieldError("reason", str(error)) from error
    try:
        name = visitor.sign(sent["password"])
    except ForbiddenError as error:
        raise FieldError("password", str(error)) from error
    return Override(reason, Signature(name, text("movements.meaning")))


def _refusal(visitor: Visitor, kind: str, error: ColdchainError) -> Refusal:
    words = str(error)
    asks = way_out(words)
    if asks == "override" and not visitor.person.may(Permission.DISPOSE):
        return Refusal(f"{words}. {text('movements.only_qa')}", error.code, field_of(kind, words))
    return Refusal(words, error.code, field_of(kind, words), asks)


def take_back(visitor: Visitor, name: str) -> None:
    """Void a movement that this person recorded within the hour. Raises ConflictError if it is another's, or older."""
    with visitor.look() as view:
        found, now = find(view, name), view.now
    if found.voided_by is not None:
        return
    if not may_take_back(visitor, found, now):
        raise ConflictError(text("movements.too_late", movement=name))
    said = {"at": found.recorded_at, "do": "void", "movement": name}
    _ask(visitor, said, f"undo {name}"[:200], None)


def may_take_back(visitor: Visitor, movement: Movement, now: int) -> bool:
    """Tell whether somebody may still take a movement back."""
    is_own = movement.who == visitor.person.name and movement.do not in ("void", "count")
    return is_own and now - parse_instant(movement.recorded_at) < HOUR


def _ask(visitor: Visitor, movement: Mapping[str, Any], key: str, override: Override | None) -> str:
    line = json.dumps(movement, ensure_ascii=False)
    answer = visitor.ask(Record(movements=[("", line)], key=key, override=override))
    return str(answer["movements"][0]["id"])
