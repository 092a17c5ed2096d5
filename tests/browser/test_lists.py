"""The lists and the search in a browser."""

import pytest
from playwright.sync_api import expect

from domain.times import MINUTE
from tests.browser.checking import check


def test_the_list_of_problems_can_be_used_by_everybody(served, open_page):
    for _ in range(8):
        served.hear("dev1", 9.6, 10 * MINUTE)
    page = open_page("qa", "/problems?show=all")
    expect(page.locator("#problem-list tr")).not_to_have_count(0)
    check(page)


def test_the_list_of_batches_can_be_used_by_everybody(look):
    check(look("qa", "/batches"))
    check(look("client", "/batches?state=held"))


def test_search_can_be_used_by_everybody(look):
    check(look("qa", "/search?q=room"))
    check(look("qa", "/search?q=nonsense"))


def test_a_scanner_types_and_presses_enter(look):
    page = look("qa")
    page.keyboard.press("/")
    page.keyboard.type("(01)09506000134352(10)A1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/batches/VAX/A1")


def test_a_row_leads_to_its_page_by_pointer_and_by_keyboard(look):
    page = look("qa", "/batches?q=A1-B")
    page.locator("#batch-list tr").click(position={"x": 400, "y": 10})
    page.wait_for_url("**/batches/VAX/A1-B")
    page = look("qa", "/batches?q=A1-B")
    page.get_by_role("link", name="A1-B").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/batches/VAX/A1-B")


def test_on_a_phone_the_navigation_is_one_row(look):
    page = look("qa", "/batches")
    page.set_viewport_size({"width": 360, "height": 740})
    heights = page.locator("nav.main > a").evaluate_all("links => links.map(link => link.getBoundingClientRect().top)")
    assert len(set(heights)) == 1


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_every_tab_is_in_view_or_behind_one_button(look, width):
    page = look("admin", "/batches")
    page.set_viewport_size({"width": width, "height": 740})
    more = page.get_by_role("button", name="More")
    for each in [*page.locator("nav.main > a").all(), more]:
        box = each.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    names = ["Expiry", "Stock", "Orders", "Locations", "Holds", "Set-up"]
    expect(page.get_by_role("link", name="Set-up")).to_be_hidden()
    more.click()
    expect(page.locator("#more-tabs").get_by_role("link")).to_have_text(names)
    page.get_by_role("link", name="Set-up").click()
    page.wait_for_url("**/setup**")


def test_on_a_screen_every_tab_is_in_one_row(look):
    page = look("admin", "/batches")
    tops = page.locator("nav.main a").evaluate_all("links => links.map(link => link.getBoundingClientRect().top)")
    assert len(tops) == 10 and len(set(tops)) == 1
    expect(page.get_by_role("button", name="More")).to_be_hidden()
