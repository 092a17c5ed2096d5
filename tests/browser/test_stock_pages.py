"""Stock, recall and genealogy in a browser: readable, narrow and wide, light and dark."""

import json

import pytest

from domain.times import SECOND
from ledger.requests import Record
from tests.api.test_stock import MOVEMENTS
from tests.browser.checking import check
from tests.browser.served import copied


@pytest.fixture(scope="module")
def with_stock(built_site, tmp_path_factory):
    """The site with movements of acme's lot A1-B on record, for tests that only look."""
    kept = [each for each in MOVEMENTS if each["do"] != "make"]
    given = [("", json.dumps({"id": f"m{n}", **each})) for n, each in enumerate(kept)]
    with copied(built_site, tmp_path_factory.mktemp("stock")) as found:
        found.ask("quinn", Record(movements=given))
        found.desk.now += SECOND
        yield found


@pytest.mark.parametrize(
    ("path", "heading", "says"),
    [
        ("/stock?by=product", "Stock", "220.5 vial"),
        ("/stock?by=location&product=VAX", "Stock", "70.5 vial"),
        ("/stock?by=unit&product=VAX", "Stock", "quarantined"),
        ("/stock?by=lot&lot=NONE", "Stock", 'lot "NONE" is none of the site'),
        ("/recall", "Recall", "Units, one a line"),
        ("/recall?units=VAX/A1-B%0AVAX/A2", "Recall", "in transit"),
        ("/genealogy?product=VAX&lot=A1-B&unit=P2", "Genealogy of VAX A1-B P2", "P1"),
        ("/genealogy?product=VAX&lot=A2", "Genealogy of VAX A2", "ZZ2"),
    ],
)
def test_the_page_says_where_stock_is(with_stock, look_at, path, heading, says):
    page = look_at(with_stock, "qa", path)
    assert page.get_by_role("heading", level=1).inner_text() == heading
    assert says in page.locator("main").inner_text()
    check(page)


def test_units_are_entered_and_each_leads_to_its_lot(with_stock, look_at):
    page = look_at(with_stock, "qa", "/stock")
    page.locator("main").get_by_role("link", name="Recall").click()
    page.get_by_label("Units, one a line").fill("VAX/A1-B/P1")
    page.get_by_role("button", name="Find").click()
    rows = page.locator("tbody tr")
    assert rows.count() == 2
    rows.nth(1).get_by_role("link", name="A1-B").click()
    page.get_by_role("link", name="Balance and genealogy of units").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Genealogy of VAX A1-B"


def test_a_client_sees_its_own_stock_only(with_stock, look_at):
    page = look_at(with_stock, "client", "/stock?by=unit")
    shown = page.locator("main").inner_text()
    assert "P1" in shown
    assert "ZZ" not in shown


def test_one_walks_along_the_drawn_genealogy_by_keyboard(with_stock, look_at):
    page = look_at(with_stock, "qa", "/genealogy?product=VAX&lot=A1-B&unit=P2")
    page.set_viewport_size({"width": 390, "height": 800})
    source = page.locator("svg.genealogy").get_by_role("link", name="VAX A1-B P1", exact=True)
    source.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**unit=P1")
    assert page.locator("svg.genealogy a[aria-current]").get_attribute("aria-label").startswith("VAX A1-B P1")
