"""The pages of orders: the list, one order, and picking it with a scanner."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import ordering
from api.deps import View
from api.models.orders import OrderShown
from api.paging import Paging
from api.reads.orders import order_of
from api.routes.orders import orders_page
from api.web.frame.forms import needed, quantity_in, written
from api.web.frame.render import render
from api.web.frame.session import MovesStock, SeesSite, Visitor
from api.web.frame.texts import text
from api.web.orders.words import reason_words
from domain.errors import ColdchainError, InvalidError

router = APIRouter(prefix="/orders")

Field = Annotated[str, Form()]
Fields = Annotated[list[str] | None, Form()]
LINES = 5  # in the form
NOTHING_SENT: Mapping[str, Any] = {"party": "", "document": "", "lines": []}


class OfOrders(Paging):
    """Which orders are listed."""

    limit: int = 50
    show: Literal["open", "ended"] = "open"


@router.get("")
def show(visitor: SeesSite, request: Request, query: Annotated[OfOrders, Query()]) -> Response:
    """List orders, and take a new one."""
    return _list(visitor, request, query, NOTHING_SENT)


@router.post("")
def place(
    visitor: MovesStock,
    request: Request,
    party: Field = "",
    document: Field = "",
    product: Fields = None,
    quantity: Fields = None,
    uom: Fields = None,
) -> Response:
    """Take a new order, and lead to it; or show the form again with what is wrong."""
    sent = {
        "party": party,
        "document": document,
        "lines": list(zip(product or (), quantity or (), uom or (), strict=False)),
    }
    try:
        lines = [_line(*each) for each in sent["lines"] if any(map(str.strip, each[:2]))]
        if not lines:
            raise InvalidError(text("orders.no_lines"))
        name = ordering.place(visitor, {"for": party, "document": written(document) or None, "lines": lines})
    except ColdchainError as error:
        return _list(visitor, request, OfOrders(), sent, error)
    return RedirectResponse(_address(name), 303)


def _line(product: str, quantity: str, uom: str) -> dict[str, Any]:
    return {"product": written(product), "quantity": quantity_in(quantity), "uom": written(uom) or None}


def _list(
    visitor: Visitor, request: Request, query: OfOrders, sent: Mapping[str, Any], refused: ColdchainError | None = None
) -> Response:
    with visitor.look() as view:
        page = orders_page(view, query, ended=query.show == "ended")
        site = view.snapshot.site
        context: dict[str, Any] = {
            "page": page,
            "query": query,
            "sent": sent,
            "parties": sorted(name for name, party in site.parties.items() if party.kind == "customer"),
            "products": sorted(site.products),
            "uoms": sorted({uom for each in site.products.values() for uom in (each.uom, *each.uoms) if uom}),
            "lines": LINES,
        }
        return render(request, visitor, "orders/list.html", view, refused=refused, **context)


@router.get("/{id:path}/pick")
def pick(visitor: SeesSite, request: Request, id: str) -> Response:
    """Show what is to be fetched next: one unit at a time."""
    return _pick(visitor, request, id)


@router.post("/{id:path}/confirm")
def confirm(visitor: MovesStock, request: Request, id: str, scan: Field = "") -> Response:
    """Confirm a unit by its scan, and show the next; or say what is wrong with it."""
    try:
        ordering.confirm(visitor, id, needed(scan, "orders.no_scan"))
    except ColdchainError as error:
        return _pick(visitor, request, id, error, scan)
    return RedirectResponse(f"{_address(id)}/pick", 303)


def _pick(
    visitor: Visitor, request: Request, id: str, refused: ColdchainError | None = None, scan: str = ""
) -> Response:
    with visitor.look() as view:
        order = order_of(view, id)
        todo = [each for each in order.reservations if each.picked_at is None]
        stopped = [each for each in order.reservations if each.stopped is not None]
        going = [each for each in todo if each.stopped is None]
        context = _context(view, order) | {"todo": todo, "going": going, "stopped": stopped, "scan": scan}
        return render(request, visitor, "orders/pick.html", view, refused=refused, **context)


@router.post("/{id:path}/reserve")
def reserve(visitor: MovesStock, request: Request, id: str) -> Response:
    """Reserve what is missing, and say what was passed over."""
    try:
        answer = ordering.reserve(visitor, id)
    except ColdchainError as error:
        return _one(visitor, request, id, error)
    passed_over = [each for line in answer["lines"] for each in line["passed_over"]]
    short = any(line["short"] != "0" for line in answer["lines"])
    if not short:
        return RedirectResponse(_address(id), 303)
    return _one(visitor, request, id, passed_over=passed_over)


@router.post("/{id:path}/release")
def release(visitor: MovesStock, request: Request, id: str) -> Response:
    """Give up what is stopped, and reserve other units for it."""

    def do() -> None:
        ordering.release(visitor, id)
        ordering.reserve(visitor, id)

    return _done(visitor, request, id, do)


@router.post("/{id:path}/start")
def start(visitor: MovesStock, request: Request, id: str) -> Response:
    """Say that one picks, and lead to the first unit."""
    return _done(visitor, request, id, lambda: ordering.start_pick(visitor, id), "/pick")


@router.post("/{id:path}/ship")
def ship(
    visitor: MovesStock, request: Request, id: str, shipment: Field = "", via: Field = "", partial: Field = ""
) -> Response:
    """Ship what was picked."""

    def do() -> None:
        ordering.ship(visitor, id, written(shipment) or None, via or None, partial=bool(partial))

    return _done(visitor, request, id, do)


@router.post("/{id:path}/cancel")
def cancel(visitor: MovesStock, request: Request, id: str, reason: Field = "") -> Response:
    """End the order without shipping it."""
    return _done(visitor, request, id, lambda: ordering.cancel(visitor, id, needed(reason, "orders.no_reason")))


@router.get("/{id:path}")
def one(visitor: SeesSite, request: Request, id: str) -> Response:
    """Show an order."""
    return _one(visitor, request, id)


def _done(visitor: Visitor, request: Request, id: str, do: Callable[[], None], then: str = "") -> Response:
    try:
        do()
    except ColdchainError as error:
        return _one(visitor, request, id, error)
    return RedirectResponse(_address(id) + then, 303)


def _one(
    visitor: Visitor,
    request: Request,
    id: str,
    refused: ColdchainError | None = None,
    passed_over: list[list[str]] | None = None,
) -> Response:
    with visitor.look() as view:
        context = _context(view, order_of(view, id)) | {"passed_over": passed_over or []}
        context["trucks"] = sorted(each.id for each in view.snapshot.site.locations.values() if each.kind == "truck")
        return render(request, visitor, "orders/order.html", view, refused=refused, **context)


def _context(view: View, order: OrderShown) -> dict[str, Any]:
    products = view.snapshot.site.products
    return {
        "order": order,
        "address": _address(order.id),
        "uom_of": {name: each.uom or "" for name, each in products.items()},
        "reason_words": reason_words,
        "missing": sum(line.missing > 0 for line in order.lines),
    }


def _address(id: str) -> str:
    return f"/orders/{quote(id, safe='')}"
