"""Spans of time in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checking import check

SPAN = "?from=2026-01-01T04:00&to=2026-01-01T10:00"


@pytest.mark.parametrize("path", ["/places/ROOM-1", "/batches/VAX/A1", "/problems/1"])
def test_a_chosen_span_can_be_used_by_everybody(look, path):
    check(look("qa", path + SPAN))


def test_zooming_is_kept_in_the_address_and_the_address_shows_the_same(look):
    page = look("qa", "/places/ROOM-1" + SPAN)
    expect(page.locator("#charts .plot .drawn")).to_be_visible()
    page.get_by_role("button", name="Zoom in").click()
    expect(page).to_have_url(re.compile(r"from=2026-01-01T04%3A30%3A00Z&to=2026-01-01T07%3A30%3A00Z"))
    assert page.get_by_label("From").input_value() == "2026-01-01T05:30"
    again = look("qa", page.url.removeprefix(re.match(r"https?://[^/]+", page.url)[0]))
    figure = again.locator("figure.chart").first
    assert int(figure.get_attribute("data-from")) == 1767241800000


def test_without_scripts_the_span_is_chosen_with_the_form(open_page):
    page = open_page("qa", "/places/ROOM-1", java_script_enabled=False)
    page.get_by_text("Date range", exact=True).click()
    page.get_by_label("From").fill("2026-01-01T04:00")
    page.get_by_label("To", exact=True).fill("2026-01-01T10:00")
    page.locator("form[data-range] button").click()
    expect(page).to_have_url(re.compile(r"from=2026-01-01T04%3A00&to=2026-01-01T10%3A00"))
