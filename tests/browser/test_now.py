"""The page Now in a browser."""

import pytest
from playwright.sync_api import expect

from ledger.requests import Correct, Item
from tests.browser.checking import check


def test_now_can_be_used_by_everybody(look):
    page = look("qa", "/")
    assert "on hold" in page.get_by_role("heading", level=1).inner_text()
    check(page)


def test_the_wall_screen_can_be_used_by_everybody(look):
    check(look("viewer", "/?wall=1"))


def test_an_empty_site_says_what_fills_it(empty_site, open_page_of):
    page = open_page_of(empty_site, "admin")
    assert page.get_by_text("Three steps to get started").is_visible()
    check(page)


@pytest.mark.parametrize("size", [{"width": 1920, "height": 1080}, {"width": 1280, "height": 720}])
def test_the_wall_screen_clips_nothing_with_many_places(served, open_page, size):
    names = [f"{'Distribution centre south cold room' if i % 5 == 0 else 'Freezer'} {i}" for i in range(30)]
    put = [Item("sensor", {"id": f"W{i}", "device": f"w{i}"}) for i in range(30)]
    put += [Item("location", {"id": f"WALL-{i}", "name": name, "profile": "zzroom"}) for i, name in enumerate(names)]
    put += [
        Item("mount", {"sensor": f"W{i}", "location": f"WALL-{i}", "from": "2026-01-01T00:00:00Z"}) for i in range(30)
    ]
    served.ask("quinn", Correct(put=put))
    for i in range(20):
        served.hear(f"w{i}", (-19.55, 4.5, 9.6)[i % 3])
    page = open_page("viewer", "/?wall=1")
    page.set_viewport_size(size)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    clipped = """() => [...document.querySelectorAll(".tile, .tile > div, .tile p")]
      .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
      .map((each) => each.textContent.trim())"""
    assert page.evaluate(clipped) == []
    expect(page.locator(".tile")).to_have_count(24)


def test_the_wall_screen_says_the_site_and_the_time_in_its_zone(open_page):
    page = open_page("viewer", "/?wall=1")
    expect(page.locator(".wall-top")).to_contain_text("Plant North")
    expect(page.locator(".wall-top")).to_contain_text("Sat 3 Jan 01:00 Europe/Berlin")
    page.clock.set_fixed_time("2026-01-03T00:01:30Z")
    expect(page.locator(".wall-top")).to_contain_text("Sat 3 Jan 01:01")
