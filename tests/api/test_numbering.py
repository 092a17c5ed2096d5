"""Batch numbers over the API: previewed, drawn with the lot, and put right or refused when typed."""

import pytest

from ledger.requests import Correct, Item

PRODUCT = {"id": "VAX", "numbering": {"format": "{YYMMDD}-{sequence:2}", "reset": "day"}}
# the site's now is 2026-01-03, 01:00 in Berlin


@pytest.fixture
def api(site):
    """QA's view of a site whose vaccine has numbers by day."""
    number(site, PRODUCT)
    return site.api("qa")


def number(site, fields):
    site.desk.ask("zzperson", Correct(put=[Item("product", fields, keeps=True)]), site.desk.now)


def draw(api, **fields):
    answer = api.post("/batches", {"product": "VAX", **fields})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == answer.json()["href"]
    return answer.json()["doc"]["lot"]


def preview(api, **asked):
    return api.post("/numbering/preview", {"product": "VAX", **asked}).json()


def test_a_batch_without_a_lot_gets_the_next_number(api):
    assert [draw(api), draw(api, lot=None, client="acme")] == ["260103-01", "260103-02"]
    assert draw(api, made_at="2026-02-01T12:00:00Z") == "260201-01"
    assert api.get("/batches/VAX/260103-02").json()["doc"]["client"] == "acme"


def test_the_preview_says_what_would_be_drawn_and_draws_nothing(api):
    first = preview(api, count=3)
    assert first == {
        "product": "VAX",
        "day": "2026-01-03",
        "format": "{YYMMDD}-{sequence:2}",
        "numbers": ["260103-01", "260103-02", "260103-03"],
        "left": 99,
        "last": 99,
        "reset": "day",
        "resets_on": "2026-01-04",
    }
    assert preview(api, count=3) == first
    assert draw(api) == "260103-01"
    assert (preview(api)["numbers"][0], preview(api)["left"]) == ("260103-02", 98)


def test_the_preview_of_another_day_and_of_a_numbering_that_is_only_tried(api):
    assert preview(api, day="2026-12-31", count=1)["numbers"] == ["261231-01"]
    tried = {"format": "{product}{YYWW}{line}{sequence:1}", "reset": "week", "lines": ["A", "B"], "start": 8}
    found = preview(api, numbering=tried, line="B", day="2027-01-01")
    assert (found["numbers"], found["left"], found["resets_on"]) == (["VAX2653B8", "VAX2653B9"], 2, "2027-01-04")
    assert draw(api) == "260103-01"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"product": "NONE"}, 404, "no product 'NONE'"),
        ({"product": "ZZPROD"}, 422, "neither product ZZPROD nor the site has a numbering"),
        ({"day": "2026-02-30"}, 422, "is no date such as 2026-12-01"),
        ({"day": "20260201"}, 422, "is no date such as 2026-12-01"),
        ({"line": "A"}, 422, "the batch numbers of this product tell of no line"),
        ({"numbering": {"format": "{YYMM}"}}, 422, "a format has one sequence"),
        ({"numbering": {"format": "{YYMM}{sequence:2}", "reset": "day"}}, 422, "the format does not tell the day"),
        ({"count": 0}, 422, "greater than or equal to 1"),
    ],
)
def test_a_preview_that_cannot_be_is_refused_with_the_reason(api, asked, status, said):
    answer = api.post("/numbering/preview", {"product": "VAX", **asked})
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("role", ["viewer", "client"])
def test_numbers_are_for_those_who_enter_batches(site, role):
    assert site.api(role).post("/numbering/preview", {"product": "VAX"}).status_code == 403
    assert site.api(role).post("/batches", {"product": "VAX"}).status_code == 403


def test_a_batch_without_a_lot_whose_product_has_no_numbering_is_refused(site):
    answer = site.api("qa").post("/batches", {"product": "VAX"})
    assert answer.status_code == 422
    assert "lot: is missing, and neither product VAX nor the site has a numbering" in answer.json()["detail"]


def test_a_used_up_sequence_is_a_conflict(api, site):
    number(site, {"id": "VAX", "numbering": {"format": "{YYMMDD}{sequence:1}", "reset": "day", "start": 9}})
    assert draw(api) == "2601039"
    answer = api.post("/batches", {"product": "VAX"})
    assert answer.status_code == 409
    assert "9 was the last; it begins again on 2026-01-04" in answer.json()["detail"]
    assert (preview(api)["numbers"], preview(api)["left"]) == ([], 0)


def test_a_mistyped_number_is_refused_with_the_one_meant(api):
    answer = api.post("/batches", {"product": "VAX", "lot": "26O1O3-01"})
    assert answer.status_code == 422
    assert "'26O1O3-01' is '260103-01' with O for 0; a number of somebody else" in answer.text
    assert api.post("/batches", {"product": "VAX", "lot": "26O1O3-01", "foreign": True}).status_code == 201


def test_or_put_right_and_found_under_the_right_number(api, site):
    folding = {"format": "{YYMMDD}-{sequence:2}", "reset": "day", "typed": "fold"}
    number(site, {"id": "VAX", "numbering": folding})
    answer = api.post("/batches", {"product": "VAX", "lot": "26 o1O3-0l"})
    assert (answer.status_code, answer.json()["doc"]["lot"]) == (201, "260103-01")
    again = api.post("/batches", {"product": "VAX", "lot": "260103-Ol", "client": "acme"})
    assert (again.status_code, again.json()["doc"]["client"]) == (200, "acme")
