"""The list of batches; a client sees its own."""

from itertools import takewhile
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import QueryParameters
from api.people.roles import Permission
from api.web.batches.rows import STATES, State, Wanted, find_batches, read_names, read_rows, state_of
from api.web.frame.naming import batch_address
from api.web.frame.render import render
from api.web.frame.session import SeesStock

router = APIRouter()

PAGE = 50


class OfBatches(QueryParameters):
    """Which batches are asked for; an empty choice of the form asks for all."""

    q: str = Field("", max_length=200)
    product: str = ""
    client: str = ""
    place: str = ""
    state: State | Literal["none"] = ""
    page: int = Field(1, ge=1, lt=100_000)

    @property
    def wanted(self) -> Wanted:
        """Return the filter."""
        return Wanted(self.q, self.product, self.client, self.place, self.state)


@router.get("/batches")
def batches(visitor: SeesStock, request: Request, query: Annotated[OfBatches, Query()]) -> Response:
    """List batches, those with something on record first."""
    is_staff = visitor.person.may(Permission.SEE_SITE)
    with visitor.look() as view:
        names = read_names(view)
        found, record = find_batches(view, query.wanted, names)
        shown = found[(query.page - 1) * PAGE : query.page * PAGE]
        rows = read_rows(view, shown, record, names)
        return render(
            request,
            visitor,
            "batches/page.html",
            view,
            rows=rows,
            count=len(found),
            held=sum(
                1 for _ in takewhile(lambda batch: state_of(record, batch) == "held", found)
            ),  # the worst are first
            pages=-(-len(found) // PAGE),
            asked=query,
            states=[*filter(None, STATES), "none"],
            names=names,
            places=sorted(view.snapshot.site.locations) if is_staff else [],
            is_staff=is_staff,
            batch_address=batch_address,
        )
