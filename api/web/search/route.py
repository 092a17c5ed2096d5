"""The search field: typed or scanned."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.people.roles import Permission
from api.web.frame.render import render
from api.web.frame.session import SeesStock
from api.web.search.search import KINDS, find, usability_of

router = APIRouter()


@router.get("/search")
def search(visitor: SeesStock, request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Go to the one thing that is meant, else list what may be."""
    is_staff = visitor.person.may(Permission.SEE_SITE)
    with visitor.look() as view:
        found = find(view, q, is_staff)
        if found.only is not None:
            return RedirectResponse(found.only.address, 303)
        context: dict[str, Any] = {"q": q, "found": found, "kinds": KINDS, "is_staff": is_staff}
        return render(request, visitor, "search/page.html", view, usability=usability_of(view, found), **context)
