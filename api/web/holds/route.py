"""What is on hold, and the decision about it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import STATUS
from api.parameters import KNOWN_AT
from api.web.components.allowing import allow_form
from api.web.components.disposition import DispositionForm, decide, numbers, panel_again, what_was_shown
from api.web.components.known_at import known_at, look_at
from api.web.frame.origin import local_path
from api.web.frame.render import render
from api.web.frame.sentences import clock_of
from api.web.frame.session import Disposes, SeesSite
from api.web.holds.undo import undo
from api.web.holds.view import OfHolds, holds_page

router = APIRouter(prefix="/holds")

Sent = Annotated[list[str] | None, Form()]
Field = Annotated[str, Form()]


@router.get("")
def show(visitor: SeesSite, request: Request, query: Annotated[OfHolds, Query()]) -> Response:
    """List holds, and let units be chosen."""
    with visitor.look() as now:
        view = look_at(now, query)
        known = known_at(view, clock_of(view))
        query = query.model_copy(update={"known_at": known.parameter.get(KNOWN_AT, "")})
        page = holds_page(visitor, view, query)
        return render(request, visitor, "holds/page.html", view, page=page, query=query, known=known)


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
    shown: Sent = None,
    allow_minutes: Field = "",
    allow_up_to: Field = "",
) -> Response:
    """Release or reject units with a signature, then go back; or show the panel again with what is wrong."""
    back = local_path(back)
    chosen = numbers(unit or ())
    form = DispositionForm(reason, back, allow_form(allow_minutes, allow_up_to), what_was_shown(shown or ()))
    with visitor.look() as view:
        sent = panel_again(visitor, view, [*numbers(offered or ()), *chosen], chosen, form)
    refused = decide(visitor, sent, numbers([said]), state, password)
    if refused is None:
        return _gone_to(request, back)
    status = STATUS[refused.code][0] if refused.code else 200
    return render(request, visitor, "holds/dispose.html", status=status, panel=refused)


@router.post("/undo")
def undo_rejection(
    visitor: Disposes, request: Request, hold: Sent = None, reason: Field = "", password: Field = ""
) -> Response:
    """Sign that rejections are taken back; or show the panel again with what is wrong."""
    with visitor.look() as view:
        rejected = holds_page(visitor, view, OfHolds(state="rejected", limit=200)).undo
    if rejected is None:
        return _gone_to(request, "/holds?state=rejected")
    refused = undo(visitor, rejected, numbers(hold or ()), reason, password)
    if refused is None:
        return _gone_to(request, "/holds?state=rejected")
    return render(request, visitor, "holds/undo.html", status=STATUS[refused.code][0], panel=refused)


def _gone_to(request: Request, address: str) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
