"""Holds and their disposition."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api import corrections
from api.deps import Caller, Disposes, SeesStock
from api.models import convert
from api.models.base import Decimal, Number, RequestBody, Words
from api.models.records import Decision, Hold, HoldRevision
from api.paging import Page, Paging
from api.reads.decisions import with_decisions
from api.reads.finality import Finalities, mark_revisions
from api.reads.known import as_known
from api.reads.lists import AsKnown, equal, newest, revisions
from api.reads.units import find_hold, table_of_holds, those_of_holds
from ledger import requests
from ledger.actions import MINUTES_AT_MOST
from ledger.models.hold import hold_of
from store.tables import hold_revisions

router = APIRouter(prefix="/holds", tags=["holds"])


class OfHolds(Paging, AsKnown):
    """How holds are asked for."""

    state: Literal["held", "released", "rejected"] | None = None
    founded: bool | None = None
    product: str | None = None
    lot: str | None = None


class Shown(RequestBody):
    """What was shown of a hold: its `revision`, and of `why` the minutes and the peak."""

    id: Number = Field(examples=[4])
    revision: Number = Field(examples=[1])
    minutes: float | None = Field(None, ge=0, allow_inf_nan=False, examples=[75.0])
    peak: Decimal | None = Field(None, examples=[9.6])


class Allow(RequestBody):
    """How much more is allowed after a release: both are needed."""

    minutes: float = Field(gt=0, le=MINUTES_AT_MOST, examples=[30], description="time outside after the signature")
    up_to: Decimal = Field(examples=[12.0], description="the worst value in it, °C or %: beyond the limit")


class Decided(RequestBody):
    """Several holds, decided on together or not at all."""

    ids: list[Number] = Field(min_length=1, max_length=1000, examples=[[4]])
    reason: Words = Field(min_length=1, max_length=2000, pattern=r"\S", examples=["stability data of 2025-11 cover it"])


class Disposition(Decided):
    """Several holds, disposed of together or not at all.

    `shown`: what was on the screen; if something else is on record by now, nothing is done (409).
    """

    shown: list[Shown] = Field([], max_length=1000, examples=[[{"id": 4, "revision": 1}]])


class Release(Disposition):
    """Several holds, released together or not at all.

    A release covers what is known, and no more. While a unit is outside, or data about it are outstanding, it is
    refused (409) unless `allow` says how much more is allowed.
    """

    allow: Allow | None = Field(None, examples=[{"minutes": 30, "up_to": 12.0}])


@router.get("")
def list_holds(caller: SeesStock, query: Annotated[OfHolds, Query()]) -> Page[Hold]:
    """Return holds, newest first."""
    asked = query.model_dump(include={"state", "founded", "product", "lot"})
    with caller.look() as view:
        then = as_known(view, query.known_at)
        table = table_of_holds(then)
        conditions = [*equal(table, asked), view.own(table), *those_of_holds(then)]
        page = newest(then, table, query, conditions, lambda row: view.policy.hold(hold_of(row, then.known_at)))
        marked = with_decisions(then, Finalities(then).mark(page.items))
        return Page(items=list(map(convert.hold, marked)), next=page.next)


@router.get("/{number}")
def get_hold(caller: SeesStock, number: Number, query: Annotated[AsKnown, Query()]) -> Hold:
    """Return one hold: as it is, or as it was known at an instant; not found if it had not been placed by then."""
    return _one(caller, number, query.known_at)


@router.get("/{number}/revisions")
def list_hold_revisions(caller: SeesStock, number: Number) -> list[HoldRevision]:
    """Return everything that was on record of a hold, oldest first, with why it changed."""
    with caller.look() as view:
        found = revisions(view, hold_revisions, number, lambda row: view.policy.hold(hold_of(row)), "hold")
        return list(map(convert.hold_revision, mark_revisions(view, found)))


@router.get("/{number}/decisions")
def list_hold_decisions(caller: SeesStock, number: Number) -> list[Decision]:
    """Return what people decided of a hold, oldest first, each as it was signed."""
    with caller.look() as view:
        [found] = with_decisions(view, [find_hold(view, number)])
        return [Decision.model_validate(each) for each in found.decisions]


@router.post("/release")
def release(caller: Disposes, wanted: Release) -> list[Hold]:
    """Release holds: the units may be used, as long as no more is known than was signed."""
    allow = None if wanted.allow is None else requests.Allow(wanted.allow.minutes, wanted.allow.up_to)
    return _dispose(caller, "released", wanted, allow)


@router.post("/reject")
def reject(caller: Disposes, wanted: Disposition) -> list[Hold]:
    """Reject holds: the units may never be used."""
    return _dispose(caller, "rejected", wanted)


@router.post("/undo-rejection")
def undo_rejection(caller: Disposes, wanted: Decided) -> list[Hold]:
    """Undo rejections: two people must ask for it; after the second the units are on hold again."""
    corrections.undo_rejection(caller, wanted.ids, wanted.reason)
    return [_one(caller, number) for number in wanted.ids]


def _dispose(caller: Caller, state: str, wanted: Disposition, allow: requests.Allow | None = None) -> list[Hold]:
    shown = [requests.Shown(each.id, each.revision, each.minutes, each.peak) for each in wanted.shown]
    corrections.dispose(caller, state, wanted.ids, wanted.reason, allow=allow, shown=shown)
    return [_one(caller, number) for number in wanted.ids]


def _one(caller: Caller, number: int, known_at: int | None = None) -> Hold:
    with caller.look() as view:
        then = as_known(view, known_at)
        [found] = with_decisions(then, Finalities(then).mark([find_hold(then, number)]))
        return convert.hold(found)
