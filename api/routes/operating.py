"""For whoever keeps it running: probes and metrics."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.deps import Anybody, SeesSite
from api.health import troubles
from api.metrics import MEDIA_TYPE
from api.models.base import ResponseBody

router = APIRouter(tags=["operating"])


class Health(ResponseBody):
    """Whether something works."""

    status: Literal["ok", "failing"]
    troubles: dict[str, str] = Field(default_factory=dict, examples=[{"engine": "not running"}])


@router.get("/healthz")
def healthz(caller: Anybody) -> Health:
    """Say that this process answers; it depends on nothing else, so that a restart is only asked for where it helps."""
    return Health(status="ok")


@router.get("/readyz", response_model=Health, responses={503: {"model": Health, "description": "not ready"}})
def readyz(caller: Anybody) -> Response:
    """Say whether the database answers and the engine takes requests."""
    found = troubles(caller.services.database, caller.services.options)
    health = Health(status="failing" if found else "ok", troubles=found)
    return JSONResponse(health.model_dump(), 503 if found else 200)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(caller: SeesSite) -> Response:
    """Return numbers for Prometheus: a token of role viewer is enough; where the question comes from does not count."""
    return Response(caller.services.metrics.text(), media_type=MEDIA_TYPE)
