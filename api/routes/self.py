"""Who the caller is, and what the API is."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from api.deps import Anybody, Known
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


@router.get("/openapi.json", include_in_schema=False)
def openapi(caller: Anybody, request: Request) -> dict[str, Any]:
    """Return the description of this API."""
    described: dict[str, Any] = request.app.openapi()
    return described
