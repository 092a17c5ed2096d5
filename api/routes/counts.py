"""Counting: sheets that people fill in, what they found, and adjustments."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.status import HTTP_201_CREATED

from api import ordering
from api.deps import Caller, MovesStock, SeesSite
from api.models.base import Number, QueryParameters
from api.models.counts import (
    AdjustmentsGiven,
    AdjustmentShown,
    CloseGiven,
    CountedGiven,
    CountShown,
    DecisionGiven,
    SheetGiven,
    SheetShown,
    UnitName,
)
from api.paging import Page, Paging, collect, decode
from api.reads.counts import adjustments_of, count_of, sheet_of
from domain.model import UnitKey
from store.stock import counts as stored

router = APIRouter(tags=["counts"])


class OfSheets(Paging):
    """How sheets are asked for."""

    location: str | None = None


class OfAdjustments(QueryParameters):
    """How adjustments are asked for."""

    count: str | None = None
    state: Literal["proposed", "recorded", "refused"] | None = None


@router.get("/count-sheets")
def list_count_sheets(caller: SeesSite, query: Annotated[OfSheets, Query()]) -> Page[SheetShown]:
    """Return counts that people began, newest first."""
    with caller.look() as view:
        return collect(
            query,
            decode(query.cursor, int),
            lambda after, count: stored.listed(view.connection, after, count, query.location),
            lambda row: int(row.id),
            lambda row: sheet_of(view, row.id, caller.person.name),
        )


@router.post("/count-sheets", status_code=HTTP_201_CREATED)
def open_count_sheet(caller: MovesStock, wanted: SheetGiven) -> SheetShown:
    """Begin a count at a location; one at a time there."""
    number = ordering.open_count(caller, wanted.location, wanted.kind, _keys(wanted.units))
    return _sheet(caller, number)


@router.get("/count-sheets/{number}")
def get_count_sheet(caller: SeesSite, number: Number) -> SheetShown:
    """Return a count as you may see it: on a blind one, while it goes on, only what you counted."""
    return _sheet(caller, number)


@router.post("/count-sheets/{number}/lines")
def count_unit(caller: MovesStock, number: Number, wanted: CountedGiven) -> SheetShown:
    """Say how much you counted of a unit."""
    ordering.count_unit(caller, number, wanted.model_dump())
    return _sheet(caller, number)


@router.post("/count-sheets/{number}/close")
def close_count_sheet(caller: MovesStock, number: Number, wanted: CloseGiven) -> SheetShown:
    """Record what was counted: a movement `count`. Refused (409) while two people differ or a unit is uncounted."""
    ordering.close_count(caller, number, give_up=wanted.give_up)
    return _sheet(caller, number)


@router.get("/counts/{id:path}/discrepancies")
def list_discrepancies(caller: SeesSite, id: str) -> CountShown:
    """Return the differences of a recorded count: what each means, and what happened since the unit was last right."""
    with caller.look() as view:
        return count_of(view, id)


@router.post("/counts/{id:path}/adjustments")
def propose_adjustments(caller: MovesStock, id: str, wanted: AdjustmentsGiven) -> list[AdjustmentShown]:
    """Propose to put differences right. Where the site wants no second person, it is recorded at once."""
    numbers = ordering.propose(caller, id, wanted.reason, _keys(wanted.units))
    with caller.look() as view:
        found = stored.adjustments(view.connection, stored.of_count(id))
        return adjustments_of([row for row in found if row.id in numbers])


@router.get("/adjustments")
def list_adjustments(caller: SeesSite, query: Annotated[OfAdjustments, Query()]) -> list[AdjustmentShown]:
    """Return adjustments that were proposed after counts, oldest first."""
    with caller.look() as view:
        return adjustments_of(stored.some_adjustments(view.connection, query.count, query.state))


@router.post("/adjustments/{number}/decide")
def decide_adjustment(caller: MovesStock, number: Number, wanted: DecisionGiven) -> AdjustmentShown:
    """Approve an adjustment, which records it, or refuse it; approving takes somebody else where the site wants it."""
    ordering.decide(caller, number, wanted.reason, approve=wanted.approve)
    with caller.look() as view:
        row = stored.find_adjustment(view.connection, number)
        assert row is not None
        return adjustments_of([row])[0]


def _keys(units: list[UnitName]) -> list[UnitKey]:
    return [UnitKey(each.product, each.lot, each.unit) for each in units]


def _sheet(caller: Caller, number: int) -> SheetShown:
    with caller.look() as view:
        return sheet_of(view, number, caller.person.name)
