"""The stream of events that keeps open pages true."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from api.web.frame.live import Listener, Live
from api.web.frame.session import SeesStock

router = APIRouter()

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/live")
async def follow(
    visitor: SeesStock,
    request: Request,
    after: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Tell what happens from now on, or after the event that the page knew last."""
    live: Live = request.app.state.live
    assert visitor.session is not None  # who sees stock has signed in
    known = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    lines = live.follow(Listener(visitor.person, visitor.session.hash), known)
    return StreamingResponse(lines, media_type="text/event-stream", headers=_HEADERS)
