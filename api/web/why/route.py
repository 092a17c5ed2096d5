"""Why a rule triggered: for a unit, to its client too, or at a place."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.models.base import Number, QueryParameters, When
from api.reads.units import find_hold
from api.web.components.causes import words_of
from api.web.components.known_at import OfKnown, look_at
from api.web.frame.addresses import why_address
from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import SeesStock
from api.web.frame.texts import text
from api.web.why.find import Subject
from api.web.why.page import why_page
from domain.times import format_instant

router = APIRouter()


class OfFiring(QueryParameters):
    """Which firing, and which of its readings."""

    location: str | None = None
    product: str | None = None
    lot: str | None = None
    unit: str | None = None
    rule: str = ""
    at: When = 0
    begin: When | None = None
    only: Literal["", "outside"] = ""

    @property
    def subject(self) -> Subject:
        """For what it triggered."""
        return Subject(self.location, self.product, self.lot, self.unit or None)

    def address(self, begin: int | None = None, only: str = "") -> str:
        """Return the address of the same with other readings."""
        more = {} if begin is None else {"begin": format_instant(begin)}
        named = self.model_dump(include={"location", "product", "lot", "unit"})
        return why_address(named, self.rule, self.at, **more, **({"only": only} if only else {}))


@router.get("/why")
def show(visitor: SeesStock, request: Request, query: Annotated[OfFiring, Query()]) -> Response:
    """Say why a rule triggered, with the very readings."""
    with visitor.look() as view:
        page = why_page(visitor, view, query)
        return render(request, visitor, "why/page.html", view, page=page, asked=query, say=say, cause_words=words_of)


@router.get("/holds/{number}")
def hold(visitor: SeesStock, number: Number, query: Annotated[OfKnown, Query()]) -> Response:
    """Lead from a hold to why it was placed, by what is known or was known then."""
    with visitor.look() as view:
        found = find_hold(look_at(view, query), number, text("why.no_hold", number=number))
    return RedirectResponse(why_address(found.key._asdict(), found.rule, found.fired_at), 303)
