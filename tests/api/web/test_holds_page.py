"""The list of holds: by lot, unit by unit, filtered, page by page."""

import pytest

from domain.times import MINUTE
from ledger.requests import Correct, Dispose, EntryName, Item
from tests.api.web.browser import Forms
from tests.api.web.reading import words
from tests.api.world import NOW


def test_it_says_how_much_is_on_hold_and_why(browse):
    said = words(browse("viewer").get("/holds").text)
    assert "3 units are on hold" in said
    assert "VAX ZZ3 1 unit" in said
    assert "too-warm 1 h 30 min, peak 9.6 °C · Why confirmed ROOM-1" in said


def test_a_hold_leads_to_its_problem_and_its_batch(browse):
    page = browse("viewer").get("/holds").text
    assert '<a href="/problems/1">too-warm</a>' in page
    assert '<a href="/batches/VAX/ZZ3">VAX ZZ3</a>' in page


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("state=released", ["VAX A1", "VAX ZZ1", "“zz reason”", "zzperson"], ["VAX ZZ3", "VAX A2"]),
        ("state=rejected", ["No rejected holds"], ["VAX A1"]),
        ("state=unfounded", ["No unsupported holds"], ["VAX A1"]),
        ("product=ZZPROD", ["ZZPROD ZZ2"], ["VAX ZZ3"]),
        ("product=&lot=", ["ZZPROD ZZ2", "VAX ZZ3"], []),
        ("product=VAX&lot=A2", ["VAX A2"], ["VAX ZZ3"]),
    ],
)
def test_it_can_be_asked_for_by_state_product_and_lot(browse, query, there, not_there):
    said = words(browse("viewer").get(f"/holds?{query}").text)
    assert [each for each in there if each not in said] == []
    assert [each for each in not_there if each in said] == []


def test_what_is_held_without_reason_any_more_is_counted_and_listed_apart(site, browse):
    gone = {"id": "zz-placement", "product": "VAX", "lot": "ZZ3", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"}
    site.desk.ask("quinn", Correct(put=[Item("placement", gone)]), NOW + MINUTE)
    viewer = browse("viewer")
    assert "1 hold is no longer supported" in words(viewer.get("/holds").text)
    said = words(viewer.get("/holds?state=unfounded").text)
    assert "VAX ZZ3" in said
    assert "no longer supported: storage of zz-placement corrected by quinn" in said


def test_where_all_holds_are_no_longer_supported_nothing_contradicts_it(site, browse):
    gone = [row.key for row in site.desk.rows("entries") if row.kind == "mount"]
    site.desk.ask("quinn", Correct(remove=[EntryName("mount", key) for key in gone]), NOW + MINUTE)
    viewer = browse("viewer")
    said = words(viewer.get("/holds").text)
    assert "3 units are still on hold, but no longer supported" in said
    assert "Nothing is on hold" not in said
    assert "No hold is supported by the data as they are now" in said
    now = words(viewer.get("/").text)
    assert "3 units are still on hold, but no longer supported" in now


def test_page_by_page_every_unit_comes_once(browse):
    viewer, address, seen = browse("viewer"), "/holds?limit=1", []
    while address:
        page = viewer.get(address).text
        seen += [line.split('"')[1] for line in page.split("<h2 ")[1:] for line in [line[line.index("href=") :]]]
        _, more, rest = page.partition('class="button" href="')
        address = rest.partition('"')[0].replace("&amp;", "&") + "&limit=1" if more else None
    assert sorted(seen) == ["/batches/VAX/A2", "/batches/VAX/ZZ3", *["/batches/ZZPROD/ZZ2"] * 3]


def test_nothing_is_chosen_beforehand_not_even_of_one_lot(browse):
    qa = browse("qa")
    assert "Release: no units selected" in words(qa.get("/holds").text)
    one = qa.get("/holds?product=VAX&lot=A2").text
    assert "Release: no units selected" in words(one)
    [panel] = [fields for action, fields in Forms(one).found if action == "/holds/dispose"]
    assert panel["back"] == "/holds?state=held&product=VAX&lot=A2"


def test_a_unit_under_several_holds_is_one_choice(browse):
    page = browse("qa").get("/holds?product=ZZPROD").text
    assert page.count('name="unit"') == 1


def test_a_unit_that_stays_on_hold_for_another_reason_says_so(site, browse):
    assert "stays on hold" not in browse("qa").get("/problems/1").text
    lot, moved = {"product": "VAX", "lot": "ZZ3"}, "2026-01-01T04:30:00Z"
    before = {**lot, "location": "ZZROOM", "from": "2026-01-01T00:00:00Z", "to": moved}
    after = {**lot, "id": "zz-placement", "location": "ROOM-1", "from": moved}
    site.desk.ask("quinn", Correct(put=[Item("placement", after), Item("placement", before)]), NOW)
    assert "stays on hold for 1 other reason" in words(browse("admin").get("/problems/1").text)


def test_an_empty_site_says_when_something_would_be_held(site, browse):
    ids = [row.id for row in site.desk.rows("holds") if row.state == "held"]
    site.desk.ask("quinn", Dispose(holds=ids, state="rejected", reason="r"), NOW)
    said = words(browse("viewer").get("/holds").text)
    assert "Nothing is on hold" in said
    assert "A unit is put on hold when a rule" in said


def test_holds_are_no_page_for_clients_nor_for_strangers(browse, browser):
    assert browse("client").get("/holds").status_code == 403
    assert browser.get("/holds").headers["location"].startswith("/sign-in")


def test_an_unknown_state_or_filter_is_refused(browse):
    viewer = browse("viewer")
    assert viewer.get("/holds?state=lost").status_code == 422
    answer = viewer.get("/holds?prodct=VAX")
    assert answer.status_code == 400
    assert 'prodct: there is no such parameter here (did you mean "product"?)' in words(answer.text)


def test_a_location_goes_by_its_name_here_and_where_it_is_said_why(site, browse):
    room = {"id": "ROOM-1", "name": "Cold room 1", "parent": "SITE-A", "kind": "room", "profile": "zzroom"}
    site.desk.ask("quinn", Correct(put=[Item("location", room)]), NOW)
    assert "Why confirmed Cold room 1" in words(browse("viewer").get("/holds").text)
    qa, client = browse("qa"), browse("client")
    assert "unit PALLET-7 in Cold room 1" in words(qa.get("/holds/1", follow_redirects=True).text)
    assert "<h1>Cold room 1 " in qa.get("/problems/1").text
    for person in (qa, client):
        said = words(person.get("/batches/VAX/A1").text)
        assert " in Cold room 1 " in said and "PALLET-7 to Cold room 1" in said
