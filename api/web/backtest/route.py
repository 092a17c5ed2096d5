"""The page on which a profile is tried on the past, which changes nothing, and signed, which puts it in force."""

import json
from datetime import tzinfo
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.deps import View
from api.errors import STATUS
from api.web.backtest.backtest_form import ROWS, Asked, problems_of, read_profiles, tried
from api.web.frame.forms import written
from api.web.frame.naming import batch_address
from api.web.frame.render import clock_of, render
from api.web.frame.session import Configures, Disposes, Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, ConflictError, InvalidError, NotFoundError
from domain.times import parse_instant
from ledger.backtest.outcome import Report
from ledger.requests import Signature
from sites.schema import key_of
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
            told = tried(view, asked, clock_of(view).zone)
        except ColdchainError as error:
            return _page(request, visitor, view, id, asked, error=error)
        return _page(request, visitor, view, id, asked, told)


@router.post("/profiles/{id}/activate")
def activate(
    visitor: Configures,
    request: Request,
    id: str,
    profile: Field,
    effective: Field = "",
    reason: Field = "",
    password: Field = "",
) -> Response:
    """Put what was written in force, signed; then go to its page, or show what is wrong."""
    asked = Asked(profile, effective=effective, reason=reason)
    with visitor.look() as view:
        _newest(view, id)
        zone = clock_of(view).zone
        try:
            key = _put_in_force(visitor, view, asked, zone, password)
        except ColdchainError as error:
            return _page(request, visitor, view, id, asked, error=error)
    return RedirectResponse("/profiles/" + "/".join(quote(part, safe="") for part in json.loads(key)), 303)


def _put_in_force(visitor: Visitor, view: View, asked: Asked, zone: tzinfo, password: str) -> str:
    """Return the key of the version. Raises what is wrong; then nothing was signed, or nothing was done."""
    known = {entry.key for entry in state.load_entries(view.connection, "profile")}
    docs = read_profiles(asked, zone)
    new = [doc for doc in docs if key_of("profile", doc) not in known]
    if not new:
        raise ConflictError(text("backtest.nothing_new"))
    reason = written(asked.reason)
    if not reason:
        raise InvalidError(text("backtest.no_reason"))
    signature = Signature(visitor.sign(password), text("backtest.meaning"))
    return corrections.activate(visitor, new, reason, signature)[0]


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
    told: Report | None = None,
    error: ColdchainError | None = None,
) -> Response:
    status = 200 if error is None else STATUS[error.code][0]
    return render(
        request,
        visitor,
        "backtest/page.html",
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
