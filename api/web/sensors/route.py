"""The set-up pages of sensors."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import QueryParameters
from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import SeesSite
from api.web.notices.view import unreviewed
from api.web.sensors.clock import clock_of
from api.web.sensors.view import find_sensor, list_sensors, speaks_for

router = APIRouter(prefix="/setup/sensors")

ROWS_AT_MOST = 300


class OfSensors(QueryParameters):
    """Which sensors are asked for; an empty field asks for all."""

    q: str = Field("", max_length=200, description="words in the id, the name, the device or the location")
    which: Literal["", "installed", "not_installed", "silent"] = ""
    all: bool = False


@router.get("")
def sensors(visitor: SeesSite, request: Request, query: Annotated[OfSensors, Query()]) -> Response:
    """List the sensors."""
    with visitor.look() as view:
        found = list_sensors(view, query.q.strip(), query.which)
        shown = found if query.all else found[:ROWS_AT_MOST]
        count, more = len(view.snapshot.site.sensors), len(found) - len(shown)
        context: dict[str, Any] = {"rows": shown, "more": more, "count": count, "asked": query, "say": say}
        return render(request, visitor, "sensors/page.html", view, part="sensors", **context)


@router.get("/{id:path}")
def sensor(visitor: SeesSite, request: Request, id: str) -> Response:
    """Show one sensor."""
    with visitor.look() as view:
        row = find_sensor(view, id)
        places = speaks_for(view, row.id, row.measures)
        context: dict[str, Any] = {
            "sensor": row,
            "places": places,
            "device_clock": clock_of(view, row.device),
            "unreviewed": unreviewed(view, row.device),
            "say": say,
        }
        return render(request, visitor, "sensors/sensor.html", view, part="sensors", **context)
