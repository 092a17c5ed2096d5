"""The page Places in a browser."""

from playwright.sync_api import expect

from tests.browser.checking import check


def test_the_places_can_be_used_by_everybody(look):
    check(look("viewer", "/places"))


def test_an_empty_site_can_be_used_by_everybody(empty_site, open_page_of):
    check(open_page_of(empty_site, "viewer", "/places"))


def test_a_new_reading_appears_by_itself(served, open_page):
    page = open_page("viewer", "/places")
    expect(page.locator("#place-ROOM-1")).to_contain_text("No data")
    served.hear("dev1", 5.25)
    page.evaluate("document.dispatchEvent(new Event('live:refresh'))")
    expect(page.locator("#place-ROOM-1")).to_contain_text("5.25 °C")
