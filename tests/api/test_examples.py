"""Every operation of the API's description is explained and has an example, and the example works.

Each request is made of nothing but the description: the address with its parameters' examples, and the body's example.
"""

import json
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import jsonschema
import pytest
from fastapi.routing import iter_route_contexts
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import create_engine, insert

from api.app import create_app
from api.openapi import example_of
from api.people.register import add_account
from api.people.sign_in import change_password
from coldchain.engine import decoder_again
from domain.readings import Reading
from domain.times import MINUTE, parse_instant
from ledger.inbox import LOCK
from ledger.inputs import Arrived, Batch
from ledger.requests import Correct, Item
from ledger.writer import Writer
from store.database import Database
from store.lock import Lock
from store.stock.tables import movements
from store.tables import judgings
from tests.api.conftest import copied
from tests.api.ordered import order_and_count
from tests.api.test_posted import Intake
from tests.api.world import NOW, START

LATEST = NOW + 20 * MINUTE
CAUSE = {"kind": "correction", "who": "anna", "entries": [], "count": 1, "event": 7}


def _application():
    nothing = create_engine("sqlite://")
    return create_app(Database(nothing.url, nothing, nothing))


# Tests have names before the description is made, which takes a second: not every process that collects them runs them.
APPLICATION = _application()
NAMES = sorted(
    f"{method} {route.path_format}"
    for route in iter_route_contexts(APPLICATION.routes)
    if getattr(route, "include_in_schema", False)
    for method in route.methods or ()
)


@cache
def operations():
    """Return the operations that are described, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in APPLICATION.openapi()["paths"].items()
        for method, operation in methods.items()
    }


# What must have happened before: the record that is an example is not on the sample site.
FIRST = {
    "GET /api/v1/serials/{product}/{serial}": "POST /api/v1/batches/{product}/{lot}/serials",
    "GET /api/v1/stock": "POST /api/v1/batches/{product}/{lot}/serials",
    "GET /api/v1/pick": "POST /api/v1/batches/{product}/{lot}/serials",
    "GET /api/v1/movements/{id}": "POST /api/v1/movements",
    "POST /api/v1/alerts/{number}/unshelve": "POST /api/v1/alerts/{number}/shelve",
    "POST /api/v1/holds/undo-rejection": "POST /api/v1/holds/reject",
}


def before(name):
    """Return what to ask first."""
    method, path = name.split(" ")
    collection = path.removesuffix("/{lot}").removesuffix("/{version}").rpartition("/{")[0]
    is_item = path.endswith("}") and f"PUT {path}" in NAMES
    return FIRST.get(name) or (f"POST {collection}" if is_item and method in ("GET", "PUT", "DELETE") else None)


def request(api, name):
    """Send the example of an operation."""
    method, path = name.split(" ")
    given = operations()[name].get("parameters", ())
    path = path.format_map({each["name"]: str(each["example"]) for each in given if each["in"] == "path"})
    query = {each["name"]: _text(each["example"]) for each in given if each["in"] == "query"}
    headers = {each["name"]: each["example"] for each in given if each["in"] == "header"}
    return api.ask(method, f"/{path}", params=query, headers=headers, json=example_of(operations()[name]))


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value


def fill(site):
    """Give the site of the tests an open problem, a correction being judged, a channel, and somebody who signs."""
    with site.database.begin() as connection:
        add_account(connection, "paula", "Paula", "qa", None, "test", NOW)
        row = {"begun_at": NOW, "ended_at": None, "cause": CAUSE, "total": 300, "done": 30}
        connection.execute(insert(judgings), [row])
    change_password(site.database, "paula", "", "correct horse battery", NOW)
    mail = {"id": "qa-mail", "kind": "email", "to": ["qa@example.com"]}
    site.desk.ask("quinn", Correct(put=[Item("channel", mail)]), NOW)
    record_count(site.database)
    order_and_count(site, NOW)
    for at in range(NOW, LATEST + MINUTE, 5 * MINUTE):
        site.desk.now = at
        heard = Arrived("zz/1/readings", b"{}", False, at, "zz", [Reading("dev1", "", "temperature", 9_900_000, at)])
        site.desk.writer.step(Batch([heard]), at)


def record_count(database):
    """Put a count of ROOM-1 on record, which found nothing."""
    given = json.dumps({"id": "count-1", "at": "2026-01-01T10:00:00Z", "do": "count", "location": "ROOM-1"})
    row = {"number": 1, "id": "count-1", "at": parse_instant("2026-01-01T10:00:00Z"), "do": "count"}
    row |= {"given": given, "recorded": given, "who": "quinn", "recorded_at": START}
    with database.begin() as connection:
        connection.execute(insert(movements), [row])


@pytest.fixture(scope="module")
def filled(template, tmp_path_factory, portal):
    """The file of the sample site, and tokens."""
    with copied(template, tmp_path_factory.mktemp("filled"), portal) as found:
        fill(found)
    return found.database.path, found.tokens


@contextmanager
def sample_of(filled, folder, portal):
    """Open the sample site at the last instant that it heard something, with one who can decode again."""
    with copied(filled, folder, portal) as found:
        found.desk.now = LATEST
        found.app.state.services = replace(found.app.state.services, intake=Intake())
        found.desk.writer = Writer(found.database, decode=decoder_again(found.database, 1 << 20))
        yield found


@pytest.fixture(scope="module")
def read_sample(filled, tmp_path_factory, portal):
    """The sample site for examples that read, with an engine."""
    with sample_of(filled, tmp_path_factory.mktemp("examples"), portal) as found:
        lock = Lock(found.database, LOCK)
        assert lock.try_acquire()
        yield found
        lock.release()


@pytest.fixture
def sample(request, name, filled, tmp_path, portal):
    """The sample site; of its own for an example that writes."""
    if name.startswith("GET "):
        yield request.getfixturevalue("read_sample")
    else:
        with sample_of(filled, tmp_path, portal) as found:
            yield found


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_an_operation_is_answered_as_the_description_says(sample, name):
    first, api = before(name), sample.api("admin")
    if first is not None:
        assert request(api, first).is_success
    answer = request(api, name)
    assert answer.is_success, f"{name}: {answer.status_code} {answer.text}"
    said = operations()[name]["responses"][str(answer.status_code)]
    schema = said.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        registry = Registry().with_resource("urn:api", Resource(APPLICATION.openapi(), DRAFT202012))
        wanted = {"$ref": f"urn:api{schema['$ref']}"} if "$ref" in schema else {**schema, "$id": "urn:api"}
        jsonschema.Draft202012Validator(_absolute(wanted), registry=registry).validate(answer.json())


def _absolute(schema):
    """Return the schema with references that lead into the description."""
    if isinstance(schema, dict):
        return {
            name: f"urn:api{each}" if name == "$ref" and each.startswith("#") else _absolute(each)
            for name, each in schema.items()
            if name != "$id"
        }
    return [_absolute(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_and_all_its_parameters_are_explained(name):
    operation = operations()[name]
    assert len(operation["description"]) > 15 and len(operation["summary"]) > 1
    for parameter in operation.get("parameters", ()):
        assert len(parameter.get("description", "")) > 5, parameter["name"]
        assert "example" in parameter, parameter["name"]
    if "requestBody" in operation:
        assert example_of(operation)
    assert operation["x-codeSamples"][0]["source"].startswith("curl ")


def test_every_operation_is_described_and_nothing_else():
    assert sorted(operations()) == NAMES


def test_the_index_leads_to_everything_that_can_be_read(read_sample):
    links = read_sample.api().get("").json()["links"]
    assert {link["href"].partition("{?")[0] for link in links.values()} >= {
        path
        for path, methods in APPLICATION.openapi()["paths"].items()
        if "get" in methods and path.startswith("/api/v1/")
    }
    assert links["locations"] == {"href": "/api/v1/locations", "title": "List locations", "templated": False}
    assert links["batch_verdict"]["href"] == "/api/v1/batches/{product}/{lot}/verdict"
    assert links["pick"]["href"] == "/api/v1/pick{?product,quantity}"
    assert len({link["href"] for link in links.values()}) == len(links)
    for name, link in links.items():
        if not link["templated"]:
            assert read_sample.api("admin").get(f"/{link['href']}").is_success, name
