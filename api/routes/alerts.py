"""Alerts and their acknowledgement."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api import corrections
from api.deps import Acknowledges, Caller, SeesStock
from api.pages import Page, Paging
from api.reading import equal, find, newest_first
from api.schemas import convert
from api.schemas.base import Number, Told, Words
from api.schemas.records import Alert
from domain.errors import NotFoundError
from store.tables import alerts

router = APIRouter(prefix="/alerts", tags=["alerts"])


class OfAlerts(Paging):
    """How alerts are asked for."""

    open: bool | None = Field(None, description="true: the problem goes on; false: it has ended")
    acknowledged: bool | None = None
    founded: bool | None = None


class Acknowledgement(Told):
    """What a person says who has seen it."""

    comment: Words | None = Field(None, max_length=2000, examples=["door was open, closed now"])


@router.get("")
def list_alerts(caller: SeesStock, query: Annotated[OfAlerts, Query()]) -> Page[Alert]:
    """Return alerts, newest first."""
    conditions = equal(alerts, {"founded": query.founded})
    if query.open is not None:
        conditions.append(alerts.c.until.is_(None) if query.open else alerts.c.until.is_not(None))
    if query.acknowledged is not None:
        known = alerts.c.acknowledged_at
        conditions.append(known.is_not(None) if query.acknowledged else known.is_(None))
    with caller.look() as view:
        return newest_first(view, alerts, query, conditions, view.sight.alert, convert.alert)


@router.get("/{number}")
def get_alert(caller: SeesStock, number: Number) -> Alert:
    """Return one alert."""
    return _one(caller, number)


@router.post("/{number}/acknowledge")
def acknowledge(caller: Acknowledges, number: Number, said: Acknowledgement) -> Alert:
    """Say that a person knows of the problem."""
    _one(caller, number)
    corrections.acknowledge(caller, number, said.comment)
    return _one(caller, number)


def _one(caller: Caller, number: int) -> Alert:
    with caller.look() as view:
        fields = find(view, alerts, number, view.sight.alert)
    if fields is None:
        raise NotFoundError(f"no alert {number}")
    return convert.alert(fields)
