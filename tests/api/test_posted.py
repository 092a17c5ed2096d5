"""POST /ingest/{source}: what the intake answers is answered, what it refuses is a problem."""

from typing import NamedTuple

import pytest

from api.app import create_app
from domain.errors import (
    ForbiddenError,
    NotFoundError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from tests.api.conftest import Api


class Answered(NamedTuple):
    status: int
    body: bytes


class Intake:
    """Answers, or raises, what it is told."""

    def __init__(self):
        self.taken = []
        self.error = None

    def take(self, source, headers, body):
        if self.error:
            raise self.error
        self.taken.append((source, headers.get("x-api-token"), body))
        return Answered(201, b'{"Y": [1], "N": []}')


@pytest.fixture
def intake():
    return Intake()


@pytest.fixture
def api(site, portal, intake):
    return Api(portal, create_app(site.database, intake=intake))


def post(api, source="efento", body=b"{}"):
    return api.ask("POST", f"//ingest/{source}", content=body, headers={"X-Api-Token": "s"})


def test_a_body_is_handed_on_as_it_came(api, intake):
    found = post(api, body=b"\xff\x00 not JSON")
    assert (found.status_code, found.json()) == (201, {"Y": [1], "N": []})
    assert intake.taken == [("efento", "s", b"\xff\x00 not JSON")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("no source efento"), 404),
        (UnauthenticatedError("wrong token"), 401),
        (ForbiddenError("it has no secret_file"), 403),
        (TooLargeError("the body may have at most 100 bytes"), 413),
        (TooManyError("too many requests"), 429),
        (UnavailableError("there is no connection to the broker"), 503),
    ],
)
def test_what_is_refused_is_a_problem_with_its_reason(api, intake, error, status):
    intake.error = error
    found = post(api)
    assert (found.status_code, found.json()["code"], found.json()["detail"]) == (status, error.code, str(error))
    assert ("retry-after" in found.headers) == (status in (429, 503))


@pytest.mark.parametrize("name", ["a b", "a%2Fb", "x" * 65, "käse"])
def test_a_name_that_no_source_may_have_is_refused(api, intake, name):
    assert post(api, name).status_code in (404, 422)
    assert intake.taken == []


def test_without_an_intake_nothing_is_taken(site, portal):
    assert post(Api(portal, create_app(site.database))).status_code == 503
