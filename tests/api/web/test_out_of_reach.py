"""Stock that was shipped before something became known of it: on the pages, by the API, for its owner alone."""

import re

import pytest
from sqlalchemy import insert

from ledger.requests import Correct, EntryName, Item
from store.tables import judgings
from tests.api.web.reading import words
from tests.api.world import MARK

LEFT = {"product": "VAX", "lot": "A1", "unit": "PALLET-7", "location": "ROOM-1", "from": "2026-01-01T02:00:00Z"}
WAS_NOT_THERE = EntryName("placement", '["VAX","A1","PALLET-7","ROOM-2","2026-01-01T20:00:00Z"]')


@pytest.fixture
def shipped(site):
    """It is told late that acme's pallet left the site on the evening of a day on which ROOM-1 was too warm."""
    left = Item("placement", {**LEFT, "to": "2026-01-01T20:00:00Z"})
    site.desk.now += 60_000_000
    site.desk.ask("zzperson", Correct(put=[left], remove=[WAS_NOT_THERE]), site.desk.now)
    return site


def test_the_page_now_names_the_batch_until_somebody_knows_of_it(shipped, browse):
    browser = browse("qa")
    page = browser.get("/").text
    assert "VAX A1 is out of reach: ROOM-1 was above 8.0 °C" in words(page)
    address = re.search(r'formaction="(/problems/\d+/acknowledge)"', page)[1]
    assert browser.post(address, {"csrf": re.search(r'name="csrf" value="([^"]+)"', page)[1]}).status_code == 303
    assert "out of reach" not in words(browser.get("/").text)


def test_the_list_of_problems_has_it_open_and_then_acknowledged(shipped, browse):
    browser = browse("qa")
    (row,) = re.findall(r'<tr class="link[^"]*" id="problem-.*?</tr>', browser.get("/problems").text, re.DOTALL)
    assert "out of reach" in words(row)
    assert "Acknowledge" in words(row)


def test_its_page_says_where_it_is_and_offers_no_shelf(shipped, browse):
    browser = browse("qa")
    number = shipped.api("qa").items("/alerts", open="true")[0]["id"]
    page = browser.get(f"/problems/{number}").text
    assert "Out of reach: PALLET-7 left ROOM-1 on 2026-01-01 20:00 UTC, with no alarm." in words(page)
    assert "/shelve" not in page


def test_the_api_says_which_kind_it_is_since_when_and_why_it_is_known(shipped):
    (alert,) = shipped.api("qa").items("/alerts", open="true")
    assert (alert["kind"], alert["product"], alert["lot"]) == ("out_of_reach", "VAX", "A1")
    assert (alert["state"], alert["severity"], alert["suppressed"]) == ("UNACK", "critical", None)
    assert (alert["because"]["kind"], alert["because"]["who"]) == ("correction", "zzperson")
    (lot,) = alert["lots"]
    assert (lot["out"]["how"], lot["out"]["at"], lot["out"]["place"]) == ("left", "2026-01-01T20:00:00Z", "ROOM-1")
    others = [each for each in shipped.api("qa").items("/alerts") if each["id"] != alert["id"]]
    assert {(each["kind"], each["lot"]) for each in others} == {("problem", None)}
    number = alert["id"]
    assert shipped.api("qa").post(f"/alerts/{number}/shelve", {"for": "1h", "reason": "no"}).status_code == 409
    assert shipped.api("qa").post(f"/alerts/{number}/acknowledge", {}).json()["state"] == "NORM"
    assert shipped.api("qa").items("/alerts", open="true") == []


def test_its_owner_reads_of_it_and_nobody_else_s_client(shipped):
    (alert,) = [each for each in shipped.api("client").items("/alerts") if each["kind"] == "out_of_reach"]
    assert (alert["lot"], alert["because"]["kind"], alert["because"].get("who")) == ("A1", "correction", None)
    assert alert["lots"][0]["out"]["by"] is None
    assert MARK not in str(alert)
    assert not [each for each in shipped.api("other").items("/alerts") if each["kind"] == "out_of_reach"]


def test_the_load_of_alarms_counts_the_problem_once(shipped):
    api = shipped.api("qa")
    assert api.get("/alerts/kpis?days=30").json()["alarms"] == 2


def test_how_far_a_correction_is_judged_stands_on_every_page_of_staff(site, browse):
    row = {"begun_at": 1, "cause": {"kind": "rebuild"}, "total": 10_000, "done": 1_200}
    with site.desk.database.begin() as connection:
        connection.execute(insert(judgings).values(row))
    said = "Re-evaluation after a correction: 1200 of 10000 units and locations"
    viewer = browse("viewer")
    for address in ("/", "/batches", "/problems"):
        page = viewer.get(address).text
        assert said in words(page).replace(",", "").replace("\N{NO-BREAK SPACE}", ""), address
        assert page.count("<progress") == 1
    assert "<progress" not in browse("client").get("/batches").text
