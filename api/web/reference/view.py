"""Operations and schemas of the API's description as a page shows them. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from api.openapi import example_of
from api.web.frame.texts import text

Schema = Mapping[str, Any]

_AT = "#/components/schemas/"


class Row(NamedTuple):
    """A parameter, or a field of a schema. `where`: path or query; of a field nothing."""

    name: str
    type: Markup
    is_required: bool
    meaning: Markup
    example: str
    where: str = ""


class Answer(NamedTuple):
    """What is answered with a status."""

    status: str
    meaning: Markup
    type: Markup | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked of the API."""

    id: str
    method: str
    path: str
    summary: str
    description: Markup
    needs_token: bool
    parameters: Sequence[Row]
    body: str | None  # the example, as JSON
    body_type: Markup | None
    request: str
    answers: Sequence[Answer]


def operations(described: Schema) -> Mapping[str, Sequence[Operation]]:
    """Return all operations by their tag, in the order of the description."""
    found: dict[str, list[Operation]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return found


def schemas(described: Schema) -> Iterator[tuple[str, Markup, Sequence[Row]]]:
    """Yield every schema that has fields, by name: name, meaning, fields."""
    for name, schema in sorted(described["components"]["schemas"].items()):
        if "properties" in schema:
            required = schema.get("required", ())
            rows = [_row(field, each, field in required) for field, each in schema["properties"].items()]
            yield name, in_words(schema.get("description", "")), rows


def in_words(said: str) -> Markup:
    """Return a description with what stands in backticks as code."""
    parts = re.split(r"`([^`]*)`", " ".join(said.split()))
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


def _operation(path: str, method: str, operation: Schema) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    example = example_of(operation)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=in_words(operation.get("description", "")),
        needs_token="security" in operation,
        parameters=[_parameter(each) for each in operation.get("parameters", ())],
        body=None if example is None else json.dumps(example, indent=2, ensure_ascii=False),
        body_type=None if body is None else type_of(body["schema"]),
        request=operation["x-codeSamples"][0]["source"],
        answers=[_answer(status, each) for status, each in operation["responses"].items()],
    )


def _parameter(parameter: Schema) -> Row:
    shown = _row(parameter["name"], parameter["schema"], bool(parameter.get("required")))
    meaning, example = in_words(parameter["description"]), _as_json(parameter["example"])
    return shown._replace(meaning=meaning, example=example, where=parameter["in"])


def _row(name: str, schema: Schema, is_required: bool) -> Row:
    examples = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    example = _as_json(examples[0]) if examples else ""
    return Row(name, type_of(schema), is_required, in_words(schema.get("description", "")), example)


def _answer(status: str, answer: Schema) -> Answer:
    contents = list(answer.get("content", {}).values())
    schema = contents[0].get("schema") if contents else None
    return Answer(status, in_words(answer.get("description", "")), type_of(schema) if schema else None)


def type_of(schema: Schema) -> Markup:
    """Return a type in words, with links to the schemas on the page."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_AT)
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return escape(text("reference.or")).join(dict.fromkeys(map(type_of, schema["anyOf"])))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return escape(text("reference.or")).join(Markup("<code>{}</code>").format(_as_json(value)) for value in values)
    if schema.get("type") == "array":
        return Markup(escape(text("reference.type_list", of="{of}"))).format(of=type_of(schema.get("items", {})))
    named = "date_time" if schema.get("format") == "date-time" else schema.get("type", "any")
    return escape(text(f"reference.type_{named}"))


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
