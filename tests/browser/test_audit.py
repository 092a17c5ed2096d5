"""The audit trail by hand: chosen by day, person and record type, folded on a phone, saved as a file."""

import csv

from playwright.sync_api import expect

from tests.browser.checking import PHONE, check


def test_the_trail_is_filtered_by_its_form_and_saved_as_it_is_filtered(look):
    page = look("qa", "/audit")
    check(page)
    page.get_by_label("From").fill("2026-01-03")
    page.get_by_label("Person", exact=True).fill("zzperson")
    page.get_by_label("Record type").select_option("Hold")
    page.get_by_role("button", name="Filter").click()
    rows = page.get_by_role("main").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Released")
    expect(page.get_by_label("From")).to_have_value("2026-01-03")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download CSV").click()
    with saved.value.path().open() as lines:
        assert [row["action"] for row in csv.DictReader(lines)] == ["Released", "Released"]


def test_on_a_phone_an_entry_is_never_higher_than_half_a_screen(look):
    page = look("qa", "/audit?all=true&limit=200")
    page.set_viewport_size(PHONE)
    heights = page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert len(heights) > 40 and max(heights) <= PHONE["height"] / 2
    more = page.get_by_text("more fields").first
    more.click()
    expect(page.locator("details[open] .changes li").first).to_be_visible()
