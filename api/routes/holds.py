"""Holds and their disposition."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api import corrections
from api.deps import Caller, Disposes, SeesStock
from api.pages import Page, Paging
from api.reading import AsKnown, Fields, equal, find, newest_first, revisions
from api.schemas import convert
from api.schemas.base import Number, Told, Words
from api.schemas.records import Hold, HoldRevision
from domain.errors import NotFoundError
from store.known import hold_then, in_force
from store.tables import hold_revisions, holds

router = APIRouter(prefix="/holds", tags=["holds"])


class OfHolds(Paging, AsKnown):
    """How holds are asked for."""

    state: Literal["held", "released", "rejected"] | None = None
    founded: bool | None = None
    product: str | None = None
    lot: str | None = None


class Disposition(Told):
    """Several holds, disposed of together or not at all."""

    ids: list[Number] = Field(min_length=1, max_length=1000, examples=[[3]])
    reason: Words = Field(min_length=1, max_length=2000, pattern=r"\S", examples=["stability data of 2025-11 cover it"])


@router.get("")
def list_holds(caller: SeesStock, query: Annotated[OfHolds, Query()]) -> Page[Hold]:
    """Return holds, newest first."""
    asked = query.model_dump(include={"state", "founded", "product", "lot"})
    with caller.look() as view:
        at = query.known_at
        if at is None:
            conditions = [*equal(holds, asked), view.own(holds)]
            return newest_first(view, holds, query, conditions, view.sight.hold, convert.hold)

        def see(row: Fields) -> Fields | None:
            return view.sight.hold(hold_then(row, at))

        known = [*in_force(hold_revisions, at), *equal(hold_revisions, asked), view.own(hold_revisions)]
        return newest_first(view, hold_revisions, query, known, see, convert.hold)


@router.get("/{number}")
def get_hold(caller: SeesStock, number: Number) -> Hold:
    """Return one hold."""
    return _one(caller, number)


@router.get("/{number}/revisions")
def list_hold_revisions(caller: SeesStock, number: Number) -> list[HoldRevision]:
    """Return everything that was on record of a hold, oldest first, with why it changed."""
    with caller.look() as view:
        return revisions(view, hold_revisions, number, view.sight.hold, convert.hold_revision, "hold")


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
        fields = find(view, holds, number, view.sight.hold)
    if fields is None:
        raise NotFoundError(f"no hold {number}")
    return convert.hold(fields)
