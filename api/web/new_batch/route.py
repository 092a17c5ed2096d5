"""The form for a new batch: where the product numbers its batches, the next number is shown before it is drawn."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.deps import View
from api.reads.names import names_of
from api.reads.numbering import Preview, load_numberings, preview
from api.web.frame.forms import needed, of_the_form, written
from api.web.frame.moment import read_moment
from api.web.frame.naming import batch_address
from api.web.frame.render import render
from api.web.frame.session import MovesStock, Visitor
from domain.errors import ColdchainError
from domain.times import datetime_of, format_instant
from domain.zones import zone_named
from ledger.corrections.lot_numbers import put_right
from ledger.requests import Correct, Item

router = APIRouter()


class Filled(BaseModel):
    """What was filled in; empty: nothing was."""

    model_config = ConfigDict(extra="ignore")  # the token against forged forms

    product: str = ""
    lot: str = ""
    line: str = ""
    client: str = ""
    made_at: str = ""
    expires_on: str = ""
    supplier_lot: str = ""


@router.get("/batches/new")
def new(visitor: MovesStock, request: Request, given: Annotated[Filled, Query()]) -> Response:
    """Show the form; with a product, the number that its next batch gets."""
    return _form(visitor, request, given)


@router.post("/batches/new")
def enter(visitor: MovesStock, request: Request, sent: Annotated[Filled, Form()]) -> Response:
    """Enter the batch, under the next number where no other is typed, and lead to its page."""
    try:
        return RedirectResponse(batch_address(*_enter(visitor, sent)), 303)
    except ColdchainError as error:
        return _form(visitor, request, sent, of_the_form(error))


def _enter(visitor: Visitor, sent: Filled) -> tuple[str, str]:
    with visitor.look() as view:
        fields = _fields(view, sent)
        if fields.get("lot") is not None:
            fields = put_right(load_numberings(view.connection), fields)
    if fields.get("lot") is None:
        key = corrections.draw_number(visitor, fields, written(sent.line) or None)
    else:
        key = visitor.ask(Correct(put=[Item("batch", fields)], new=True))["put"][0]["key"]
    found = corrections.lot_of(key)
    return found[0], found[1]


def _fields(view: View, sent: Filled) -> dict[str, Any]:
    made_at = read_moment(written(sent.made_at), zone_named(view.snapshot.zone))
    fields = {
        "product": needed(sent.product, "new_batch.needs_product"),
        "lot": written(sent.lot) or None,
        "client": written(sent.client) or None,
        "made_at": None if made_at is None else format_instant(made_at),
        "expires_on": written(sent.expires_on) or None,
        "supplier_lot": written(sent.supplier_lot) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _form(visitor: Visitor, request: Request, given: Filled, refused: ColdchainError | None = None) -> Response:
    with visitor.look() as view:
        numbering, found, wrong = _next(view, given)
        context: dict[str, Any] = {
            "given": given,
            "products": _sorted(names_of(view, "product")),
            "clients": _sorted(names_of(view, "client")),
            "lines": numbering.lines if numbering is not None else (),
            "next": found,
            "is_numbered": numbering is not None,
            "refused_number": wrong,
        }
        return render(request, visitor, "new_batch/form.html", view, refused=refused, **context)


def _next(view: View, given: Filled) -> tuple[Any, Preview | None, str | None]:
    """Return the product's numbering, the next number as far as it is clear, and why there is none."""
    known = load_numberings(view.connection)
    try:
        numbering = known.of(given.product) if given.product else None
        if numbering is None:
            return None, None, None
        if len(numbering.lines) > 1 and not given.line:
            return numbering, None, None
        zone = zone_named(view.snapshot.zone)
        made_at = read_moment(given.made_at, zone)
        day = None if made_at is None else datetime_of(made_at).astimezone(zone).date()
        line = given.line or None
        found = preview(view.connection, known, given.product, view.now, day=day, line=line, count=1)
        return numbering, found, None
    except ColdchainError as error:
        return None, None, str(error)


def _sorted(names: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(names.items(), key=lambda each: each[1].casefold()))
