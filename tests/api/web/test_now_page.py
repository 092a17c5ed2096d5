"""The page Now over a site where much has happened."""

import re

from domain.errors import UnavailableError
from domain.readings import Reading
from domain.times import HOUR, MINUTE, SECOND
from ledger.inputs import Arrived, Batch
from tests.api.world import HIDDEN_VALUES, MARK

LIVE = {"X-Live": "1"}


def hear(site, device, celsius, later=MINUTE):
    """Let time go on and a device say something."""
    site.desk.now += later
    said = Reading(device, "", "temperature", round(celsius * 1_000_000), site.desk.now)
    site.desk.writer.step(Batch([Arrived("t", b"{}", False, site.desk.now, "t", [said])]), site.desk.now)


def row(page, place):
    (found,) = re.findall(rf'<tr[^>]* id="place-{place}">.*?</tr>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def ids(page):
    return re.findall(r'<tr[^>]* id="place-([^"]*)"', page)


def test_the_first_sentence_says_what_is_wrong(site, browse):
    page = browse("viewer").get("/").text
    sentence = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1]
    assert re.sub(r"\s+", " ", sentence) == "3 units are on hold, 0 of 2 locations are in range."


def test_a_value_long_ago_never_looks_like_a_live_one(site, browse):
    said = row(browse("viewer").get("/").text, "ROOM-1")
    assert "last 3.717 °C" in said
    assert "No data for 26 h" in said


def test_a_live_value_stands_with_its_limits_and_no_words(site, browse):
    hear(site, "dev1", 5.25)
    said = row(browse("viewer").get("/").text, "ROOM-1")
    assert "5.25 °C ≤ 8.0" in said
    assert "last" not in said
    assert "In range" in said


def test_a_new_problem_is_a_card_with_what_it_holds_and_the_next_deed(site, browse):
    for _ in range(8):
        hear(site, "dev1", 9.6, 10 * MINUTE)
    page = browse("qa").get("/").text
    (card,) = re.findall(r"<article.*?</article>", page, re.DOTALL)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", card))
    assert "ROOM-1 is at 9.6 °C, above 8.0 °C for 1 h 10 min" in words
    assert "peak 9.6 °C" in words
    assert re.search(r'form="action" formaction="/problems/\d+/acknowledge"', card)
    assert "Acknowledge" not in browse("viewer").get("/").text


def test_the_deed_posts_without_scripts_and_then_can_be_seen(site, browse):
    for _ in range(8):
        hear(site, "dev1", 9.6, 10 * MINUTE)
    qa = browse("qa")
    page = qa.get("/").text
    address = re.search(r'formaction="([^"]+)"', page)[1]
    token = re.search(r'<form id="action".*?name="csrf" value="([^"]+)"', page, re.DOTALL)[1]
    assert qa.post(address, {"csrf": token}).status_code == 303
    assert "acknowledged" in qa.get("/").text
    assert "Acknowledge" not in qa.get("/").text


def test_what_is_shared_holds_nothing_of_a_person(site, browse):
    for _ in range(8):
        hear(site, "dev1", 9.6, 10 * MINUTE)
    browser = browse("qa")
    page, part = browser.get("/").text, browser.get("/", headers=LIVE).text
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    assert "formaction" in part
    assert token not in part
    assert "qa-person" in page
    assert "qa-person" not in part


def test_a_part_is_made_for_equal_rights_only(site, browse):
    for _ in range(8):
        hear(site, "dev1", 9.6, 10 * MINUTE)
    viewer, qa = browse("viewer"), browse("qa")
    assert "formaction" in qa.get("/", headers=LIVE).text
    assert "formaction" not in viewer.get("/", headers=LIVE).text


def test_while_nothing_changes_an_open_page_is_told_so(site, browse):
    browser = browse("viewer")
    first = browser.get("/", headers=LIVE)
    assert first.headers["etag"]
    again = browser.get("/", headers={**LIVE, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_time_alone_changes_nothing_until_it_changes_a_state(site, browse):
    hear(site, "dev1", 5.2)
    browser = browse("viewer")
    tag = browser.get("/", headers=LIVE).headers["etag"]
    site.desk.now += 20 * SECOND
    assert browser.get("/", headers={**LIVE, "If-None-Match": tag}).status_code == 304
    site.desk.now += HOUR
    late = browser.get("/", headers={**LIVE, "If-None-Match": tag})
    assert late.status_code == 200
    assert "No data for 1 h" in row(late.text, "ROOM-1")


def test_readings_show_with_the_next_tick_and_deeds_at_once(site, browse):
    browser = browse("viewer")
    hear(site, "dev1", 5.2)
    assert "5.2 °C" in row(browser.get("/", headers=LIVE).text, "ROOM-1")
    hear(site, "dev1", 5.3, later=1)  # within the tick
    assert "5.2 °C" in row(browser.get("/", headers=LIVE).text, "ROOM-1")
    site.desk.now += 2 * SECOND
    assert "5.3 °C" in row(browser.get("/", headers=LIVE).text, "ROOM-1")
    doc = {"id": "ROOM-1", "parent": "SITE-A", "kind": "room", "profile": "zzroom", "name": "Renamed"}
    assert site.api("admin").put("/locations/ROOM-1", doc).status_code == 200
    assert "Renamed" in row(browser.get("/", headers=LIVE).text, "ROOM-1")


def test_filters_work_by_address(site, browse):
    browser = browse("viewer")
    assert ids(browser.get("/?place=ROOM-1").text) == ["ROOM-1"]
    assert "ROOM-2" in ids(browser.get("/?state=unmonitored").text)
    assert "ROOM-1" not in ids(browser.get("/?state=fine").text)
    assert "ZZROOM" in ids(browser.get("/?product=ZZPROD").text)
    assert "No location found" in browser.get("/?place=NOWHERE").text


def test_a_misspelt_filter_is_refused(site, browse):
    viewer = browse("viewer")
    assert viewer.get("/?stat=fine").status_code == 400
    assert viewer.get("/?utm_source=mail&fbclid=1").status_code == 200  # what mail programs add means nothing


def test_the_wall_screen_has_no_frame(site, browse):
    page = browse("viewer").get("/?wall=1").text
    assert "<nav" not in page
    assert 'id="tile-ROOM-1"' in page


def test_the_store_of_readings_being_down_costs_the_lines_only(site, browse, monkeypatch):
    def down(*_):
        raise UnavailableError("no answer")

    monkeypatch.setattr(type(site.app.state.services.history), "window", down)
    page = browse("viewer").get("/").text
    assert "trend lines of the last 24 hours are missing" in page
    assert "last 3.717 °C" in row(page, "ROOM-1")


def test_a_client_is_led_to_its_batches_and_sees_nothing_of_the_site(site, browse):
    client = browse("client")
    assert client.get("/").headers["location"] == "/batches"
    answer = client.get("/", headers=LIVE)
    assert answer.status_code == 303
    assert not [value for value in (*HIDDEN_VALUES, MARK) if value in answer.text]
