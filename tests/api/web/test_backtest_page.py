"""The page on which a profile is tried on the past."""

import pytest

from api.web.backtest import backtest_form as trying
from api.web.frame.naming import batch_address
from tests.api.web.reading import words

PAGE = "/profiles/vaccine-2-8/backtest"


@pytest.fixture
def qa(browse):
    return browse("qa")


def test_the_form_holds_the_newest_version_to_be_changed(qa):
    page = qa.get(PAGE).text
    assert "- {id: too-warm, kind: limit, quantity: temperature, above: 8.0, for: 60min," in page.replace("&#34;", '"')
    assert "Nothing is changed." in page


LONGER = """
profiles:
  - id: vaccine-2-8
    version: 2
    effective_from: 2026-01-01T00:00:00Z
    max_gap: 2h
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 3h, action: hold}]
"""


def test_what_would_change_is_shown_and_nothing_is(qa, site):
    before = site.desk.rows("audit")
    answer = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": LONGER, "until": "2026-01-02T00:00"})
    assert answer.status_code == 200
    said = words(answer.text)
    assert "vaccine-2-8 version 2, instead of 1" in said
    assert "Changed verdicts 3 of 6 batches, 3 of 7 units, 0 of 0 locations." in said
    assert "Alarms that would no longer occur" in said and "too-warm: above 8.0 °C for 1 h 30 min" in said
    assert 'value="2026-01-02T00:00"' in answer.text
    assert f'<a href="{batch_address("VAX", "A1")}">VAX A1</a> PALLET-7' in answer.text
    assert site.desk.rows("audit") == before


def test_only_batches_of_a_product_are_tried_where_one_is_chosen(qa):
    answer = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": "profiles: [{use: eu-gdp-2-8}]", "product": "ZZPROD"})
    assert "0 of 1 batches, 0 of 1 units, 0 of 0 locations." in words(answer.text)


def test_nobody_waits_longer_than_a_minute(qa, monkeypatch):
    monkeypatch.setattr(trying, "PATIENCE_S", -1.0)
    answer = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": LONGER})
    assert answer.status_code == 422
    assert "This takes longer than a minute: 1 of 7 locations and units were evaluated." in words(answer.text)


def test_what_is_wrong_is_said_by_line_and_the_text_stays(qa):
    wrong = "profiles:\n  - {id: p, version: 1, effective_from: 2026-01-01T00:00:00Z, rules: [{id: r, kind: limt}]}\n"
    answer = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": wrong})
    assert answer.status_code == 422
    assert "Profile:2 profiles[0].rules[0].kind: unknown rule kind" in words(answer.text)
    assert "kind: limt" in answer.text


@pytest.mark.parametrize(
    ("field", "given", "problem"),
    [("since", "tomorrow", "tomorrow"), ("product", "NONE", "no product"), ("profile", "x" * 50_001, "50")],
)
def test_other_fields_are_refused_in_a_sentence(qa, field, given, problem):
    answer = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": "profiles: [{use: eu-gdp-2-8}]"} | {field: given})
    assert answer.status_code in (404, 422)
    assert problem in words(answer.text)


def test_a_profile_that_is_not_there_is_not_found(qa):
    assert qa.get("/profiles/none/backtest").status_code == 404


def test_who_may_not_decide_does_not_see_the_link_nor_the_page(browse):
    viewer = browse("viewer")
    assert viewer.get(PAGE).status_code == 403
    assert "backtest" not in viewer.get("/profiles/vaccine-2-8/1").text
    assert f'href="{PAGE}"' in browse("qa").get("/profiles/vaccine-2-8/1").text
