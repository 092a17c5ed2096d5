"""The reference of the API, rendered by the server: it needs no script, no other machine and no sign-in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.links import DESCRIPTION, REFERENCE
from api.resources import ROOT
from api.web.frame.render import render
from api.web.frame.session import Anybody
from api.web.reference.view import in_words, operations, schemas

router = APIRouter()


@router.get(REFERENCE)
def show(visitor: Anybody, request: Request) -> Response:
    """Show every operation, parameter and schema of the API."""
    described = request.app.state.describe()
    context = {
        "info": described["info"],
        "about": in_words(described["info"]["description"]),
        "groups": operations(described),
        "schemas": list(schemas(described)),
        "description": DESCRIPTION,
        "root": ROOT,
    }
    return render(request, visitor, "reference/page.html", **context)
