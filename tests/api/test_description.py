"""The API describes itself, and its examples are true."""

import json
import re

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter

import api.app  # every model is defined once the application can be made
from api.deps import Needs
from api.models.base import RequestBody, ResponseBody
from api.models.site import given_doc
from api.people.roles import Permission
from api.resources import RESOURCES
from sites.entries import entry

assert api.app


def models(base):
    for each in base.__subclasses__():
        yield each
        yield from models(each)


def examples():
    for model in {*models(ResponseBody), *models(RequestBody)}:
        for name, field in model.model_fields.items():
            for example in field.examples or ():
                yield pytest.param(field, example, id=f"{model.__name__}.{name}")


@pytest.fixture(scope="module")
def description(shared_site):
    return shared_site.api().get("/openapi.json").raise_for_status().json()


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


@pytest.mark.parametrize(("field", "example"), sorted(examples(), key=lambda each: each.id))
def test_an_example_of_a_field_is_what_the_field_takes(field, example):
    TypeAdapter(field.rebuild_annotation()).validate_python(example)


@pytest.mark.parametrize("model", sorted(models(RequestBody), key=lambda each: each.__name__))
def test_a_body_made_of_its_examples_is_accepted(model):
    model.model_validate({field.alias or name: field.examples[0] for name, field in model.model_fields.items()})


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_an_example_of_an_entry_is_one(resource, description):
    assert entry(resource.kind, given_doc(resource.kind, resource.example))
    body = description["paths"][f"/api/v1{resource.path}"]["post"]["requestBody"]["content"]["application/json"]
    assert body["examples"]["example"]["value"] == resource.example
    schema = description["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    assert resource.example.keys() <= schema["properties"].keys()
    assert set(schema["required"]) <= resource.example.keys()


def test_every_reference_leads_somewhere(description):
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(description)))
    assert names <= description["components"]["schemas"].keys()
    assert len(names) > 30


def test_every_operation_is_named_and_says_that_it_may_answer_a_problem(description):
    found = dict(operations(description))
    assert len(found) > 50
    assert len({operation["operationId"] for operation in found.values()}) == len(found)
    for name, operation in found.items():
        assert operation["summary"] and operation["tags"], name
        assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, name
        assert "422" not in operation["responses"], name


def test_the_description_asks_for_a_token_exactly_where_the_route_does(shared_site, description):
    for route in iter_route_contexts(shared_site.app.routes):
        (permission,) = [d.call.permission for d in route.dependant.dependencies if isinstance(d.call, Needs)]
        for method in sorted(route.methods - {"HEAD"}):
            operation = description["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                assert ("security" in operation) == (permission is not Permission.PUBLIC), route.path
