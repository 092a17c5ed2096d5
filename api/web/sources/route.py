"""The set-up page of sources."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import SeesSite
from api.web.sources.view import read_sources

router = APIRouter()


@router.get("/setup/sources")
def show(visitor: SeesSite, request: Request) -> Response:
    """List what is listened to."""
    with visitor.look() as view:
        found = read_sources(view.connection, view.now)
        return render(request, visitor, "sources/page.html", view, part="sources", found=found, say=say)
