"""The description of the API (OpenAPI): the site's words and the problems beside what FastAPI finds by itself."""

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.errors import MEDIA_TYPE, Problem
from api.glossary import SUMMARIES, meaning
from api.resources import BY_KIND
from sites.schema import KINDS, numbers

_AT = "#/components/schemas/"
# What a batch may say, or leave out, so that its number is the next one.
_DRAWN = {
    "lot": {"type": "string", "title": "Lot", "description": "left out: the next number of the product's numbering"},
    "line": {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "title": "Line",
        "description": "only without `lot`, where the number tells of one of several lines",
    },
}
_TEXT_OR_NUMBER = [{"type": "string"}, {"type": "number"}]

DESCRIPTION = (
    "Storage and transport conditions, and which batches went through them. Times are RFC 3339 in UTC, values decimal "
    "numbers in °C or % relative humidity. Lists are paged by cursor. Every error is an RFC 9457 problem."
)
# what any route may answer besides what it is for
PROBLEM = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _AT + Problem.__name__}}},
    }
}


def body_of(kind: str) -> dict[str, Any]:
    """Return what a route's body is: an entry of the site."""
    schema = {"$ref": _AT + _name(kind)}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}, "required": True}}


def install_description(app: FastAPI) -> None:
    """Let the application describe itself, the site's words and the problems included."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
            found.setdefault("components", {}).setdefault("schemas", {}).update(_more_schemas())
            for path, methods in found["paths"].items():
                for method, operation in methods.items():
                    _give_examples(path, method, operation, found["components"]["schemas"])
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def _give_examples(path: str, method: str, operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Give every parameter a meaning and an example, every body an example, and the operation a request to copy."""
    for parameter in operation.get("parameters", ()):
        known = meaning(path, parameter["name"])
        said = parameter.get("description") or parameter["schema"].pop("description", None)
        if known is not None and (parameter["in"] == "path" or not said):
            said = known.description
        given = parameter["schema"].pop("examples", None) or ([] if known is None else [known.example])
        parameter |= {"description": said, "example": given[0]} if said and given else {}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and not {"example", "examples"} & body.keys():
        body["example"] = _example(schemas[body["schema"]["$ref"].removeprefix(_AT)])
    operation["summary"] = SUMMARIES.get(path) or operation["summary"].capitalize()
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": _curl(path, method, operation)}]


def _example(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body made of its fields' examples."""
    return {name: field["examples"][0] for name, field in schema["properties"].items() if field.get("examples")}


def example_of(operation: Mapping[str, Any]) -> Any:
    """Return the example of an operation's body; None: it takes none."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return body["examples"]["example"]["value"] if "examples" in body else body.get("example")


def _curl(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """Return the request as one types it: with the address filled in, without filters."""
    named = {each["name"]: each["example"] for each in operation.get("parameters", ()) if each["in"] == "path"}
    address = "http://127.0.0.1:8000" + path.format_map(
        {name: quote(str(each), safe="") for name, each in named.items()}
    )
    words = ["curl", *(["-X", method.upper()] if method not in ("get", "post") else [])]
    words += ["-H", '"Authorization: Bearer $TOKEN"'] if "security" in operation else []
    body = example_of(operation)
    words += ["--json", shlex.quote(json.dumps(body, ensure_ascii=False))] if body is not None else []
    words += ["-X", "POST"] if method == "post" and body is None else []
    return " ".join([*words, address])


def _more_schemas() -> dict[str, Any]:
    models = [model for kind in BY_KIND if (model := KINDS[kind].model) is not None]
    _, found = models_json_schema(
        [*((model, "validation") for model in models), (Problem, "serialization")], ref_template=_AT + "{model}"
    )
    schemas: dict[str, Any] = found["$defs"]
    for kind in BY_KIND:
        _loosen(kind, schemas[_name(kind)]["properties"], schemas)
    return schemas


def _name(kind: str) -> str:
    model = KINDS[kind].model
    assert model is not None  # channels only, and they have no address
    return model.__name__


def _loosen(kind: str, properties: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say what is taken besides what is kept: one value for always, and numbers where a number is meant."""
    if kind == "batch":
        properties |= _DRAWN
        schemas[_name(kind)]["required"].remove("lot")
    for name, schema in properties.items():
        step = schema.get("items", {}).get("$ref", "").removeprefix(_AT)
        if step.startswith("Step"):
            properties[name] = {"anyOf": [schemas[step]["properties"]["value"], schema]}
        elif schema.get("type") == "object" and name in numbers(kind):
            schema["additionalProperties"] = {"anyOf": _TEXT_OR_NUMBER}
        elif name in numbers(kind):
            properties[name] = {"anyOf": [*_TEXT_OR_NUMBER, {"type": "null"}], "title": schema.get("title")}
        elif kind == "profile" and name == "rules":
            schema["items"]["additionalProperties"] = {"anyOf": [*_TEXT_OR_NUMBER, {"type": "null"}]}
