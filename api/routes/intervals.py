"""Excursions of locations and exposures of units, in the revisions in force, now or at an instant."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Table

from api.deps import SeesSite, SeesStock
from api.models.base import Number, When
from api.models.records import Excursion, ExcursionRevision, Exposure, ExposureRevision
from api.paging import Page, Paging
from api.reads.finality import Finalities, mark_revisions
from api.reads.known import as_known
from api.reads.lists import AsKnown, during, equal, newest, revisions
from ledger.models.excursion import excursion_of
from ledger.models.exposure import exposure_of
from store.known_at import in_force
from store.tables import excursions, exposures

router = APIRouter(tags=["intervals"])


class OfIntervals(Paging, AsKnown):
    """How intervals outside a rule are asked for."""

    rule: str | None = None
    fired: bool | None = None
    since: When | None = None
    until: When | None = None


class OfExcursions(OfIntervals):
    """How excursions are asked for."""

    location: str | None = None


class OfExposures(OfIntervals):
    """How exposures are asked for."""

    product: str | None = None
    lot: str | None = None
    unit: str | None = None


@router.get("/excursions")
def list_excursions(caller: SeesSite, query: Annotated[OfExcursions, Query()]) -> Page[Excursion]:
    """Return when locations were outside the rules of their own profiles, newest first."""
    conditions = [*_conditions(excursions, query), *equal(excursions, {"location": query.location})]
    with caller.look() as view:
        then = as_known(view, query.known_at)
        page = newest(then, excursions, query, conditions, partial(excursion_of, known_at=then.known_at))
        marked = Finalities(then).mark(page.items)
        return Page(items=list(map(Excursion.model_validate, marked)), next=page.next)


@router.get("/exposures")
def list_exposures(caller: SeesStock, query: Annotated[OfExposures, Query()]) -> Page[Exposure]:
    """Return when units were outside the rules of their product's profile, newest first."""
    asked = query.model_dump(include={"product", "lot", "unit"})
    with caller.look() as view:
        then = as_known(view, query.known_at)
        conditions = [*_conditions(exposures, query), *equal(exposures, asked), view.own(exposures)]
        page = newest(
            then, exposures, query, conditions, lambda row: view.policy.exposure(exposure_of(row, then.known_at))
        )
        marked = Finalities(then).mark(page.items)
        return Page(items=list(map(Exposure.model_validate, marked)), next=page.next)


@router.get("/excursions/{number}/revisions")
def list_excursion_revisions(caller: SeesSite, number: Number) -> list[ExcursionRevision]:
    """Return everything that was believed of an excursion, oldest first, with why it changed."""
    with caller.look() as view:
        found = revisions(view, excursions, number, excursion_of, "excursion")
        return list(map(ExcursionRevision.model_validate, mark_revisions(view, found)))


@router.get("/exposures/{number}/revisions")
def list_exposure_revisions(caller: SeesStock, number: Number) -> list[ExposureRevision]:
    """Return everything that was believed of an exposure, oldest first, with why it changed."""
    with caller.look() as view:
        found = revisions(view, exposures, number, lambda row: view.policy.exposure(exposure_of(row)), "exposure")
        return list(map(ExposureRevision.model_validate, mark_revisions(view, found)))


def _conditions(table: Table, query: OfIntervals) -> list[ColumnElement[bool]]:
    conditions = [*in_force(table, query.known_at), *equal(table, {"rule": query.rule})]
    conditions += during(table, query.since, query.until)
    if query.fired is not None:
        conditions.append(table.c.fired_at.is_not(None) if query.fired else table.c.fired_at.is_(None))
    return conditions
