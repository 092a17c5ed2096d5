"""What the page of the stock shows: sums by product, location or lot, or single units with their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from api.deps import View
from api.reads.stock import StockOf
from api.web.frame.texts import text
from batches.questions import AskStock
from batches.status import Reason
from domain.errors import InvalidError
from domain.model import Product
from domain.numbers import SCALE
from ledger.models.stock.placed import NotCovered
from ledger.models.stock.reader import By

UNITS_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class StockLine:
    """A row: a sum, or one unit (`reason`: why it may not be used). `quantity` with its unit of measure."""

    product: str
    lot: str
    unit: str | None
    location: str
    units: int
    quantity: str
    reason: Reason | None = None

    @property
    def state(self) -> str:
        """Return whether it may be used, in words."""
        return text("stock.usable") if self.reason is None else text(f"stock.{self.reason}")


@dataclass(frozen=True, slots=True)
class StockPage:
    """The page. `wrong`: what was asked for is not there; `is_cut`: there are more units than are listed."""

    lines: Sequence[StockLine]
    not_covered: Sequence[NotCovered]
    products: Sequence[str]
    locations: Sequence[str]
    uoms: Sequence[str]
    wrong: str = ""
    is_cut: bool = False


def read_stock(view: View, asked: Mapping[str, Any], by: str, state: str) -> StockPage:
    """Read the page."""
    stock = StockOf(view, None, None)
    products = stock.names.products
    product = products.get(asked["product"])
    choices: dict[str, Any] = {
        "products": sorted(products),
        "locations": sorted(stock.names.locations),
        "uoms": [] if product is None else [*filter(None, [product.uom]), *product.uoms],
    }
    given = {name: asked[name] or None for name in ("product", "lot", "location")}
    try:
        question = stock.read({"ask": "stock", **given})
    except InvalidError as error:
        return StockPage([], [], **choices, wrong=str(error))
    assert isinstance(question, AskStock)
    lacking = [each for each in stock.reader.stored_unknown(question) if view.policy.may_see(each.unit[:2])]
    if by == "unit":
        lines = _units(stock, question, state, asked["uom"])
        return StockPage(lines[:UNITS_AT_MOST], lacking, **choices, is_cut=len(lines) > UNITS_AT_MOST)
    return StockPage(_sums(stock, question, by, asked["uom"]), lacking, **choices)


def _sums(stock: StockOf, question: AskStock, by: str, uom: str) -> list[StockLine]:
    sort: By = "location" if by == "location" else "lot" if by == "lot" else "product"
    found = []
    for each in stock.reader.totals(question, sort):
        lot, place = (each.of, "") if by == "lot" else ("", each.of)
        quantity = shown_quantity(each.quantity, stock.names.products.get(each.product), uom)
        found.append(StockLine(each.product, lot, None, place, each.units, quantity))
    return found


def _units(stock: StockOf, question: AskStock, state: str, uom: str) -> list[StockLine]:
    found = []
    for unit, reason in stock.reader.listed(question, UNITS_AT_MOST + 1):
        if state in ("", "usable" if reason is None else "blocked"):
            quantity = shown_quantity(unit.quantity, stock.names.products.get(unit.key.product), uom)
            found.append(StockLine(*unit.key, unit.where or "", 1, quantity, reason))
    return found


def shown_quantity(quantity: int, product: Product | None, uom: str = "") -> str:
    """Return a quantity (10⁻⁶) in a unit of measure of its product, its own unless another is wanted."""
    factor, name = Fraction(1), "" if product is None else product.uom or ""
    if product is not None and uom in product.uoms:
        factor, name = product.uoms[uom], uom
    exact = Fraction(quantity, SCALE) / factor
    return f"{round(float(exact), 6):,.6f}".rstrip("0").rstrip(".").replace(",", "\u202f") + (
        f" {name}" if name else ""
    )
