"""What is on hold, and the decision about it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import STATUS
from api.web.components.disposition import decide, numbers, panel_again
from api.web.frame.origin import local_path
from api.web.frame.render import render
from api.web.frame.session import Disposes, SeesSite
from api.web.holds.view import OfHolds, holds_page

router = APIRouter(prefix="/holds")

Sent = Annotated[list[str] | None, Form()]
Field = Annotated[str, Form()]


@router.get("")
def show(visitor: SeesSite, request: Request, query: Annotated[OfHolds, Query()]) -> Response:
    """List holds, and let units be chosen."""
    with visitor.look() as view:
        page = holds_page(visitor, view, query)
        return render(request, visitor, "holds/page.html", view, page=page, query=query)


@router.post("/dispose")
def dispose(
    visitor: Disposes,
    request: Request,
    unit: Sent = None,
    offered: Sent = None,
    said: Field = "",
    state: Field = "",
    reason: Field = "",
    password: Field = "",
    back: Field = "/holds",
) -> Response:
    """Release or reject units with a signature, then go back; or show the panel again with what is wrong."""
    back = local_path(back)
    chosen, shown = numbers(unit or ()), numbers(offered or ())
    with visitor.look() as view:
        sent = panel_again(visitor, view, [*shown, *chosen], chosen, reason, back)
    refused = decide(visitor, sent, numbers([said]), state, password)
    if refused is None:
        return _gone_to(request, back)
    status = STATUS[refused.code][0] if refused.code else 200
    return render(request, visitor, "holds/dispose.html", status=status, panel=refused)


def _gone_to(request: Request, address: str) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
