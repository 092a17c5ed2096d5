"""The page Places: the tree of locations, what each row says, what is empty and what is too much."""

import pytest

from api.web.places import route
from ledger.requests import Apply, Correct, Item
from sites.file import load
from tests.api.conftest import World
from tests.api.web.browser import signed_in
from tests.api.web.reading import words
from tests.api.world import NOW
from tests.thrift import migrated


def add(site, *names, kind="shelf", parent="ROOM-1"):
    fields = [Item("location", {"id": name, "name": name.title(), "kind": kind, "parent": parent}) for name in names]
    site.desk.ask("quinn", Correct(put=fields), NOW)


@pytest.fixture
def empty(tmp_path, portal):
    """A site of which nothing is known yet."""
    database = migrated(tmp_path / "empty.db")
    yield World(portal, database, {})
    database.close()


def test_every_location_is_listed_below_the_one_it_is_in(site, browse):
    add(site, "SHELF-10", "SHELF-9")
    page = browse("viewer").get("/places").text
    order = [page.index(f'id="place-{name}"') for name in ("SITE-A", "ROOM-1", "SHELF-9", "SHELF-10", "ROOM-2")]
    assert order == sorted(order)
    assert "6 locations" in words(page)


def test_a_location_says_its_state_limits_stock_sensors_and_profile(browse):
    said = words(browse("viewer").get("/places").text)
    # 2 h after the last value: that is the gap that their product tolerates.
    silent = "VAX ZZ1 and VAX ZZ3: condition unknown since 2 Jan 00:50 · 1 unit on hold"
    assert f"ROOM-1 room No data for 26 h last 3.717 °C (≤ 8.0) {silent} S1 zzroom v1" in said
    assert "ROOM-2 room Not monitored – 2 lots · 3 units · 1 unit on hold none none" in said


def test_stock_of_the_locations_inside_counts_for_the_one_above(browse):
    said = words(browse("viewer").get("/places").text)
    assert "SITE-A Not monitored – 5 lots · 6 units · 3 units on hold" in said


def test_sensors_of_a_location_above_are_named_with_it(site, browse):
    add(site, "SHELF-1")
    assert "Shelf-1 SHELF-1 · shelf No data for 26 h last 3.717 °C none S1 at ROOM-1" in words(
        browse("viewer").get("/places").text
    )


def test_words_and_state_narrow_the_list_and_keep_what_is_above(site, browse):
    add(site, "SHELF-1")
    browser = browse("viewer")
    said = words(browser.get("/places?q=shelf").text)
    assert "1 of 5 locations" in said
    assert "SITE-A" in said
    assert "ROOM-2" not in said
    silent = words(browser.get("/places?state=silent").text)
    assert "3 of 5 locations" in silent
    assert "No location matches" in words(browser.get("/places?q=nowhere").text)


def test_many_locations_are_cut_and_can_be_shown(site, browse, monkeypatch):
    monkeypatch.setattr(route, "ROWS_AT_MOST", 2)
    browser = browse("viewer")
    assert "2 more locations are not shown. Show all 4" in words(browser.get("/places").text)
    assert "not shown" not in browser.get("/places?all=1").text


def test_an_empty_site_names_the_steps_that_fill_the_page(empty, portal):
    said = words(signed_in(empty, portal, "viewer").get("/places").text)
    assert "No locations yet" in said
    assert "Describe your locations" in said
    assert "coldchain apply site.yaml" in said


def test_the_menu_leads_staff_to_the_places_and_a_client_not(browse):
    assert 'href="/places"' in browse("viewer").get("/problems").text
    assert 'href="/places"' not in browse("client").get("/batches").text


def test_a_site_without_sensors_lists_its_locations(empty, portal):
    entries = load("locations: [{id: FRIDGE, kind: fridge}]", "S.yaml")
    empty.desk.ask("quinn", Apply(entries=[Item(each.kind, each.doc) for each in entries]), NOW)
    said = words(signed_in(empty, portal, "viewer").get("/places").text)
    assert "1 location" in said
    assert "FRIDGE fridge Not monitored – none none none" in said
