"""The page on which a profile is tried on the past, which changes nothing, and signed, which puts it in force."""

import json
from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.deps import View
from api.models.base import Number
from api.reads.reach import ReachesHolds, reached_by_docs, require_named
from api.web.backtest.backtest_form import ROWS, Asked, problems_of, read_profiles, tried
from api.web.frame.forms import needed
from api.web.frame.naming import batch_address
from api.web.frame.render import clock_of, render
from api.web.frame.session import Configures, Disposes, Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, ConflictError, NotFoundError
from domain.times import parse_instant
from ledger.backtest.outcome import Report
from ledger.corrections.asked import waiting_for
from ledger.corrections.reach import Reached
from ledger.models.audit_entry import AuditEntry
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
            report = tried(view, asked, clock_of(view).zone)
        except ColdchainError as error:
            return _page(request, visitor, view, id, asked, error=error)
        return _page(request, visitor, view, id, asked, report)


@router.post("/profiles/{id}/activate")
def activate(
    visitor: Configures,
    request: Request,
    id: str,
    profile: Field,
    effective: Field = "",
    reason: Field = "",
    password: Field = "",
    over: Annotated[list[Number] | None, Form()] = None,
) -> Response:
    """Put what was written in force, signed; then go to its page, or show what is wrong.

    Where it reaches holds on record, they are shown first (`over`: those that were), and then a second person signs.
    """
    asked = Asked(profile, effective=effective, reason=reason)
    with visitor.look() as view:
        _newest(view, id)
        zone = clock_of(view).zone
        try:
            key = _put_in_force(visitor, view, asked, zone, password, over or ())
        except ColdchainError as error:
            return _page(request, visitor, view, id, asked, error=error)
    if key is None:
        return RedirectResponse(f"/profiles/{quote(id, safe='')}/backtest#waiting", 303)
    return RedirectResponse("/profiles/" + "/".join(quote(part, safe="") for part in json.loads(key)), 303)


def _put_in_force(
    visitor: Visitor, view: View, asked: Asked, zone: tzinfo, password: str, over: Sequence[int]
) -> str | None:
    """Return the key of the version, None if it waits for a second signature.

    Raises what is wrong; then nothing was signed, or nothing was done.
    """
    known = {entry.key for entry in state.load_entries(view.connection, "profile")}
    docs = read_profiles(asked, zone)
    new = [doc for doc in docs if key_of("profile", doc) not in known]
    if not new:
        raise ConflictError(text("backtest.nothing_new"))
    reason = needed(asked.reason, "backtest.no_reason")
    require_named(view, new, over)
    signature = Signature(visitor.sign(password), text("backtest.meaning"))
    return next(iter(corrections.activate(visitor, new, reason, signature, over)), None)


def _waiting(view: View, name: str) -> list[tuple[AuditEntry, str, list[Reached]]]:
    """Return what waits for a second signature of a profile: who asked, the text, the holds that it reaches now."""
    found = [each for each in waiting_for(view.connection) if each.after["doc"]["id"] == name]
    return [(each, profile_text(each.after["doc"]), reached_by_docs(view, [each.after["doc"]])) for each in found]


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
    report: Report | None = None,
    error: ColdchainError | None = None,
) -> Response:
    return render(
        request,
        visitor,
        "backtest/page.html",
        view,
        refused=error,
        name=name,
        asked=asked,
        report=report,
        wrong=[] if error is None or isinstance(error, ReachesHolds) else problems_of(error),
        reached=error.reached if isinstance(error, ReachesHolds) else [],
        four_eyes=visitor.services.options.four_eyes,
        waiting=_waiting(view, name),
        products=sorted(view.snapshot.site.products),
        most=ROWS,
        instant=parse_instant,
        batch_address=batch_address,
    )
