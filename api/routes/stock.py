"""Questions about stock: what is where, where it came from and went, what is to be recalled, what to pick."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from api.access import require_batch
from api.deps import Caller, SeesSite, SeesStock
from api.links import Link
from api.models.stock import Balance, CountResult, InStock, Pick, Recall, Trace, WantedRecall
from api.reads.stock import OfStock, StockOf, respond
from api.resources import ROOT
from domain.errors import InvalidError
from domain.model import BatchKey, Strategy

router = APIRouter(tags=["stock"])

Direction = Literal["back", "forward"]
_SERIAL = Field(None, description="serial (AI 21): of the unit alone that it is in", examples=["SN0001"])


class OfInStock(OfStock):
    """Which stock is asked for."""

    product: str | None = None
    lot: str | None = None
    location: str | None = Field(
        None, description="ID of a location; everything below it counts too", examples=["SITE-A"]
    )
    serial: str | None = _SERIAL


class OfTrace(OfStock):
    """Which way a genealogy is followed."""

    direction: Direction = Field(
        "back", description="`back`: what they came from; `forward`: what came from them", examples=["back"]
    )
    unit: str | None = None


class OfRecall(OfStock):
    """Which units are recalled."""

    units: list[str] = Field(
        min_length=1,
        max_length=200,
        description="`PRODUCT/LOT` for all units of a lot, `PRODUCT/LOT/UNIT` for one (nothing after the second slash: "
        "the unit without a name); a slash or percent sign inside a name is percent-encoded. Repeat it for several",
        examples=["VAX/A1/PALLET-7"],
    )


class OfPick(OfStock):
    """What is wanted."""

    product: str
    quantity: Decimal
    uom: str | None = Field(None, description="a unit of measure of the product; default: its own", examples=["vial"])
    strategy: Strategy | None = Field(
        None, description="`fefo`, `fifo` or `lifo`; default: the product's", examples=["fefo"]
    )
    party: str | None = Field(
        None, alias="for", description="ID of the customer, who may want a remaining shelf life", examples=["CITY"]
    )
    location: str | None = Field(
        None, description="ID of a location; everything below it counts too", examples=["SITE-A"]
    )
    serial: str | None = _SERIAL


@router.get("/stock", response_model=InStock)
def get_stock(caller: SeesStock, query: Annotated[OfInStock, Query()]) -> Response:
    """Return the units in stock, each with its location and quantity; a client sees its own lots."""
    asked = {"ask": "stock", "product": query.product, "lot": query.lot, "location": query.location}
    links = {"recall": _link("/recall", "Where units and what came of them are")}
    return _answer(caller, (query.at, query.known_at), asked, links, serial=query.serial)


@router.get("/batches/{product}/{lot:path}/balance", response_model=Balance)
def get_balance(caller: SeesStock, product: str, lot: str, query: Annotated[OfStock, Query()]) -> Response:
    """Return what of a lot came into the stock and left it, in sums."""
    asked = {"ask": "balance", "product": product, "lot": lot}
    return _answer(caller, (query.at, query.known_at), asked, _links_of(product, lot), (product, lot))


@router.get("/batches/{product}/{lot:path}/trace", response_model=Trace, response_model_exclude_unset=True)
def get_trace(caller: SeesStock, product: str, lot: str, query: Annotated[OfTrace, Query()]) -> Response:
    """Return the units that those of a lot came from, or that came from them; a client sees those of its own lots."""
    asked = {"ask": "trace", "direction": query.direction, **_which(product, lot, query.unit)}
    return _answer(caller, (query.at, query.known_at), asked, _links_of(product, lot), (product, lot))


@router.get("/recall", response_model=Recall)
def get_recall(caller: SeesStock, query: Annotated[OfRecall, Query()]) -> Response:
    """Return where some units and everything that came from them are; a client sees its own lots."""
    asked = {"ask": "recall", "units": [_named(each) for each in query.units]}
    return _answer(caller, (query.at, query.known_at), asked, {})


@router.post("/recall", response_model=Recall)
def ask_recall(caller: SeesStock, wanted: WantedRecall) -> Response:
    """Return the same for more units than an address can name; nothing is recorded."""
    asked = {"ask": "recall", "units": [each.model_dump(exclude_unset=True) for each in wanted.units]}
    return _answer(caller, (wanted.at, wanted.known_at), asked, {})


@router.get("/pick", response_model=Pick)
def get_pick(caller: SeesSite, query: Annotated[OfPick, Query()]) -> Response:
    """Return what to take of a product, in order, and which units are passed over and why; nothing is reserved.

    With `serial`, only the unit that it is in is looked at.
    """
    asked = {"ask": "pick", **query.model_dump(by_alias=True, exclude={"at", "known_at", "serial"})}
    in_stock = _link(f"/stock?product={quote(query.product, safe='')}", "The product's stock")
    return _answer(caller, (query.at, query.known_at), asked, {"stock": in_stock}, serial=query.serial)


@router.get("/counts/{id:path}", response_model=CountResult)
def get_count(caller: SeesSite, id: str, query: Annotated[OfStock, Query()]) -> Response:
    """Return what a count found against the stock at its location just before it."""
    return _answer(caller, (query.at, query.known_at), {"ask": "count", "movement": id}, {})


def _answer(
    caller: Caller,
    instants: tuple[int | None, int | None],
    asked: dict[str, Any],
    links: dict[str, Link],
    batch: BatchKey | None = None,
    serial: str | None = None,
) -> Response:
    with caller.look() as view:
        if batch is not None:
            require_batch(view.policy, view.snapshot, batch)
        stock = StockOf(view, *instants)
        return respond(stock.answer(stock.of_serial(stock.read(asked), serial)), stock.at, links)


def _named(text: str) -> dict[str, Any]:
    """Return the unit that `PRODUCT/LOT/UNIT` names. Raises InvalidError for anything else."""
    names = [unquote(step) for step in text.split("/")]
    if len(names) not in (2, 3) or not all(names[:2]):
        raise InvalidError(f"units: must be PRODUCT/LOT or PRODUCT/LOT/UNIT, not {text!r}")
    return _which(names[0], names[1], names[2] if len(names) == 3 else None)


def _which(product: str, lot: str, unit: str | None) -> dict[str, Any]:
    """Return the question's unit; none: all of the lot, an empty text: the unit without a name."""
    return {"product": product, "lot": lot, **({} if unit is None else {"unit": unit or None})}


def _links_of(product: str, lot: str) -> dict[str, Link]:
    address = f"/batches/{quote(product, safe='')}/{quote(lot, safe='')}"
    return {
        "batch": _link(address, "The batch"),
        "verdict": _link(f"{address}/verdict", "Its verdict"),
        "balance": _link(f"{address}/balance", "Its balance"),
        "back": _link(f"{address}/trace?direction=back", "What it came from"),
        "forward": _link(f"{address}/trace?direction=forward", "What came from it"),
    }


def _link(path: str, title: str) -> Link:
    return Link(href=ROOT + path, title=title)
