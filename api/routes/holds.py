"""Holds and their disposition."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api import corrections
from api.deps import Caller, Disposes, SeesStock
from api.models import convert
from api.models.base import Number, RequestBody, Words
from api.models.records import Hold, HoldRevision
from api.paging import Page, Paging
from api.reads.finality import Finalities, mark_revisions
from api.reads.lists import AsKnown, equal, find, newest, revisions
from domain.errors import NotFoundError
from ledger.models.hold import hold_of
from store.known_at import in_force
from store.tables import hold_revisions, holds

router = APIRouter(prefix="/holds", tags=["holds"])


class OfHolds(Paging, AsKnown):
    """How holds are asked for."""

    state: Literal["held", "released", "rejected"] | None = None
    founded: bool | None = None
    product: str | None = None
    lot: str | None = None


class Disposition(RequestBody):
    """Several holds, disposed of together or not at all."""

    ids: list[Number] = Field(min_length=1, max_length=1000, examples=[[4]])
    reason: Words = Field(min_length=1, max_length=2000, pattern=r"\S", examples=["stability data of 2025-11 cover it"])


@router.get("")
def list_holds(caller: SeesStock, query: Annotated[OfHolds, Query()]) -> Page[Hold]:
    """Return holds, newest first."""
    asked = query.model_dump(include={"state", "founded", "product", "lot"})
    with caller.look() as view:
        at = query.known_at
        table = holds if at is None else hold_revisions
        conditions = [*equal(table, asked), view.own(table), *(in_force(table, at) if at is not None else ())]

        page = newest(view, table, query, conditions, lambda row: view.policy.hold(hold_of(row, at)))
        return Page(items=list(map(convert.hold, Finalities(view, at).mark(page.items))), next=page.next)


@router.get("/{number}")
def get_hold(caller: SeesStock, number: Number) -> Hold:
    """Return one hold."""
    return _one(caller, number)


@router.get("/{number}/revisions")
def list_hold_revisions(caller: SeesStock, number: Number) -> list[HoldRevision]:
    """Return everything that was on record of a hold, oldest first, with why it changed."""
    with caller.look() as view:
        found = revisions(view, hold_revisions, number, lambda row: view.policy.hold(hold_of(row)), "hold")
        return list(map(convert.hold_revision, mark_revisions(view, found)))


@router.post("/release")
def release(caller: Disposes, wanted: Disposition) -> list[Hold]:
    """Release holds: the units may be used."""
    return _dispose(caller, "released", wanted)


@router.post("/reject")
def reject(caller: Disposes, wanted: Disposition) -> list[Hold]:
    """Reject holds: the units may never be used."""
    return _dispose(caller, "rejected", wanted)


def _dispose(caller: Caller, state: str, wanted: Disposition) -> list[Hold]:
    corrections.dispose(caller, state, wanted.ids, wanted.reason)
    return [_one(caller, number) for number in wanted.ids]


def _one(caller: Caller, number: int) -> Hold:
    with caller.look() as view:
        found = find(view, holds, number, lambda row: view.policy.hold(hold_of(row)))
        if found is None:
            raise NotFoundError(f"no hold {number}")
        return convert.hold(Finalities(view).mark([found])[0])
