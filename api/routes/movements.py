"""Movements of stock: recorded, one or many at once, and read."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Query
from fastapi import Request as HTTPRequest

from api.deps import Caller, MovesStock, SeesSite, SeesStock
from api.models.base import Words
from api.models.movements import BlockedUnit, Movement, Recorded, RecordedMovement, ShipmentBreach, UnitName
from api.paging import Page
from api.people.roles import Permission
from api.reads.movements import OfBreaches, OfMovements, address, breaches_of, find, page_of
from batches.fields import elements
from domain.errors import ForbiddenError, InvalidError
from ledger.requests import Override, Record, Signature

router = APIRouter(prefix="/movements", tags=["movements"])

_RECEIVE = {
    **{"id": "M0001", "at": "2026-01-02T08:00:00Z", "do": "receive", "product": "VAX", "lot": "A1-B"},
    **{"unit": "PALLET-9", "quantity": 100, "location": "ROOM-2"},
}
_OBJECT = {"type": "object", "description": "a movement: `id`, `at`, `do` and the fields of that"}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "a movement, or a list of them",
        "content": {
            "application/json": {
                "schema": {"anyOf": [_OBJECT, {"type": "array", "items": _OBJECT}]},
                "examples": {"example": {"summary": "Stock arrives", "value": _RECEIVE}},
            }
        },
    }
}


async def _body(request: HTTPRequest) -> str:
    """Return what was sent as text: numbers are taken as they are written."""
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"the body is not UTF-8: byte {error.object[error.start]:#04x}") from error


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same request with the same key is done once, and has the same answer, for a week.",
        examples=["5b0e3c1c-8f0c-4a44-9a57-6f2f4f1f7a10"],
    ),
]


OverrideReason = Annotated[
    Words | None,
    Query(
        alias="override",
        min_length=1,
        max_length=2000,
        description="why stock may be moved, used up or shipped although it is on hold, blocked or expired; QA only",
        examples=["destruction agreed with the owner"],
    ),
]


Signer = Annotated[
    str | None,
    Header(alias="X-Signer", max_length=200, description="who signs an override: a person of QA", examples=["paula"]),
]
SignerPassword = Annotated[
    str | None,
    Header(
        alias="X-Signer-Password",
        max_length=1000,
        description="that person's password",
        examples=["correct horse battery"],
    ),
]


@router.post("", openapi_extra=_BODY)
def record(
    caller: MovesStock,
    body: Annotated[str, Depends(_body)],
    key: Key = None,
    reason: OverrideReason = None,
    signer: Signer = None,
    password: SignerPassword = None,
) -> Recorded:
    """Record a movement, or a list of them, all or none; what follows from them is so when it is answered.

    A movement without an `id` gets one. One that is on record with the same content changes nothing. Stock on hold or
    blocked is not used up, merged, destroyed or shipped, unless QA overrides that, signed by a person.
    """
    texts = elements(body)
    where = [""] if body.lstrip()[:1] != "[" else [f"[{i}]" for i in range(len(texts))]
    override = None if reason is None else _override(caller, reason, signer, password)
    answer = caller.ask(Record(movements=list(zip(where, texts, strict=True)), key=key, override=override))
    blocked = answer.get("blocked", ())  # of answers that were kept before it was told
    return Recorded(
        movements=[_recorded(each) for each in answer["movements"]],
        units=[UnitName(product=product, lot=lot, unit=unit) for product, lot, unit in answer["differing"]],
        held=answer["held"],
        blocked=[BlockedUnit(product=product, lot=lot, unit=unit, reason=why) for product, lot, unit, why in blocked],
        unfounded=answer["unfounded"],
    )


@router.get("")
def list_movements(caller: SeesStock, query: Annotated[OfMovements, Query()]) -> Page[Movement]:
    """Return movements, those recorded last first; voided ones too. A client sees those of its own lots."""
    with caller.look() as view:
        return page_of(view, query)


@router.get("/breaches")
def list_breaches(caller: SeesSite, query: Annotated[OfBreaches, Query()]) -> Page[ShipmentBreach]:
    """Return what was shipped although `pick` would have passed it over at that instant, by what is known now."""
    with caller.look() as view:
        return breaches_of(view, query)


@router.get("/{id:path}")
def get_movement(caller: SeesStock, id: str) -> Movement:
    """Return one movement."""
    with caller.look() as view:
        return find(view, id)


def _override(caller: Caller, reason: str, signer: str | None, password: str | None) -> Override:
    """Return an override as a person signs it. Raises ForbiddenError for one who may not, or a wrong password."""
    caller.person.require(Permission.DISPOSE)
    if not signer or not password:
        raise ForbiddenError("an override is signed by a person: send X-Signer and X-Signer-Password")
    name = caller.sign_as(signer, password, Permission.DISPOSE)
    return Override(reason, Signature(name, "stock movement overridden"))


def _recorded(told: dict[str, Any]) -> RecordedMovement:
    movement = msgspec.json.decode(told["recorded"])
    return RecordedMovement(
        id=told["id"], number=told["number"], is_new=told["is_new"], movement=movement, href=address(told["id"])
    )
