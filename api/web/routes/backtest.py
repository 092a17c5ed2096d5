"""The page on which a profile is tried on the past, before anybody signs it. Nothing is changed by it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.deps import View
from api.errors import STATUS
from api.web.formats import zone_named
from api.web.naming import batch_address
from api.web.pages import frame_of, render
from api.web.session import Disposes, Visitor
from api.web.trying import ROWS, Asked, problems_of, tried
from domain.errors import ColdchainError, NotFoundError
from domain.times import parse_instant
from ledger.backtest.told import Told
from sites.writing import profile_text
from store import state

router = APIRouter()

Field = Annotated[str, Form()]


@router.get("/profiles/{id}/backtest")
def form(visitor: Disposes, request: Request, id: str) -> Response:
    """Show the form with the newest version, to be changed."""
    with visitor.look() as view:
        return _page(request, visitor, view, id, Asked(profile_text(_newest(view, id))))


@router.post("/profiles/{id}/backtest")
def run(
    visitor: Disposes,
    request: Request,
    id: str,
    profile: Field,
    since: Field = "",
    until: Field = "",
    product: Field = "",
) -> Response:
    """Try what was written, and show what it comes to."""
    asked = Asked(profile, since, until, product)
    with visitor.look() as view:
        _newest(view, id)
        try:
            told = tried(view, asked, zone_named(frame_of(view.connection).zone))
        except ColdchainError as error:
            return _page(request, visitor, view, id, asked, error=error)
        return _page(request, visitor, view, id, asked, told)


def _newest(view: View, name: str) -> dict[str, Any]:
    docs: list[dict[str, Any]] = [
        entry.doc for entry in state.load_entries(view.connection, "profile") if entry.doc["id"] == name
    ]
    if not docs:
        raise NotFoundError(f"no profile {name}")
    return max(docs, key=lambda doc: int(doc["version"]))


def _page(
    request: Request,
    visitor: Visitor,
    view: View,
    name: str,
    asked: Asked,
    told: Told | None = None,
    error: ColdchainError | None = None,
) -> Response:
    status = 200 if error is None else STATUS[error.code][0]
    return render(
        request,
        visitor,
        "backtest.html",
        view,
        status=status,
        name=name,
        asked=asked,
        told=told,
        wrong=[] if error is None else problems_of(error),
        products=sorted(view.snapshot.site.products),
        most=ROWS,
        instant=parse_instant,
        batch_address=batch_address,
    )
