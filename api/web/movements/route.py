"""The pages of movements: recording one with a scanner, and the list of those on record."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.deps import View
from api.errors import STATUS
from api.paging import Paging
from api.reads.movements import OfMovements, page_of, recorded_by
from api.web.frame.moment import read_moment
from api.web.frame.render import render
from api.web.frame.session import MovesStock, SeesStock, Visitor
from api.web.movements.kinds import KINDS, LISTS, SCANNED, STATUSES
from api.web.movements.scans import names_of
from api.web.movements.sending import Refusal, may_take_back, record, take_back
from api.web.movements.words import summary
from batches.movements import Kind
from domain.errors import ColdchainError
from domain.times import HOUR, format_instant
from domain.zones import zone_named

router = APIRouter(prefix="/movements")

RECENT = 10
KINDS_ON_RECORD: tuple[str, ...] = (*KINDS, "count", "void")


class Prefilled(BaseModel):
    """What another page knows already of a movement."""

    do: str = "move"
    unit: str = ""
    units: str = ""
    location: str = ""
    shipment: str = ""
    party: str = ""
    done: str = ""  # the movement that was recorded just now


async def _sent(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(_sent)]


@router.get("/new")
def new(visitor: MovesStock, request: Request, given: Annotated[Prefilled, Query()]) -> Response:
    """Show the form of a movement, filled in with what is known."""
    return _form(visitor, request, given.model_dump())


@router.post("/new")
def take(visitor: MovesStock, request: Request, sent: Sent) -> Response:
    """Record a movement and offer the next one of its kind; or show the form again with what is wrong."""
    outcome = record(visitor, sent)
    if isinstance(outcome, Refusal):
        return _form(visitor, request, sent, outcome)
    return RedirectResponse(f"/movements/new?{urlencode({'do': sent['do'], 'done': outcome})}", 303)


@router.post("/send")
def send(visitor: MovesStock, sent: Sent) -> Response:
    """Record a movement for the page's script: `{id}`, or what is wrong: `{field, wrong, asks}`."""
    outcome = record(visitor, sent)
    if isinstance(outcome, Refusal):
        said = {"field": outcome.field, "wrong": outcome.words, "asks": outcome.asks}
        return JSONResponse(said, STATUS[outcome.code][0])
    return JSONResponse({"id": outcome})


@router.get("/mine")
def mine(visitor: MovesStock, request: Request) -> Response:
    """Show one's last movements, for the page's script."""
    with visitor.look() as view:
        return render(request, visitor, "movements/mine.html", view, **_mine(visitor, view))


@router.post("/{id:path}/void")
def void(visitor: MovesStock, request: Request, id: str, sent: Sent) -> Response:
    """Take a movement back that one recorded within the hour."""
    kind = sent.get("do", "move")
    try:
        take_back(visitor, id)
    except ColdchainError as error:
        return _form(visitor, request, {"do": kind}, Refusal(str(error), error.code))
    return RedirectResponse(f"/movements/new?{urlencode({'do': kind})}", 303)


class Listed(Paging):
    """Which movements are listed; instants as a form's fields give them."""

    limit: int = 50
    product: str = ""
    lot: str = ""
    unit: str = ""
    location: str = ""
    do: str = ""
    since: str = ""
    until: str = ""


@router.get("")
def show(visitor: SeesStock, request: Request, query: Annotated[Listed, Query()]) -> Response:
    """List movements, those recorded last first."""
    with visitor.look() as view:
        page, wrong = None, None
        try:
            page = page_of(view, _asked(view, query))
        except ColdchainError as error:
            wrong = error
        chosen = {name: value for name, value in query.model_dump().items() if name in _FILTERS and value}
        context: dict[str, Any] = {"page": page, "query": query, "kinds": KINDS_ON_RECORD, "summary": summary}
        context |= {"filters": chosen, "older": _older(page, chosen)}
        context["locations"] = sorted(view.snapshot.site.locations) if view.policy.knows_authors else []
        return render(request, visitor, "movements/list.html", view, refused=wrong, **context)


_FILTERS = ("product", "lot", "unit", "location", "do", "since", "until")


def _asked(view: View, query: Listed) -> OfMovements:
    zone = zone_named(view.snapshot.zone)
    texts = {name: getattr(query, name).strip() or None for name in ("product", "lot", "unit", "location")}
    kind: Kind | None = query.do if query.do in KINDS_ON_RECORD else None  # type: ignore[assignment]
    instants = {"since": read_moment(query.since, zone), "until": read_moment(query.until, zone)}
    asked = OfMovements(limit=query.limit, cursor=query.cursor)
    return asked.model_copy(update={**texts, **instants, "do": kind})


def _older(page: Any, chosen: Mapping[str, str]) -> str | None:
    return f"/movements?{urlencode({**chosen, 'cursor': page.next})}" if page is not None and page.next else None


def _form(visitor: Visitor, request: Request, sent: Mapping[str, str], refusal: Refusal | None = None) -> Response:
    kind = sent.get("do", "")
    kind = kind if kind in KINDS else "move"
    refused = None if refusal is None else _errors(refusal)
    with visitor.look() as view:
        site = view.snapshot.site
        context: dict[str, Any] = {
            **_mine(visitor, view),
            "kind": kind,
            "kinds": KINDS,
            "asked": KINDS[kind],
            "given": sent,
            "refusal": refusal,
            "key": uuid.uuid4().hex,
            "opened_at": format_instant(view.now),
            "scanned": SCANNED,
            "lists": LISTS,
            "statuses": STATUSES,
            "locations": sorted(site.locations),
            "parties": dict(sorted(names_of(view, "party").items())),
            "uoms": sorted({uom for each in site.products.values() for uom in (each.uom, *each.uoms) if uom}),
            "done": sent.get("done", "") if refusal is None else "",
        }
        return render(request, visitor, "movements/form.html", view, refused=refused, **context)


def _errors(refusal: Refusal) -> ColdchainError:
    error = ColdchainError(refusal.words)
    error.code = refusal.code
    return error


def _mine(visitor: Visitor, view: View) -> dict[str, Any]:
    rows = recorded_by(view, visitor.person.name, view.now - HOUR, RECENT)
    back = {row.id for row in rows if may_take_back(visitor, row, view.now)}
    return {"mine": rows, "back": back, "summary": summary}
