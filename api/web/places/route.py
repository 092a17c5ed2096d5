"""The page Places."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import QueryParameters
from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import SeesSite
from api.web.now.overview import read_overview
from api.web.now.state import CODES
from api.web.places.view import Wanted, rows_of
from api.web.problems.words import name_lots

router = APIRouter()

ROWS_AT_MOST = 300


class OfPlaces(QueryParameters):
    """Which locations are asked for; an empty field asks for all."""

    q: str = Field("", max_length=200, description="words in the name or the id")
    state: Literal["", "problem", "hold", "outside", "silent", "unknown", "fine", "unmonitored"] = ""
    all: bool = False


@router.get("/places")
def show(visitor: SeesSite, request: Request, query: Annotated[OfPlaces, Query()]) -> Response:
    """List the locations as a tree."""
    wanted = Wanted(query.q.strip(), query.state)
    with visitor.look() as view:
        overview = read_overview(view)
        found = rows_of(overview, wanted)
        shown = found if query.all else found[:ROWS_AT_MOST]
        return render(
            request,
            visitor,
            "places/page.html",
            view,
            rows=shown,
            more=len(found) - len(shown),
            count=len(overview.spots),
            asked=wanted,
            states=CODES,
            say=say,
            name_lots=name_lots,
        )
