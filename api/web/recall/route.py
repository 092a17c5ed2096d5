"""The page of a recall: units are entered or scanned, and everything that came from them is listed; also as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.deps import View
from api.models.base import QueryParameters
from api.reads.genealogy import edges_between
from api.reads.stock import StockOf
from api.web.frame.naming import batch_address
from api.web.frame.render import render
from api.web.frame.session import SeesStock
from api.web.frame.texts import text
from api.web.recall.graph import Graph, graph
from domain.errors import InvalidError
from domain.model import UnitKey
from domain.times import parse_instant
from ledger.exports.cells import cell, lines

router = APIRouter()

_COLUMNS = ("product", "lot", "unit", "state", "where", "shipment", "quantity")
_LACKING = ("product", "lot", "unit", "location", "reason")


class OfRecall(QueryParameters):
    """Which units: one a line, `PRODUCT/LOT` or `PRODUCT/LOT/UNIT`; several fields are several lines."""

    units: list[str] = Field(default_factory=list, max_length=200)

    @property
    def named(self) -> list[str]:
        """Return what was entered, line by line."""
        return [line.strip() for each in self.units for line in each.splitlines() if line.strip()]

    def address(self, to: str) -> str:
        """Return the address of the same question."""
        return f"{to}?{urlencode({'units': self.named}, doseq=True)}"


class OfGenealogy(QueryParameters):
    """Which unit is looked at; `unit` left out: all of the lot."""

    product: str
    lot: str
    unit: str | None = None


@router.get("/recall")
def show(visitor: SeesStock, request: Request, query: Annotated[OfRecall, Query()]) -> Response:
    """Show where the units are, or ask for them."""
    with visitor.look() as view:
        wrong, answer = "", None
        try:
            answer = _recall(view, query.named) if query.named else None
        except InvalidError as error:
            wrong = str(error)
        context: dict[str, Any] = {"asked": query, "answer": answer, "wrong": wrong, "batch_address": batch_address}
        status = 422 if wrong else 200
        return render(request, visitor, "recall/page.html", view, status=status, **context)


@router.get("/recall.csv")
def download(visitor: SeesStock, query: Annotated[OfRecall, Query()]) -> Response:
    """Return the same as CSV; what is not covered is listed with its reason as state."""
    with visitor.look() as view:
        answer = _recall(view, query.named)
    rows = [[row[name] for name in _COLUMNS] for row in answer["rows"]]
    rows += [
        [*(row[name] for name in _LACKING[:3]), row["reason"], row["location"], None, None]
        for row in answer["not_covered"]
    ]
    return _csv("recall.csv", _COLUMNS, rows)


@router.get("/genealogy")
def genealogy(visitor: SeesStock, request: Request, query: Annotated[OfGenealogy, Query()]) -> Response:
    """Show what a unit or a lot came from and what came from it, step by step, with the lot's balance."""
    with visitor.look() as view:
        stock = StockOf(view, None, None)
        context: dict[str, Any] = {
            "asked": query,
            "back": _trace(stock, query, "back"),
            "forward": _trace(stock, query, "forward"),
            "balance": stock.answer(stock.read({"ask": "balance", "product": query.product, "lot": query.lot})),
            "batch_address": batch_address,
            "genealogy_address": genealogy_address,
            "names_of": lambda units: ", ".join(" ".join(filter(None, unit)) for unit in units),
            "recall_name": recall_name(query.product, query.lot, query.unit),
        }
        context["graph"] = _graph(view, context["back"], context["forward"])
        return render(request, visitor, "recall/genealogy.html", view, **context)


@router.get("/genealogy.csv")
def download_genealogy(visitor: SeesStock, query: Annotated[OfGenealogy, Query()]) -> Response:
    """Return both directions as CSV."""
    names = ("direction", "depth", "product", "lot", "unit")
    with visitor.look() as view:
        stock = StockOf(view, None, None)
        found = [(way, row) for way in ("back", "forward") for row in _trace(stock, query, way)["units"]]
    return _csv("genealogy.csv", names, [[way, *(row[name] for name in names[1:])] for way, row in found])


def genealogy_address(product: str, lot: str, unit: str | None) -> str:
    """Return where the genealogy of a unit is shown."""
    return "/genealogy?" + urlencode({"product": product, "lot": lot, "unit": unit or ""})


def recall_name(product: str, lot: str, unit: str | None) -> str:
    """Return how a unit is named in a recall; None: all of the lot, an empty text: the unit without a name."""
    names = [product, lot, *([] if unit is None else [unit])]
    return "/".join(quote(name, safe=" ") for name in names)


def _trace(stock: StockOf, query: OfGenealogy, direction: str) -> dict[str, Any]:
    named = {} if query.unit is None else {"unit": query.unit or None}
    asked = {"ask": "trace", "direction": direction, "product": query.product, "lot": query.lot, **named}
    answer = stock.answer(stock.read(asked))
    for row in answer.get("suppliers", []) + answer.get("customers", []):
        row["when"] = parse_instant(row["at"])
    steps = sorted({row["depth"] for row in answer["units"]})
    answer["steps"] = [(step, [row for row in answer["units"] if row["depth"] == step]) for step in steps]
    return answer


def _graph(view: View, back: Mapping[str, Any], forward: Mapping[str, Any]) -> Graph:
    """Draw what both directions name; what the unit came from is above it."""
    depths: dict[UnitKey, int] = {}
    for answer, sign in ((back, -1), (forward, 1)):
        for row in answer["units"]:
            depths.setdefault(UnitKey(row["product"], row["lot"], row["unit"]), sign * row["depth"])
    return graph(depths, edges_between(view, depths))


def _recall(view: View, named: Sequence[str]) -> dict[str, Any]:
    stock = StockOf(view, None, None)
    return stock.answer(stock.read({"ask": "recall", "units": [_unit(each) for each in named]}))


def _unit(name: str) -> dict[str, str | None]:
    steps = [unquote(step) for step in name.split("/")]
    if len(steps) not in (2, 3) or not all(steps[:2]):
        raise InvalidError(text("recall.wrong", name=name))
    found: dict[str, str | None] = {"product": steps[0], "lot": steps[1]}
    return found | {"unit": steps[2] or None} if len(steps) == 3 else found


def _csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    content = lines([columns, *([cell(each) for each in row] for row in rows)])
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")
