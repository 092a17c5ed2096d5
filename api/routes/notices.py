"""What devices sent and no verdict rests on: refused, not evaluated, faulty, unreadable, unused."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api import corrections
from api.deps import Configures, SeesSite
from api.models.base import Number
from api.models.notices import Conflict, KindCount, Notice, UnusedReading
from api.paging import Page, Paging
from api.reads.lists import equal, find
from api.reads.notices import notices_page, of_device, shown, totals
from api.reads.unused import refused_rows, unused_rows
from domain.errors import NotFoundError
from store.notices import row_of
from store.tables import device_notices

router = APIRouter(tags=["notices"])


class OfNotices(Paging):
    """How notices are asked for."""

    device: str | None = None
    kind: str | None = None
    fresh: bool | None = None


class OfUnused(Paging):
    """How readings that no verdict rests on are asked for."""

    kind: str | None = Field(None, examples=["not_judged_twice"], description="one kind: `not_judged_…` or `fault_…`")


@router.get("/notices")
def list_notices(caller: SeesSite, query: Annotated[OfNotices, Query()]) -> Page[Notice]:
    """Return what devices sent and no verdict rests on, a record for each device and kind, newest first."""
    conditions = equal(device_notices, {"device": query.device, "kind": query.kind})
    if query.fresh is not None:
        conditions.append(device_notices.c.fresh > 0 if query.fresh else device_notices.c.fresh == 0)
    with caller.look() as view:
        return notices_page(view, query, conditions)


@router.get("/notices/totals")
def count_notices(caller: SeesSite) -> list[KindCount]:
    """Return how many there are of each kind, the gravest first."""
    with caller.look() as view:
        return totals(view.connection)


@router.post("/notices/{number}/review")
def review_notice(caller: Configures, number: Number) -> Notice:
    """Say that you have looked at a notice: what comes from now on is told again."""
    corrections.review(caller, number)
    with caller.look() as view:
        notice = find(view, device_notices, number, lambda row: shown(row_of(row)))
    if notice is None:
        raise NotFoundError(f"no notice {number}")
    return notice


@router.get("/devices/{id:path}/notices")
def list_device_notices(caller: SeesSite, id: str) -> list[Notice]:
    """Return what a device sent and no verdict rests on, a record for each kind, the gravest first."""
    with caller.look() as view:
        return of_device(view.connection, id)


@router.get("/devices/{id:path}/conflicts")
def list_conflicts(caller: SeesSite, id: str, query: Annotated[Paging, Query()]) -> Page[Conflict]:
    """Return second values of a device for an instant: refused, because the one received first counts."""
    with caller.look() as view:
        page = refused_rows(view, id, query)
    return Page(items=list(map(Conflict.model_validate, page.items)), next=page.next)


@router.get("/devices/{id:path}/unused-readings")
def list_unused_readings(caller: SeesSite, id: str, query: Annotated[OfUnused, Query()]) -> Page[UnusedReading]:
    """Return every reading of a device that is kept and not evaluated, or is a fault, with its journal row."""
    with caller.look() as view:
        page = unused_rows(view, id, query, query.kind)
    return Page(items=list(map(UnusedReading.model_validate, page.items)), next=page.next)
