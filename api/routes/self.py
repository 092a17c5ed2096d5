"""Who the caller is, and what the API is: its index with links to all its resources, and its description."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from api.deps import Anybody, Known
from api.links import Link, links_of
from api.models.base import ResponseBody
from api.people.roles import ROLES

router = APIRouter(tags=["about"])


class Me(ResponseBody):
    """Who asks, and what they may do."""

    name: str = Field(examples=["handheld 3"])
    role: str = Field(examples=["qa"])
    client: str | None = Field(examples=[None], description="of role client: whose batches it sees")
    permissions: list[str] = Field(examples=[["known", "see_stock"]])


@router.get("/me")
def me(caller: Known) -> Me:
    """Return who the token stands for."""
    person = caller.person
    return Me(name=person.name, role=person.role, client=person.client, permissions=sorted(ROLES[person.role]))


class Index(ResponseBody):
    """What the API is, and links to everything that can be read."""

    name: str = Field(examples=["coldchain"])
    version: str = Field(examples=["1"], description="of the API")
    links: dict[str, Link] = Field(
        description="by name: a list by the plural (`locations`), one of its records by the singular (`location`)",
        examples=[{"locations": {"href": "/api/v1/locations", "title": "List locations"}}],
    )


@router.get("")
def index(caller: Anybody, request: Request) -> Index:
    """Return links to all resources of the API, its description and its reference page."""
    described = request.app.openapi()
    return Index(name=described["info"]["title"], version=described["info"]["version"], links=links_of(described))


@router.get("/openapi.json", include_in_schema=False)
def openapi(caller: Anybody, request: Request) -> dict[str, Any]:
    """Return the description of this API."""
    described: dict[str, Any] = request.app.openapi()
    return described
