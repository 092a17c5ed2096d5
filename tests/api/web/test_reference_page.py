"""The reference of the API as a page: whole, for everybody, without scripts of its own or other machines."""

import re

import pytest

from api.web.reference.view import in_words, type_of
from tests.api.web.reading import words

PAGE = "/api/v1/docs"


@pytest.fixture(scope="module")
def page(shared_site, portal):
    from tests.api.web.browser import Browser

    answer = Browser(shared_site, portal).get(PAGE)
    assert answer.status_code == 200
    return answer.text


def test_every_operation_and_parameter_is_on_the_page(page, shared_site):
    described = shared_site.api().get("/openapi.json").json()
    said = words(page)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path} {operation['summary']}" in said
            [section] = re.findall(rf'id="{operation["operationId"]}">(.*?)</details>', page, re.DOTALL)
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in section


def test_every_link_on_it_leads_to_a_place_on_it(page):
    found = re.findall(r'\bid="([^"]+)"', page)
    targets = set(found)
    assert len(targets) == len(found)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= targets and len(links) > 50


def test_nothing_on_it_comes_from_another_machine_or_runs_in_the_page(page):
    assert not re.findall(r"""(?:src|href)=["'](?!/|#)""", page)
    assert all("src=" in tag for tag in re.findall("<script[^>]*>", page))


def test_the_set_up_leads_to_it(browse):
    assert f'href="{PAGE}"' in browse("admin").get("/setup/people").text


def test_what_is_in_the_description_is_text_and_never_markup():
    assert in_words("`<a>` & b") == "<code>&lt;a&gt;</code> &amp; b"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer"}, "whole number"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "time (RFC 3339) or nothing"),
        ({"type": "array", "items": {"type": "number"}}, "list of number"),
        ({"enum": ["held", "released"]}, "<code>held</code> or <code>released</code>"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Hold"}}, 'list of <a href="#schema-Hold">Hold</a>'),
        ({}, "any"),
    ],
)
def test_a_type_is_said_in_words(schema, said):
    assert type_of(schema) == said
