"""What is said of a lot of which movements tell: where its units were, and what they went through."""

import json

import pytest

from domain.times import HOUR, format_instant
from ledger.requests import Correct, Item, Record
from tests.api.web.browser import signed_in
from tests.api.world import NOW

BULK, LOT = {"product": "VAX", "lot": "ZZBULK"}, {"product": "VAX", "lot": "M1"}
# Another client's tank goes through the warm hours of ROOM-1; a pallet is made of it elsewhere, a case is split off.
MOVEMENTS = [
    {"do": "receive", "at": "2026-01-01T04:00:00Z", **BULK, "unit": "TANK", "quantity": 100, "location": "ROOM-1"},
    {
        "do": "make",
        "at": "2026-01-01T08:00:00Z",
        "inputs": [BULK | {"unit": "TANK"}],
        "outputs": [LOT | {"unit": "PAL", "quantity": 60, "location": "ROOM-2"}],
    },
    {"do": "split", "at": "2026-01-01T09:00:00Z", **LOT, "unit": "PAL", "into": [{"unit": "CASE", "quantity": 20}]},
]


@pytest.fixture
def moved(site):
    put = [Item("batch", BULK | {"client": "zzcorp"}), Item("batch", LOT | {"client": "acme"})]
    site.desk.ask("quinn", Correct(put=put), NOW)
    lines = [("", json.dumps({"id": f"m{i}"} | each)) for i, each in enumerate(MOVEMENTS)]
    site.desk.ask("quinn", Record(movements=lines), NOW + HOUR)
    site.desk.now = NOW + 2 * HOUR
    return site


def test_a_unit_split_off_and_what_is_made_of_it_went_through_what_its_sources_did(moved):
    for role in ("viewer", "client"):
        found = moved.api(role).get("/batches/VAX/M1/verdict").json()
        assert [(unit["unit"], unit["verdict"]) for unit in found["units"]] == [("CASE", "hold"), ("PAL", "hold")]
        exposures = [(each["rule"], each["minutes"]) for unit in found["units"] for each in unit["exposures"]]
        assert exposures == [("too-warm", 90.0)] * 2
    held = {hold["unit"] for hold in moved.api("viewer").items("/holds", product="VAX", lot="M1")}
    assert held == {"CASE", "PAL"}


def test_where_anothers_stock_stood_is_told_without_its_name(moved):
    for role, first in (("viewer", "ROOM-1"), ("client", None)):
        stretches = moved.api(role).get("/batches/VAX/M1/history").json()["stretches"]
        assert [each["location"] for each in stretches] == [first, "ROOM-2"]


def test_as_known_before_it_was_recorded_nothing_is_known_of_it(moved):
    before = moved.api("viewer").get("/batches/VAX/M1/verdict", known_at=format_instant(NOW)).json()
    assert [(unit["unit"], unit["verdict"]) for unit in before["units"]] == [(None, "unknown")]
    after = moved.api("viewer").get("/batches/VAX/M1/verdict", known_at=format_instant(NOW + HOUR)).json()
    assert [unit["unit"] for unit in after["units"]] == ["CASE", "PAL"]


def test_the_pages_say_so_too(moved, portal):
    browser = signed_in(moved, portal, "qa")
    page = browser.get("/batches/VAX/M1").text
    assert "2 units" in page and "PAL" in page and "CASE" in page and "insufficient data" not in page
    assert "ROOM-2" in browser.get("/batches?product=VAX").text.split("M1", 1)[1].split("</tr>")[0]


# --- where it stands ---


def test_pages_of_locations_show_what_movements_brought_there(moved, portal):
    browser = signed_in(moved, portal, "qa")
    row = browser.get("/").text.split('id="place-ROOM-2"')[1].split("</tr>")[0]
    assert "M1" in browser.get("/places/ROOM-2").text
    before = browser.get("/places/ROOM-1?at=2026-01-01T06:00").text
    assert "ZZBULK" in before and "M1" not in before
    assert "ZZBULK" not in browser.get("/places/ROOM-1").text
    assert "3 lots · 5 units" in row  # PAL and CASE, and what storage records tell of
    assert "M1" in browser.get("/batches?place=ROOM-2").text


def test_stock_that_is_on_its_way_stands_aboard(moved, portal):
    shipped = {"id": "m9", "do": "ship", "at": "2026-01-01T10:00:00Z", "shipment": "S1", "to": "CITY", "via": "ROOM-1"}
    shipped |= {"units": [LOT | {"unit": "CASE"}], "reason": "it has left"}
    city = {"id": "CITY", "name": "City Pharmacy", "kind": "customer"}
    moved.desk.ask("quinn", Correct(put=[Item("party", city)]), moved.desk.now)
    moved.desk.ask("quinn", Record(movements=[("", json.dumps(shipped))]), moved.desk.now)
    page = signed_in(moved, portal, "qa").get("/places/ROOM-1").text
    assert "CASE" in page


def test_a_client_sees_the_location_for_the_hours_of_its_own_moved_stock(moved):
    client = moved.api("client")
    assert "ROOM-9" not in client.get("/locations").text
    put = [Item("location", {"id": "ROOM-9"}), Item("batch", LOT | {"lot": "M2", "client": "acme"})]
    moved.desk.ask("quinn", Correct(put=put), moved.desk.now)
    received = {"id": "m9", "do": "receive", "at": "2026-01-02T10:00:00Z", "quantity": 1, "location": "ROOM-9"}
    received |= {"product": "VAX", "lot": "M2", "unit": "PAL"}
    moved.desk.ask("quinn", Record(movements=[("", json.dumps(received))]), moved.desk.now)
    assert "ROOM-9" in {each["doc"]["id"] for each in client.items("/locations")}
    stretches = client.get("/locations/ROOM-9/history").raise_for_status().json()["stretches"]
    assert [each["from"] for each in stretches] == ["2026-01-02T10:00:00Z"]


# --- may it be used: one answer ---


def record(moved, **movement):
    movement = {"id": f"s{movement['at']}{movement['do']}", **movement}
    moved.desk.ask("quinn", Record(movements=[("", json.dumps(movement))]), moved.desk.now)


def used(moved, lot):
    """What the API says of a lot: the entry, its units one by one, and in words on its page and in the list."""
    api = moved.api("viewer")
    return api.get(f"/batches/VAX/{lot}").raise_for_status().json()["may_be_used"]


@pytest.mark.parametrize("status", ["recalled", "rejected", "quarantined"])
def test_a_status_forbids_the_use_of_a_lot_wherever_it_is_told(moved, portal, status):
    moved.desk.ask("quinn", Correct(put=[Item("batch", {"product": "VAX", "lot": "M3"})]), moved.desk.now)
    at = {"at": "2026-01-02T10:00:00Z", "product": "VAX", "lot": "M3"}
    record(moved, do="receive", **at, unit="PAL", quantity=5, location="ROOM-2")
    assert used(moved, "M3")["allowed"]
    record(moved, do="status", **at, status=status)
    assert used(moved, "M3") == {"allowed": False, "code": status, "words": status}
    browser = signed_in(moved, portal, "qa")
    for address in ("/batches/VAX/M3", "/places/ROOM-2", f"/batches?state={status}"):
        page = browser.get(address).text
        assert status.title() in page.split("M3", 1)[1], address
    assert f"{status}" in browser.get("/batches/VAX/M3").text
    assert "PAL" in {each["unit"] for each in passed_over(moved) if each["reason"] == status}


def passed_over(moved):
    return moved.api("viewer").get("/pick", product="VAX", quantity=1).raise_for_status().json()["passed_over"]


def test_what_was_made_of_a_recalled_lot_is_blocked_until_it_is_released(moved):
    record(moved, do="status", at="2026-01-02T10:00:00Z", **BULK, status="recalled")
    assert used(moved, "ZZBULK")["code"] == "held"  # the tank, which was used up: a hold says so first
    held = used(moved, "M1")
    assert (held["allowed"], held["code"]) == (False, "held")  # what is on hold says so first
    blocked = {each["unit"]: each["reason"] for each in passed_over(moved) if each["lot"] == "M1"}
    assert blocked == {"PAL": "blocked_source", "CASE": "blocked_source"}


def test_of_a_product_that_must_be_released_a_lot_is_not_until_it_is(moved):
    product = moved.api("viewer").get("/products/VAX").json()["doc"] | {"release_required": True}
    put = [Item("product", product), Item("batch", {"product": "VAX", "lot": "M4"})]
    moved.desk.ask("quinn", Correct(put=put), moved.desk.now)
    at = {"at": "2026-01-02T10:00:00Z", "product": "VAX", "lot": "M4"}
    record(moved, do="receive", **at, unit="PAL", quantity=5, location="ROOM-2")
    assert used(moved, "M4") == {"allowed": False, "code": "not_released", "words": "not released"}
    record(moved, do="status", **at, status="released")
    assert used(moved, "M4")["allowed"]
