"""The page of the stock; a client sees its own lots."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import QueryParameters
from api.people.roles import Permission
from api.reads.names import names_of
from api.web.frame.naming import batch_address
from api.web.frame.render import render
from api.web.frame.session import SeesStock
from api.web.stock.view import read_stock

router = APIRouter()


class OfStock(QueryParameters):
    """Which stock is shown; an empty choice of the form asks for all."""

    by: Literal["product", "location", "lot", "unit"] = "product"
    product: str = Field("", max_length=200)
    lot: str = Field("", max_length=200)
    location: str = Field("", max_length=200)
    uom: str = Field("", max_length=100)
    state: Literal["", "usable", "blocked"] = ""

    def address(self, **other: str) -> str:
        """Return the address of this page with something else asked for."""
        asked = {**self.model_dump(), **other}
        return "/stock?" + urlencode({name: value for name, value in asked.items() if value})


@router.get("/stock")
def show(visitor: SeesStock, request: Request, query: Annotated[OfStock, Query()]) -> Response:
    """Show what is in stock."""
    with visitor.look() as view:
        page = read_stock(view, query.model_dump(), query.by, query.state)
        return render(
            request,
            visitor,
            "stock/page.html",
            view,
            page=page,
            asked=query,
            names=names_of(view, "product"),
            is_staff=visitor.person.may(Permission.SEE_SITE),
            batch_address=batch_address,
        )
