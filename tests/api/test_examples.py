"""Every operation of the API's description is explained and has an example, and the example works.

Each request is made of nothing but the description: the address with its parameters' examples, and the body's example.
"""

import shutil

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import create_engine, insert

from api.app import create_app
from api.openapi import example_of
from coldchain.engine import decoder_again
from domain.readings import Reading
from domain.times import MINUTE
from ledger.inbox import LOCK
from ledger.inputs import Arrived, Batch
from ledger.requests import Correct, Item
from ledger.writer import Writer
from store.database import Database, open_database
from store.lock import Lock
from store.tables import judgings
from tests.api.conftest import World
from tests.api.world import NOW

CAUSE = {"kind": "correction", "who": "anna", "entries": [], "count": 1, "event": 7}


def _described():
    nothing = create_engine("sqlite://")
    return create_app(Database(nothing.url, nothing, nothing)).openapi()


DESCRIBED = _described()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
}
# What must have happened before: the record that is an example is not on the sample site.
FIRST = {"POST /api/v1/alerts/{number}/unshelve": "POST /api/v1/alerts/{number}/shelve"}


def before(name):
    """Return what to ask first."""
    method, path = name.split(" ")
    collection = path.removesuffix("/{lot}").removesuffix("/{version}").rpartition("/{")[0]
    is_item = path.endswith("}") and f"PUT {path}" in OPERATIONS
    return FIRST.get(name) or (f"POST {collection}" if is_item and method in ("GET", "PUT", "DELETE") else None)


def request(api, name):
    """Send the example of an operation."""
    method, path = name.split(" ")
    given = OPERATIONS[name].get("parameters", ())
    path = path.format_map({each["name"]: str(each["example"]) for each in given if each["in"] == "path"})
    query = {each["name"]: _text(each["example"]) for each in given if each["in"] == "query"}
    return api.ask(method, f"/{path}", params=query, json=example_of(OPERATIONS[name]))


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value


def fill(site):
    """Give the site of the tests an open problem, a correction that is being judged, and a channel of its own."""
    with site.database.begin() as connection:
        row = {"begun_at": NOW, "ended_at": None, "cause": CAUSE, "total": 300, "done": 30}
        connection.execute(insert(judgings), [row])
    mail = {"id": "qa-mail", "kind": "email", "to": ["qa@example.com"]}
    site.desk.ask("quinn", Correct(put=[Item("channel", mail)]), NOW)
    site.desk.writer = Writer(site.database, decode=decoder_again(site.database, 1 << 20))
    for minute in range(0, 25, 5):
        at = site.desk.now = NOW + minute * MINUTE
        heard = Arrived("zz/1/readings", b"{}", False, at, "zz", [Reading("dev1", "", "temperature", 9_900_000, at)])
        site.desk.writer.step(Batch([heard]), at)
    return site


@pytest.fixture(scope="module")
def read_sample(template, tmp_path_factory, portal):
    """The sample site for examples that read, with an engine."""
    path, tokens = template
    copy = tmp_path_factory.mktemp("examples") / "coldchain.db"
    shutil.copy(path, copy)
    database = open_database(f"sqlite:///{copy}")
    lock = Lock(database, LOCK)
    assert lock.try_acquire()
    yield fill(World(portal, database, tokens))
    lock.release()
    database.close()


@pytest.fixture
def sample(request, name):
    """The sample site; of its own for an example that writes."""
    return request.getfixturevalue("read_sample") if name.startswith("GET ") else fill(request.getfixturevalue("site"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_example_of_an_operation_is_answered_as_the_description_says(sample, name):
    first, api = before(name), sample.api("admin")
    if first is not None:
        assert request(api, first).is_success
    answer = request(api, name)
    assert answer.is_success, f"{name}: {answer.status_code} {answer.text}"
    said = OPERATIONS[name]["responses"][str(answer.status_code)]
    schema = said.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        registry = Registry().with_resource("urn:api", Resource(DESCRIBED, DRAFT202012))
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


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_and_all_its_parameters_are_explained(name):
    operation = OPERATIONS[name]
    assert len(operation["description"]) > 15 and len(operation["summary"]) > 1
    for parameter in operation.get("parameters", ()):
        assert len(parameter.get("description", "")) > 5, parameter["name"]
        assert "example" in parameter, parameter["name"]
    if "requestBody" in operation:
        assert example_of(operation)
    assert operation["x-codeSamples"][0]["source"].startswith("curl ")


def test_the_index_leads_to_everything_that_can_be_read(read_sample):
    links = read_sample.api().get("").json()["links"]
    assert {link["href"] for link in links.values()} >= {
        path for path, methods in DESCRIBED["paths"].items() if "get" in methods and path.startswith("/api/v1/")
    }
    assert links["locations"] == {"href": "/api/v1/locations", "title": "List locations", "templated": False}
    assert links["batch_verdict"]["href"] == "/api/v1/batches/{product}/{lot}/verdict"
    assert len({link["href"] for link in links.values()}) == len(links)
    for name, link in links.items():
        if not link["templated"]:
            assert read_sample.api("admin").get(f"/{link['href']}").is_success, name
