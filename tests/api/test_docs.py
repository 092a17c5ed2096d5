"""docs/api.md: what it shows is what the API does."""

import json
import re
import shlex
from pathlib import Path

import pytest

from api.errors import STATUS
from api.people.roles import ROLES

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(curl .*?)\n```\n```json\n(.*?)\n```", PAGE, re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def asked(command, token):
    """Return method, address and JSON body of a curl command."""
    words = shlex.split(command.replace("$TOKEN", token))
    method, body, url = "GET", None, None
    while words:
        word = words.pop(0)
        if word == "-H":
            assert words.pop(0) == f"Authorization: Bearer {token}"
        elif word == "--json":
            method, body = "POST", json.loads(words.pop(0))
        elif word != "curl":
            url = word
    assert url.startswith(ADDRESS)
    return method, url.removeprefix(ADDRESS), body


def assert_shows(shown, actual):
    """Everything shown must be in the answer; it may have more."""
    if isinstance(shown, dict):
        assert isinstance(actual, dict) and shown.keys() <= actual.keys()
        for name, value in shown.items():
            assert_shows(value, actual[name])
    elif isinstance(shown, list):
        assert len(shown) == len(actual)
        for each, other in zip(shown, actual, strict=True):
            assert_shows(each, other)
    else:
        assert shown == actual


@pytest.mark.parametrize(("command", "answer"), EXAMPLES)
def test_an_example_answers_what_the_page_shows(site, command, answer):
    method, url, body = asked(command, site.tokens["qa"])
    assert_shows(json.loads(answer), site.api("qa").ask(method, "/" + url, json=body).json())


def test_the_page_has_examples_and_every_command_an_answer():
    assert len(EXAMPLES) == PAGE.count("\ncurl ") >= 9


def test_the_page_lists_every_problem_and_role():
    assert dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE)) == {
        code: str(status) for code, (status, _) in STATUS.items()
    }
    assert set(re.findall(r"^\| `(\w+)` \| [a-z]", PAGE, re.MULTILINE)) == ROLES.keys()


def test_the_page_lists_every_address(shared_site):
    described = shared_site.api().get("/openapi.json").json()["paths"]
    for path in described:
        short = path.removeprefix("/api/v1")
        assert path in PAGE or short in PAGE or f"…/{short.rpartition('/')[2]}" in PAGE, path
