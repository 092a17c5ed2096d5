"""Charts as data for the pages' script, as a picture, as rows and as CSV."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from api.deps import View
from api.models.base import Number, QueryParameters, When
from api.web.charts.answer import answer_of
from api.web.charts.download import csv_of
from api.web.charts.gather import Wanted, asked_of_batch, asked_of_place, asked_of_problem
from api.web.charts.measure import ChartRequest, measured
from api.web.charts.rows import rows_of
from api.web.charts.svg import as_svg
from api.web.components.known_at import OfKnown, look_at
from api.web.frame.formats import Clock, zone_named
from api.web.frame.render import fragment
from api.web.frame.session import SeesSite, SeesStock, Visitor
from api.web.frame.texts import text
from store.history import History
from store.loaded import LoadedHistory

router = APIRouter(prefix="/charts")


class Span(QueryParameters):
    """What of a chart is asked for, and in which form."""

    quantity: Literal["temperature", "humidity"] = "temperature"
    since: When | None = None
    until: When | None = None
    width: int = Field(800, ge=1, le=4000, description="pixels")
    form: Literal["data", "picture", "rows", "csv"] = "data"

    def wanted(self) -> Wanted:
        """Return what to ask for."""
        return Wanted(self.quantity, self.since, self.until, self.width)


class SpanOfProblem(Span, OfKnown):
    """The same of a problem, as it is known or was at an instant."""


class SpanOfBatch(Span, OfKnown):
    """The same of a batch."""

    unit: str | None = None


@router.get("/batch/{product}/{lot:path}")
def chart_of_batch(visitor: SeesStock, product: str, lot: str, query: Annotated[SpanOfBatch, Query()]) -> Response:
    """Return the conditions a batch went through; of a client's own batches to the client."""
    return _answer(visitor, query, lambda view: asked_of_batch(view, (product, lot), query.unit, query.wanted()))


@router.get("/place/{id:path}")
def chart_of_place(visitor: SeesSite, id: str, query: Annotated[Span, Query()]) -> Response:
    """Return the conditions at a place."""
    return _answer(visitor, query, lambda view: asked_of_place(view, id, query.wanted()))


@router.get("/problem/{number}")
def chart_of_problem(visitor: SeesSite, number: Number, query: Annotated[SpanOfProblem, Query()]) -> Response:
    """Return the conditions at the place of a problem, around it."""
    return _answer(visitor, query, lambda view: asked_of_problem(view, number, query.wanted()))


def _answer(visitor: Visitor, span: Span, ask: Callable[[View], ChartRequest]) -> Response:
    with visitor.look() as now:
        view = look_at(now, span) if isinstance(span, SpanOfBatch | SpanOfProblem) else now
        asked = ask(view)
        zone = view.snapshot.zone
    history: History = visitor.services.history if view is now else LoadedHistory(view.series)
    clock = Clock(zone_named(zone), asked.now)
    if span.form == "csv":
        name = {"content-disposition": f'attachment; filename="{span.quantity}.csv"'}
        return StreamingResponse(csv_of(history, asked.plans, asked.now), headers=name, media_type="text/csv")
    chart = measured(history, asked)
    if span.form == "picture":
        picture = as_svg(chart, clock, text(f"words.{span.quantity}"), alone=True)
        name = {"content-disposition": f'attachment; filename="{span.quantity}.svg"'}
        return Response(picture, headers=name, media_type="image/svg+xml")
    if span.form == "rows":
        context = {"rows": rows_of(chart), "quantity": chart.quantity}
        return HTMLResponse(fragment("charts/rows.html", visitor, clock, context))
    return JSONResponse(answer_of(chart, zone, asked.now))
