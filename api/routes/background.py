"""What far-reaching corrections reach and is judged in the background: how far it is."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.deps import SeesSite
from api.models.base import ResponseBody, Time
from api.models.records import Cause
from api.paging import Page, Paging
from api.reads.lists import find, newest_first
from domain.errors import NotFoundError
from store.tables import judgings

router = APIRouter(prefix="/judgings", tags=["about"])


class Judging(ResponseBody):
    """A correction that reaches much: what it changes comes to be, unit by unit."""

    id: int = Field(examples=[3])
    begun_at: Time
    ended_at: Time | None = Field(description="null: it goes on")
    total: int = Field(examples=[10000], description="units and locations that it reaches")
    done: int = Field(examples=[1200], description="how many of them are judged again")
    cause: Cause


@router.get("")
def list_judgings(caller: SeesSite, query: Annotated[Paging, Query()]) -> Page[Judging]:
    """Return those that go on and the last that ended, newest first."""
    with caller.look() as view:
        return newest_first(view, judgings, query, [], dict, Judging.model_validate)


@router.get("/{number}")
def get_judging(caller: SeesSite, number: int) -> Judging:
    """Return how far one is."""
    with caller.look() as view:
        found = find(view, judgings, number, dict)
    if found is None:
        raise NotFoundError(f"no judging {number}")
    return Judging.model_validate(found)
