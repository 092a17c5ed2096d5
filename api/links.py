"""Links to the resources of the API, by name, made of its description."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from api.models.base import ResponseBody
from api.resources import RESOURCES, ROOT

DESCRIPTION = f"{ROOT}/openapi.json"
REFERENCE = f"{ROOT}/docs"
# What one record of a list is called, where it is not the list's name without its s.
_ONE = {resource.path.strip("/"): resource.kind for resource in RESOURCES} | {"quiet": "quiet_time"}


class Link(ResponseBody):
    """Where a resource is; `templated`: the address holds `{fields}` to fill in."""

    href: str = Field(examples=["/api/v1/locations/{id}"])
    title: str = Field(examples=["Get a location"])
    templated: bool = Field(False, examples=[True])


def links_of(described: Mapping[str, Any]) -> dict[str, Link]:
    """Return a link to everything that can be read: `locations`, `location`, `location_history`."""
    found = {
        "self": Link(href=ROOT, title="This index"),
        "description": Link(href=DESCRIPTION, title="OpenAPI description"),
        "reference": Link(href=REFERENCE, title="Reference page"),
    }
    for path, methods in described["paths"].items():
        if "get" in methods and path.startswith(f"{ROOT}/"):
            address = path + _needed(methods["get"])
            link = Link(href=address, title=methods["get"]["summary"], templated="{" in address)
            found[_name(path.removeprefix(f"{ROOT}/").split("/"))] = link
    return found


def _needed(operation: Mapping[str, Any]) -> str:
    """Return the parameters without which there is no answer, e.g. `{?product,quantity}`."""
    given = operation.get("parameters", ())
    names = [each["name"] for each in given if each["in"] == "query" and each.get("required")]
    return f"{{?{','.join(names)}}}" if names else ""


def _name(steps: list[str]) -> str:
    """Return e.g. `batch_verdict` for `batches/{product}/{lot}/verdict`."""
    words = []
    for i, step in enumerate(steps):
        if not step.startswith("{"):
            is_one = i + 1 < len(steps) and steps[i + 1].startswith("{")
            words.append((_ONE.get(step) or step.removesuffix("s")) if is_one else step)
    return "_".join(words).replace("-", "_")
