"""The page of a place."""

from datetime import tzinfo
from typing import Annotated

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from pydantic import Field
from starlette.responses import Response

from api.deps import View
from api.models.base import When, Words
from api.web.charts.gather import STILL_WIDTH, Wanted, asked_of_place
from api.web.charts.measure import ChartRequest
from api.web.charts.shown import ChartView, address_of, shown
from api.web.components.date_range import EVER, DateRange, OfRange, read_range, show_moments
from api.web.forecast.view import place_forecast
from api.web.forecast.words import WORDS
from api.web.frame.moment import read_moment, show_moment
from api.web.frame.render import render
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import SeesSite, Visitor
from api.web.frame.texts import text
from api.web.place.clocks import wrong_clocks
from api.web.place.read import PlaceFound, find_place
from api.web.place.words import presets, rules_of, sentences
from api.web.problems.words import headline
from domain.model import QUANTITIES

router = APIRouter()


class OfPlace(OfRange):
    """When is looked at: the chart's span, and the instant of the stock."""

    since: When | None = None
    until: When | None = None
    at: Words = Field("", max_length=40)


@router.get("/places/{id:path}")
def show(visitor: SeesSite, request: Request, id: str, query: Annotated[OfPlace, Query()]) -> Response:
    """Show a place."""
    with visitor.look() as view:
        clock = clock_of(view)
        found = find_place(view, id, read_moment(query.at, clock.zone))
        clocks = wrong_clocks(view, found)
        forecast = place_forecast(view, id, visitor.services.forecasts.at(id))
        chosen = _chosen(query, clock.zone)
        asked = [] if "x-live" in request.headers else _charts(view, found, chosen)
    return render(
        request,
        visitor,
        "place/page.html",
        place=found,
        said=[*sentences(found, clock), *clocks],
        forecast=forecast,
        say=say,
        **WORDS,
        headlines=[headline(row, clock) for row in found.problems],
        rules=rules_of(found),
        charts=[_chart(visitor, found, each, chosen != EVER) for each in asked],
        is_asked=chosen != EVER,
        range=show_moments(asked[0].since, asked[0].until, clock.zone) if asked else ("", ""),
        presets=presets(id, clock.now),
        moment=show_moment(found.at, clock.zone),
        is_now=not query.at.strip(),
    )


def _chosen(query: OfPlace, zone: tzinfo) -> DateRange:
    """Return the span that is asked for, by `from` and `to` or by `since` and `until`."""
    return read_range(query, zone) if query.is_asked else DateRange(query.since, query.until)


def _charts(view: View, found: PlaceFound, chosen: DateRange) -> list[ChartRequest]:
    measured = {said.quantity for row in found.sensors for said in row.said}
    quantities = [quantity for quantity in QUANTITIES if quantity in measured] or list(QUANTITIES[:1])
    return [
        asked_of_place(view, found.id, Wanted(quantity, chosen.since, chosen.until, STILL_WIDTH))
        for quantity in quantities
    ]


def _chart(visitor: Visitor, found: PlaceFound, asked: ChartRequest, is_asked: bool) -> tuple[ChartView, Markup]:
    quantity = text(f"words.{asked.quantity}")
    title = say("place.chart", quantity=quantity, place=Markup("<b>{}</b>").format(found.name))
    label = text("place.chart", quantity=quantity, place=found.name)
    address = address_of("place", found.id, quantity=asked.quantity)
    return shown(visitor, asked, f"chart-{asked.quantity}", address, label, is_asked), title
