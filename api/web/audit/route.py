"""The audit trail: who did what, when, why, and what it changed."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.reads import audit as trail
from api.reads.lists import newest_first
from api.web.audit.lines import line_of
from api.web.frame.render import render
from api.web.frame.session import SeesRecord
from sites.schema import KINDS
from store.tables import audit

router = APIRouter()

_NAMED = ("who", "what", "kind", "key")
_THINGS = sorted((*KINDS, "alert", "hold", "person", "readings", "verdicts"))


class OfTrail(trail.OfAudit):
    """Which lines; a form sends an empty text for what is not chosen."""

    limit: int = Field(50, ge=1, le=200)
    all: bool = False  # also what the engine came to by itself

    def address(self, **other: str) -> str:
        """Return the address of the same lines, or of others."""
        asked = {name: getattr(self, name) for name in _NAMED if getattr(self, name)}
        return "/audit?" + urlencode({**asked, **({"all": "true"} if self.all else {}), **other})


@router.get("/audit")
def show(visitor: SeesRecord, request: Request, query: Annotated[OfTrail, Query()]) -> Response:
    """List what was done, newest first. Of one thing everything is listed, also what the engine came to."""
    is_of_one = bool(query.key) or (query.who is not None and query.who != "")
    asked = query.model_copy(update={"people": not (query.all or is_of_one)})
    with visitor.look() as view:
        page = newest_first(view, audit, asked, trail.conditions(asked), trail.shown, line_of)
        return render(request, visitor, "audit/page.html", view, part="audit", page=page, kinds=_THINGS, asked=query)
