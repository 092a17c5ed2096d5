"""Orders, counts and turnover in a browser: picking with a scanner, one unit at a time."""

import json
import os

import pytest
from playwright.sync_api import expect

from ledger.requests import Record
from tests.api.ordered import order_and_count
from tests.api.world import NOW
from tests.browser.checking import PHONE, check


@pytest.fixture
def ordered(served):
    """The site with an order that is picked, one that is reserved, and counts."""
    order_and_count(served, NOW)
    return served


def scan(page, text):
    """As a keyboard wedge does: the text and Enter, into whatever has the focus."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def record(served, **movement):
    line = json.dumps({"id": "meanwhile", "at": "2026-01-02T13:00:00Z", **movement})
    served.ask("quinn", Record(movements=[("", line)]))


def test_an_order_is_picked_by_scans_alone_on_a_phone(ordered, open_page):
    page = open_page("qa", "/orders/SO-17")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Start picking").click()
    expect(page.locator(".target")).to_contain_text("PAL-1")
    expect(page.locator(".target .much")).to_contain_text("20")
    scan(page, "VAX P1 PAL-2")
    expect(page.get_by_role("alert")).to_contain_text("right would be VAX P1 PAL-1 at ROOM-2")
    scan(page, "(01)09506000134352(10)P1(21)PAL-1")
    expect(page.locator("#target")).to_contain_text("Everything is picked")
    page.get_by_role("link", name="To the order").click()
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shipped")


def test_a_status_that_arrives_meanwhile_shows_on_the_open_pick_by_itself(ordered, open_page):
    page = open_page("qa", "/orders/SO-17/pick")
    expect(page.locator(".target")).to_contain_text("PAL-1")
    record(ordered, do="status", product="VAX", lot="P1", unit="PAL-1", status="quarantined")
    expect(page.get_by_role("alert")).to_contain_text("VAX P1 PAL-1: quarantined")
    expect(page.locator(".target")).to_have_count(0)


def test_a_new_order_is_placed_reserved_and_what_is_missing_is_said(ordered, open_page):
    page = open_page("qa", "/orders")
    page.get_by_label("Customer", exact=True).select_option("CITY")
    page.get_by_role("group", name="Line 1").get_by_label("Product").select_option("VAX")
    page.get_by_role("group", name="Line 1").get_by_label("Quantity").fill("500")
    page.get_by_role("button", name="Place order").click()
    page.get_by_role("button", name="Reserve stock").click()
    expect(page.locator("#order b.amber")).to_have_text(
        "431"
    )  # 109 vials are there, of which 20 are SO-16's, 20 SO-17's
    expect(page.get_by_role("heading", level=1)).to_contain_text("stock missing")


def test_a_count_is_filled_in_closed_and_put_right(ordered, open_page):
    page = open_page("qa", "/counts")
    page.get_by_label("Location").select_option("ROOM-2")
    page.get_by_label("Count", exact=True).select_option("full")
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Unit").fill("VAX P1 PAL-1")
    page.get_by_label("Quantity").fill("59")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator("#sheet")).to_contain_text("59")
    page.get_by_role("button", name="Finish count").click()
    expect(page.locator("main")).to_contain_text("1 difference")
    page.get_by_label("Reason").fill("one vial broken")
    page.get_by_role("button", name="Adjust stock").click()
    expect(page.locator("main")).to_contain_text("to be approved")


PAGES = ["/orders", "/orders/SO-17", "/orders/SO-17/pick", "/counts", "/counts/1", "/counts/2", "/turnover"]


@pytest.mark.parametrize("address", PAGES)
def test_the_pages_can_be_used_by_everybody(shared_orders, look_at, address):
    page = look_at(shared_orders, "qa", address)
    check(page)
    folder = os.environ.get("COLDCHAIN_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}{address.replace('/', '-')}.png", full_page=True)
        page.set_viewport_size(PHONE)
        page.screenshot(path=f"{folder}{address.replace('/', '-')}-phone.png", full_page=True)


def test_a_client_sees_the_turnover_of_its_own_lots_and_no_orders(shared_orders, look_at):
    page = look_at(shared_orders, "client", "/turnover")
    expect(page.get_by_role("heading", level=1)).to_have_text("Turnover")
    assert page.get_by_role("link", name="Orders").count() == 0
    check(page)
