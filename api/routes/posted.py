"""What vendors' clouds and gateways post: handed to the broker, and read like any message."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.deps import Anybody
from domain.errors import UnavailableError

router = APIRouter(tags=["posted"])

SourceName = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="the source, whose topic is `http/` and this",
        examples=["efento"],
    ),
]
_EXAMPLE = {
    "measurements": [
        {
            "serial": "282C024FFFB3",
            "response_handle": 1,
            "battery": "ok",
            "signal": -70,
            "measured_at": "2026-01-01 00:00:00",
            "measurement_interval": 180,
            "params": [{"channel": 1, "type": "temperature", "value": 4.5}],
        }
    ]
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {}, "example": _EXAMPLE},
            "*/*": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_JSON: dict[str, Any] = {"content": {"application/json": {}}}


@router.post(
    "/ingest/{source}",
    response_class=Response,
    responses={
        200: {**_JSON, "description": "the broker has it"},
        201: {**_JSON, "description": "the same, as a vendor's gateway expects it, with its handles"},
    },
    openapi_extra=_BODY,
)
async def post(caller: Anybody, source: SourceName, request: Request) -> Response:
    """Take a body as its vendor sends it. Who sends it proves to know the secret of the source, as the vendor does.

    It is answered once the broker has it; the engine reads it like any message on `http/<source>`.
    """
    intake = caller.services.intake
    if intake is None:
        raise UnavailableError("nothing is taken by HTTP here")
    body, headers = await request.body(), {name.lower(): value for name, value in request.headers.items()}
    answer = await run_in_threadpool(intake.take, source, headers, body)
    return Response(answer.body, answer.status, media_type="application/json")
