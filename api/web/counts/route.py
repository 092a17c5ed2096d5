"""The pages of counting: which are going on, a sheet to fill in, and what a count found."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api import ordering
from api.deps import View
from api.models.base import Number
from api.reads.counts import adjustments_of, count_of, sheet_of
from api.web.frame.forms import needed, quantity_in, written
from api.web.frame.render import render
from api.web.frame.session import MovesStock, SeesSite, Visitor
from api.web.frame.texts import text
from batches.scanning import by_gtin, read_scan
from domain.errors import ColdchainError, InvalidError
from domain.model import UnitKey
from ledger.stock.serials import find_serial, units_meant
from store import state
from store.stock import counts as stored

router = APIRouter(prefix="/counts")

Field = Annotated[str, Form()]
RECENT = 20


@router.get("")
def show(visitor: SeesSite, request: Request) -> Response:
    """List counts, and begin one."""
    return _list(visitor, request)


@router.post("")
def begin(visitor: MovesStock, request: Request, location: Field = "", kind: Field = "cycle") -> Response:
    """Begin a count, and lead to its sheet."""
    try:
        number = ordering.open_count(visitor, location, kind)
    except ColdchainError as error:
        return _list(visitor, request, error, location)
    return RedirectResponse(f"/counts/{number}", 303)


@router.post("/adjustments/{number}/{answer}")
def decide(visitor: MovesStock, request: Request, number: Number, answer: str, reason: Field = "") -> Response:
    """Approve or refuse an adjustment."""
    try:
        ordering.decide(visitor, number, written(reason) or None, approve=answer == "approve")
    except ColdchainError as error:
        return _list(visitor, request, error)
    return RedirectResponse("/counts", 303)


def _list(visitor: Visitor, request: Request, refused: ColdchainError | None = None, location: str = "") -> Response:
    with visitor.look() as view:
        waiting = adjustments_of(stored.some_adjustments(view.connection, None, "proposed"))
        context: dict[str, Any] = {
            "going": stored.open_sheets(view.connection),
            "closed": [row for row in stored.listed(view.connection, None, RECENT, None) if row.movement is not None],
            "waiting": waiting,
            "locations": sorted(view.snapshot.site.locations),
            "location": location,
        }
        return render(request, visitor, "counts/list.html", view, refused=refused, **context)


@router.get("/{number}")
def sheet(visitor: SeesSite, request: Request, number: Number) -> Response:
    """Show a sheet: to be filled in, or what it found."""
    return _sheet(visitor, request, number)


@router.post("/{number}/lines")
def count(
    visitor: MovesStock, request: Request, number: Number, scan: Field = "", quantity: Field = "", uom: Field = ""
) -> Response:
    """Say how much was counted of a unit; it may be scanned."""
    sent = {"scan": scan, "quantity": quantity}
    try:
        with visitor.look() as view:
            unit = _scanned(view, needed(scan, "counts.no_scan"))
        line = {**unit._asdict(), "quantity": quantity_in(quantity), "uom": written(uom) or None}
        ordering.count_unit(visitor, number, line)
    except ColdchainError as error:
        return _sheet(visitor, request, number, error, sent)
    return RedirectResponse(f"/counts/{number}", 303)


def _scanned(view: View, scan: str) -> UnitKey:
    """Return the one unit that a scan means. Raises InvalidError if that is not clear."""
    docs = {entry.doc["id"]: entry.doc.get("gtin") for entry in state.load_entries(view.connection, "product")}
    called, find = partial(units_meant, view.connection), partial(find_serial, view.connection)
    found = read_scan(scan, by_gtin(docs), called, find)
    if found.product is None or found.lot is None:
        raise InvalidError(text("counts.unclear", scan=scan))
    return UnitKey(found.product, found.lot, found.unit)


@router.post("/{number}/close")
def close(visitor: MovesStock, request: Request, number: Number, give_up: Field = "") -> Response:
    """Record the count, or give it up."""
    then = "/counts" if give_up else f"/counts/{number}"
    return _done(visitor, request, number, lambda: ordering.close_count(visitor, number, give_up=bool(give_up)), then)


@router.post("/{number}/adjust")
def adjust(visitor: MovesStock, request: Request, number: Number, count: Field = "", reason: Field = "") -> Response:
    """Propose to put right what the count found."""

    def do() -> None:
        ordering.propose(visitor, count, needed(reason, "counts.no_reason"))

    return _done(visitor, request, number, do, f"/counts/{number}")


def _done(visitor: Visitor, request: Request, number: int, do: Callable[[], object], then: str) -> Response:
    try:
        do()
    except ColdchainError as error:
        return _sheet(visitor, request, number, error)
    return RedirectResponse(then, 303)


def _sheet(
    visitor: Visitor,
    request: Request,
    number: int,
    refused: ColdchainError | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    with visitor.look() as view:
        shown = sheet_of(view, number, visitor.person.name)
        context: dict[str, Any] = {"sheet": shown, "sent": sent or {"scan": "", "quantity": ""}, "found": None}
        context["adjustments"] = {}
        if shown.count is not None:
            context["found"] = count_of(view, shown.count)
            made = adjustments_of(stored.some_adjustments(view.connection, shown.count, None))
            context["adjustments"] = {(each.product, each.lot, each.unit): each for each in made}
        return render(request, visitor, "counts/sheet.html", view, refused=refused, **context)
