"""A row of the journal: the gateways' messages as they came. For staff: a message may hold sensors of anybody's."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.models.base import Number, QueryParameters, When
from api.web.frame.render import render
from api.web.frame.session import SeesSite
from api.web.journal.page import journal_page, payload_at, read_row

router = APIRouter(prefix="/journal")


class OfRow(QueryParameters):
    """Which message of a row, by when it arrived; `measured`: when a reading of it was measured."""

    message: When | None = None
    measured: When | None = None
    start: int = Field(0, ge=0, lt=1 << 31)


@router.get("/{number}")
def show(visitor: SeesSite, request: Request, number: Number, query: Annotated[OfRow, Query()]) -> Response:
    """Show what came in a row, and what came of it."""
    with visitor.look() as view:
        page = journal_page(view, number, query.message, query.measured, query.start)
        return render(request, visitor, "journal/page.html", view, page=page)


@router.get("/{number}/messages/{place}/payload")
def payload(visitor: SeesSite, number: Number, place: Number) -> Response:
    """Return the bytes of a message as they came. They are a stranger's: a browser may only save them."""
    with visitor.look() as view:
        content = payload_at(read_row(view, number), place)
    headers = {"Content-Disposition": f'attachment; filename="journal-{number}-{place}.bin"'}
    return Response(content, 200, headers, "application/octet-stream")
