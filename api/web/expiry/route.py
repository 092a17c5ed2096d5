"""What in stock expires when, first what expires first; a client sees its own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import QueryParameters
from api.people.roles import Permission
from api.reads.expiry import Wanted, read_expiring
from api.reads.names import names_of
from api.web.expiry.view import ladder_of, rows_of
from api.web.frame.naming import batch_address
from api.web.frame.render import render
from api.web.frame.session import SeesStock

router = APIRouter()

PAGE = 100


class OfExpiry(QueryParameters):
    """Which stock is asked for; an empty choice of the form asks for all."""

    product: str = ""
    client: str = ""
    place: str = ""
    step: str = ""
    page: int = Field(1, ge=1, lt=100_000)


@router.get("/expiry")
def expiry(visitor: SeesStock, request: Request, query: Annotated[OfExpiry, Query()]) -> Response:
    """List what expires."""
    is_staff = visitor.person.may(Permission.SEE_SITE)
    with visitor.look() as view:
        everything = read_expiring(view, Wanted(query.product, query.client, query.place))
        found = [row for row in everything if query.step in ("", row.step or "later")]
        shown = found[(query.page - 1) * PAGE : query.page * PAGE]
        return render(
            request,
            visitor,
            "expiry/page.html",
            view,
            rows=rows_of(shown, view.snapshot.site, view.now),
            steps=ladder_of(everything),
            count=len(found),
            pages=-(-len(found) // PAGE),
            asked=query,
            products=names_of(view, "product"),
            clients=names_of(view, "client"),
            places=sorted(view.snapshot.site.locations) if is_staff else [],
            is_staff=is_staff,
            batch_address=batch_address,
        )
