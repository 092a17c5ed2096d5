"""The forms for a new batch, and for what was opened or thawed."""

import pytest

from domain.times import parse_instant
from ledger.requests import Correct, Item
from store.unit_dates import handled
from tests.api.web.reading import words
from tests.api.world import NOW

NUMBERING = {"format": "{product}{YY}{line}{sequence:3}", "lines": ["A", "B"], "reset": "year"}


@pytest.fixture
def numbered(site):
    """The site whose vaccine gets its numbers from the house, and may be used for a day once it is opened."""
    product = {"id": "VAX", "code": "VX", "numbering": NUMBERING, "after_opening": "1d"}
    site.desk.ask("q", Correct(put=[Item("product", product, keeps=True)]), NOW)
    return site


def send(browser, address, **filled):
    path = address.partition("?")[0]
    return browser.post(path, browser.form(address, path) | filled)


def test_the_next_number_is_shown_before_it_is_drawn(numbered, browse):
    browser = browse("warehouse")
    assert "Next number" not in words(browser.get("/batches/new").text)
    assert "Next number" not in words(browser.get("/batches/new?product=VAX").text)
    said = words(browser.get("/batches/new?product=VAX&line=B").text)
    assert "Next number: VX26B001 999 numbers are left" in said
    answer = send(browser, "/batches/new?product=VAX&line=B", product="VAX", line="B", expires_on="2027-03-31")
    assert (answer.status_code, answer.headers["location"]) == (303, "/batches/VAX/VX26B001")
    doc = numbered.api("qa").get("/batches/VAX/VX26B001").json()["doc"]
    assert doc["expires_on"] == "2027-03-31"
    assert "Next number: VX26B002" in words(browser.get("/batches/new?product=VAX&line=B").text)


def test_a_typed_number_is_entered_once_and_a_mistyped_one_refused(numbered, browse):
    browser = browse("warehouse")
    filled = {"product": "VAX", "lot": "L-99", "supplier_lot": "M-1"}
    assert send(browser, "/batches/new", **filled).headers["location"] == "/batches/VAX/L-99"
    assert numbered.api("qa").items("/batches", supplier_lot="M-1")[0]["doc"]["lot"] == "L-99"
    again = send(browser, "/batches/new", **filled)
    assert (again.status_code, "is there already" in again.text) == (409, True)
    mistyped = send(browser, "/batches/new", product="VAX", lot="VX26BO01")
    assert (mistyped.status_code, "VX26B001" in mistyped.text) == (422, True)
    assert send(browser, "/batches/new", lot="X").status_code == 422


def test_a_unit_is_said_to_be_opened_and_until_when_it_may_be_used(numbered, browse):
    browser = browse("warehouse")
    answer = send(browser, "/expiry/opened", what="opened", unit="VAX A1 PALLET-7", when="2026-01-02T12:00")
    assert answer.status_code == 303, answer.text
    assert "VAX A1 PALLET-7 may be used until" in words(browser.get(answer.headers["location"]).text)
    with numbered.database.read() as connection:
        [dates] = handled(connection).values()
    assert (dates.opened_at, dates.thawed_at) == (parse_instant("2026-01-02T11:00:00Z"), None)
    refused = send(browser, "/expiry/opened", what="opened", unit="VAX A1 PALLET-7", when="2099-01-02T12:00")
    assert (refused.status_code, "is after now" in refused.text) == (422, True)


@pytest.mark.parametrize("path", ["/batches/new", "/expiry/opened"])
def test_only_who_moves_stock_has_these_forms(numbered, browse, path):
    assert browse("viewer").get(path).status_code == 403
    assert path not in browse("client").get(path.rpartition("/")[0]).text
