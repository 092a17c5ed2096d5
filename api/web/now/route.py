"""The first page: how everything is right now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.deps import View
from api.models.base import QueryParameters
from api.people.roles import Permission
from api.reads.underway import Underway, read_underway
from api.web.components.current import Value
from api.web.components.second_signature import waiting_versions
from api.web.forecast.view import PlaceForecast, place_forecasts
from api.web.forecast.words import WORDS
from api.web.frame.render import fragment, render
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import SeesStock, Visitor
from api.web.frame.shared import Part, Shared, anybody, is_live, live_answer
from api.web.now.overview import read_overview
from api.web.now.sparks import SparkBook
from api.web.now.view import Count, Place, Wanted, count, places_of, rows
from api.web.problems.rows import ProblemRow, read_problems
from api.web.problems.words import headline, how_much_is_used, name_lots, what_is_held, who_was_notified
from domain.errors import UnavailableError

router = APIRouter()

ROWS_AT_MOST = 200
TILES_AT_MOST = 24


class OfPlaces(QueryParameters):
    """Which places are asked for; an empty choice of the form asks for all."""

    place: str = ""
    product: str = ""
    state: Literal["", "problem", "hold", "outside", "silent", "unknown", "fine", "unmonitored"] = ""
    wall: bool = False
    all: bool = False

    @property
    def wanted(self) -> Wanted:
        """Return the filter."""
        return Wanted(self.place or None, self.product or None, self.state or None)


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that the live part of the page says."""

    count: Count
    foreseen: Sequence[PlaceForecast]  # at places that have no such problem yet
    to_come: Mapping[int, PlaceForecast]  # at the places of problems, by the problem
    problems: Sequence[ProblemRow]
    current: Mapping[int, Value | None]  # what the place of a problem says now, by the problem
    places: Sequence[Place]  # asked for and shown
    more: int  # asked for and not shown
    is_empty: bool
    sparks: Mapping[tuple[str, str], Markup]
    lines_missing: bool  # the store of readings does not answer
    underway: Underway | None  # corrections whose consequences are still being judged


@router.get("/")
def now(visitor: SeesStock, request: Request, query: Annotated[OfPlaces, Query()]) -> Response:
    """Show the open problems and every place, worst first."""
    if not visitor.person.may(Permission.SEE_SITE):
        return RedirectResponse("/batches", 303)
    with visitor.look() as view:
        part = _part(visitor, request, view, query)
        if is_live(request):
            return live_answer(request, part)
        site = view.snapshot.site
        return render(
            request,
            visitor,
            "now/wall.html" if query.wall else "now/page.html",
            view,
            live=[Markup(html) for html in part.html],  # made by a template
            now=part.model,
            asked=query,
            choices={"place": sorted(site.locations), "product": sorted(site.products)},
            second_signature=waiting_versions(view) if visitor.person.may(Permission.DISPOSE) else [],
        )


def _part(visitor: Visitor, request: Request, view: View, query: OfPlaces) -> Part[Now]:
    shared: Shared = request.app.state.shared
    book: SparkBook = request.app.state.sparks

    def write(model: Now) -> tuple[str, ...]:
        words = {
            "headline": headline,
            "how_much_is_used": how_much_is_used,
            "what_is_held": what_is_held,
            "name_lots": name_lots,
        }
        words |= {"who_was_notified": who_was_notified, "say": say, **WORDS}
        templates = ("now/wall_live.html",) if query.wall else ("now/problems.html", "now/places.html")
        context = {"now": model, "asked": query, **words}
        return tuple(fragment(template, anybody(visitor), clock_of(view), context) for template in templates)

    return shared.get(view, ("now", visitor.person.role, query), lambda: _read(visitor, view, query, book), write)


def _read(visitor: Visitor, view: View, query: OfPlaces, book: SparkBook) -> Now:
    overview = read_overview(view)
    tree = places_of(overview)
    by_id = {place.id: place for root in tree for place in root.all()}
    found = rows(tree, query.wanted)
    if query.wall:
        found = [place for place in found if not place.heads and place.code != "unmonitored"]
        found.sort(key=lambda place: place.rank)
    most = TILES_AT_MOST if query.wall else len(found) if query.all else ROWS_AT_MOST
    shown = found[:most]
    missing = False
    try:
        sparks = book.get(view, visitor.services.history, shown)
    except UnavailableError:
        sparks, missing = {}, True
    problems = sorted(read_problems(view, overview.problems), key=lambda problem: problem.urgency)
    foreseen, to_come = _split(place_forecasts(view, visitor.services.forecasts.found), problems)
    current = {row.alert.id: _value_of(by_id.get(row.alert.place), row.alert.quantity) for row in problems}
    counted, underway = count(overview, tree), read_underway(view.connection)
    return Now(
        count=counted,
        foreseen=foreseen,
        to_come=to_come,
        problems=problems,
        current=current,
        places=shown,
        more=len(found) - most,
        is_empty=not counted.monitored,
        sparks=sparks,
        lines_missing=missing,
        underway=underway,
    )


def _split(
    found: Sequence[PlaceForecast], problems: Sequence[ProblemRow]
) -> tuple[list[PlaceForecast], dict[int, PlaceForecast]]:
    """Return what is foreseen where all is well yet, and what is still to come of problems, by the problem."""
    going = {row.trend: row.alert.id for row in problems if row.alert.over_since is None}
    alone = [each for each in found if (each.place, each.sign) not in going]
    return alone, {going[each.place, each.sign]: each for each in found if (each.place, each.sign) in going}


def _value_of(place: Place | None, quantity: str) -> Value | None:
    return next((value for value in place.values if value.quantity == quantity), None) if place else None
