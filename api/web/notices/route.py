"""The set-up pages of what devices sent and no verdict rests on."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.models.base import Number
from api.paging import Paging
from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import Configures, SeesSite
from api.web.notices.view import UNPLACED, find_device, list_notices, list_unused
from api.web.sensors.clock import clock_of
from domain.notices import about
from store.notices import get

router = APIRouter(prefix="/setup")


class OfUnused(Paging):
    """Which readings are listed."""

    device: str
    kind: str

    @property
    def asked(self) -> dict[str, str]:
        """What is asked for, page aside."""
        return {"device": self.device, "kind": self.kind}


class OfNotices(Paging):
    """Which page of the list."""

    limit: int = 100


@router.get("/notices")
def notices(visitor: SeesSite, request: Request, query: Annotated[OfNotices, Query()]) -> Response:
    """List what devices sent and no verdict rests on: what somebody should look at first."""
    with visitor.look() as view:
        page = list_notices(view, query)
        fresh = sum(1 for each in page.items if each.is_open)
        context: dict[str, Any] = {"found": page.items, "next": page.next, "fresh": fresh, "say": say}
        return render(request, visitor, "notices/page.html", view, part="notices", **context)


@router.post("/notices/{number}/review")
def review(visitor: Configures, number: Number, back: Annotated[str, Form()] = "") -> Response:
    """Note that the visitor has looked at a notice, and lead back."""
    corrections.review(visitor, number)
    with visitor.look() as view:
        row = get(view.connection, number)
    device = row.device if row is not None else ""
    return RedirectResponse(
        f"/setup/devices/{quote(device, safe='')}" if device and not back else "/setup/notices", 303
    )


@router.get("/unused-readings")
def unused_readings(visitor: SeesSite, request: Request, query: Annotated[OfUnused, Query()]) -> Response:
    """List every reading of a device and kind that no verdict rests on, with its message."""
    with visitor.look() as view:
        page = list_unused(view, query, query.device, query.kind)
        more = f"/setup/unused-readings?{urlencode({**query.asked, 'cursor': page.next})}" if page.next else None
        context: dict[str, Any] = {"name": query.device, "about": about(query.kind), "rows": page.items, "more": more}
        context["is_placed"] = query.kind not in UNPLACED
        return render(request, visitor, "notices/unused.html", view, part="notices", **context)


@router.get("/devices/{id:path}")
def device(visitor: SeesSite, request: Request, id: str) -> Response:
    """Show a device: which sensors it is, its last readings, and what of it was not used."""
    with visitor.look() as view:
        context: dict[str, Any] = {"device": find_device(view, id), "device_clock": clock_of(view, id), "say": say}
        return render(request, visitor, "notices/device.html", view, part="notices", **context)
