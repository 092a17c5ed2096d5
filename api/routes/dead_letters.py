"""Messages that could not be decoded."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import corrections
from api.deps import Caller, Configures, SeesSite
from api.models.base import Number
from api.models.devices import DeadLetter, Redrive
from api.paging import Page, Paging
from api.reads.lists import equal, find, newest_first
from domain.errors import NotFoundError
from store.tables import dead_letters

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])


class OfDeadLetters(Paging):
    """How dead letters are asked for."""

    state: Literal["waiting", "redriven"] | None = None


@router.get("")
def list_dead_letters(caller: SeesSite, query: Annotated[OfDeadLetters, Query()]) -> Page[DeadLetter]:
    """Return messages that could not be decoded, newest first."""
    with caller.look() as view:
        conditions = equal(dead_letters, {"state": query.state})
        return newest_first(view, dead_letters, query, conditions, lambda row: row, _show)


@router.get("/{number}")
def get_dead_letter(caller: SeesSite, number: Number) -> DeadLetter:
    """Return one dead letter without its bytes."""
    return _show(_find(caller, number))


@router.get(
    "/{number}/payload", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}}
)
def get_payload(caller: SeesSite, number: Number) -> Response:
    """Return the bytes as they came. They are a stranger's: a browser may only save them."""
    headers = {"Content-Disposition": f'attachment; filename="dead-letter-{number}.bin"'}
    return Response(_find(caller, number)["payload"], 200, headers, "application/octet-stream")


@router.post("/redrive")
def redrive(caller: Configures, wanted: Redrive) -> list[DeadLetter]:
    """Decode dead letters again, after a source or its mapping was put right."""
    for number in wanted.ids:
        _find(caller, number)
    corrections.redrive(caller, wanted.ids)
    return [_show(_find(caller, number)) for number in wanted.ids]


def _find(caller: Caller, number: int) -> Mapping[str, Any]:
    with caller.look() as view:
        fields = find(view, dead_letters, number, lambda row: row)
    if fields is None:
        raise NotFoundError(f"no unreadable message {number}")
    return fields


def _show(row: Mapping[str, Any]) -> DeadLetter:
    plain = {name: row[name] for name in ("id", "topic", "reason", "retained", "state")}
    return DeadLetter(**plain, received_at=row["received_at"], size=len(row["payload"]))
