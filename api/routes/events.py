"""Events: everything that happened, numbered without gaps, for programs that follow along."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.deps import SeesSite
from api.models.base import QueryParameters, ResponseBody
from api.models.records import Event
from api.paging import LARGEST
from store.state import events_after

router = APIRouter(prefix="/events", tags=["events"])


class After(QueryParameters):
    """How events are asked for."""

    after: int = Field(0, ge=0, lt=1 << 63, description="the number of the last event known; 0: from the first on")
    limit: int = Field(100, ge=1, le=LARGEST)


class Events(ResponseBody):
    """Events in order."""

    items: list[Event]
    next: int = Field(examples=[1042], description="the `after` of the next question, also where there is nothing yet")


@router.get("")
def list_events(caller: SeesSite, query: Annotated[After, Query()]) -> Events:
    """Return the events that follow the one with this number, in order."""
    with caller.look() as view:
        found = events_after(view.connection, query.after, query.limit)
    items = [Event.model_validate(event) for event in found]
    return Events(items=items, next=found[-1].number if found else query.after)
