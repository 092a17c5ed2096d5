"""Readings one by one: what a number rests on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.models.base import QueryParameters, When
from api.web.frame.moment import sensible
from api.web.frame.render import render
from api.web.frame.session import SeesSite
from api.web.frame.texts import text
from api.web.readings.view import raw_readings
from domain.errors import InvalidError

router = APIRouter()


class OfReadings(QueryParameters):
    """Whose readings around which instant."""

    sensor: str | None = None
    place: str | None = None
    quantity: Literal["temperature", "humidity"] | None = None
    at: When | None = None


@router.get("/readings")
def show(visitor: SeesSite, request: Request, query: Annotated[OfReadings, Query()]) -> Response:
    """Show the readings of a sensor, or of all that speak for a place, around an instant (default: now)."""
    if (query.sensor is None) == (query.place is None):
        raise InvalidError(text("readings.either"))
    with visitor.look() as view:
        at = view.now if query.at is None else sensible(query.at)
        raw = raw_readings(view, query.sensor, query.place, query.quantity, at)
        return render(request, visitor, "readings/page.html", view, raw=raw, at=at, asked=query)
