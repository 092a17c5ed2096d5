"""Cursor pages: `?limit=&cursor=` → `{"items": […], "next": …}`.

A cursor is the place after the last item shown, not a count, so rows added meanwhile neither repeat nor skip one.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.models.base import QueryParameters
from domain.errors import InvalidError

LARGEST = 1000
_READ_AT_LEAST = 100

Row = TypeVar("Row")
Item = TypeVar("Item")
Place = TypeVar("Place", int, str)


class Paging(QueryParameters):
    """How every list is asked for."""

    limit: int = Field(100, ge=1, le=LARGEST, description="items a page at most")
    cursor: str | None = Field(None, max_length=2000, description="`next` of the page before")


class Page(BaseModel, Generic[Item]):
    """Some items and where to go on."""

    model_config = ConfigDict(extra="forbid")

    items: list[Item]
    next: str | None = Field(None, description="the `cursor` of the next page; null: this was the last")


def encode(place: int | str) -> str:
    """Return an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(cursor: str | None, sort: type[Place]) -> Place | None:
    """Return the place a cursor stands for. Raises InvalidError for one that this list never gave."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        place = None
    if type(place) is not sort or (isinstance(place, int) and abs(place) >= 1 << 63):
        raise InvalidError("cursor: not a cursor of this list")
    return place


def collect(
    paging: Paging,
    start: Place | None,
    fetch: Callable[[Place | None, int], Sequence[Row]],
    place: Callable[[Row], Place],
    show: Callable[[Row], Item | None],
) -> Page[Item]:
    """Fill a page with what `show` lets through; None is what this person may not see.

    `fetch(after, count)` returns the next rows in the list's order. It reads on until the page is full, so that a
    page says nothing about how many rows were left out.
    """
    shown: list[tuple[Place, Item]] = []
    count = max(paging.limit + 1, _READ_AT_LEAST)
    after = start
    while True:
        rows = fetch(after, count)
        for row in rows:
            item = show(row)
            if item is None:
                continue
            if len(shown) == paging.limit:
                return Page(items=[item for _, item in shown], next=encode(shown[-1][0]))
            shown.append((place(row), item))
        if len(rows) < count:
            return Page(items=[item for _, item in shown], next=None)
        after = place(rows[-1])
