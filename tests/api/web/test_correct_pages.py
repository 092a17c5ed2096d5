"""Correcting a mount or a placement: what it would change is shown first, and is what it then changes."""

import html
import re

import pytest
from sqlalchemy import select

from api.addresses import opaque
from api.web.correct import preview, route
from ledger.requests import Correct, Item
from store.tables import audit, holds
from tests.api.web.reading import words
from tests.api.world import NOW

MOUNT = "/corrections/mounts/" + opaque('["S1","ROOM-1","2026-01-01T00:00:00Z"]')
PALLET = "/corrections/placements/" + opaque('["VAX","A1","PALLET-7","ROOM-1","2026-01-01T02:00:00Z"]')
OWN_ID = "/corrections/placements/" + opaque('["zz-placement"]')
ELSEWHERE = {"location": "ROOM-2", "from": "2026-01-01T01:00", "to": ""}


def effects(page):
    """Return the rows of the preview as words."""
    body = re.search(r'<table class="rows-of effects">.*?<tbody>(.*?)</tbody>', page, re.S)
    return [words(row) for row in re.findall(r"<tr.*?</tr>", body[1], re.S)] if body else []


def held(site):
    with site.database.read() as connection:
        rows = connection.execute(select(holds.c.lot, holds.c.unit).where(holds.c.founded.is_(True)))
        return {tuple(row) for row in rows}


# --- the form ---


def test_the_form_begins_with_what_is_recorded(browse):
    page = browse("admin").get(MOUNT).text
    assert "Recorded now: ROOM-1, 2026-01-01 01:00:00 CET – to date" in words(page)
    assert 'name="from" type="datetime-local" step="any" value="2026-01-01T01:00"' in page
    assert "What would change" not in words(page)


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [(MOUNT, "viewer", 403), (MOUNT, "qa", 403), (MOUNT, "admin", 200), (PALLET, "viewer", 403), (PALLET, "qa", 200),
     (PALLET, "client", 403), ("/corrections/placements?product=VAX&lot=A1", "client", 403),
     ("/corrections/placements?product=VAX&lot=A1", "qa", 200)],
)  # fmt: skip
def test_mounts_are_the_administrators_and_placements_of_who_moves_stock(browse, path, role, status):
    assert browse(role).get(path).status_code == status


def test_only_who_may_correct_is_led_to_it(browse):
    assert MOUNT in browse("admin").get("/setup/sensors/S1").text
    qa = browse("qa")
    assert "/corrections/" not in qa.get("/setup/sensors/S1").text
    assert "/corrections/placements?product=VAX&amp;lot=A1" in qa.get("/batches/VAX/A1").text
    assert "/corrections/" not in browse("client").get("/batches/VAX/A1").text


def test_the_placements_of_a_lot_are_listed_to_choose_from(browse):
    page = browse("qa").get("/corrections/placements?product=VAX&lot=A1").text
    assert PALLET in page
    assert "PALLET-7 ROOM-1 2026-01-01 03:00:00 CET 2026-01-01 21:00:00 CET" in words(page)
    nothing = browse("admin").get("/corrections/placements?product=VAX&lot=A1-B").text
    assert "No storage records yet" in words(nothing)


def test_many_placements_are_cut_found_by_unit_and_can_be_shown(browse, monkeypatch):
    monkeypatch.setattr(route, "ROWS_AT_MOST", 2)
    browser, path = browse("qa"), "/corrections/placements?product=VAX&lot=A1"
    assert "1 more record is not shown. Show all 3" in words(browser.get(path).text)
    assert "not shown" not in browser.get(path + "&all=1").text
    assert "PALLET-7" not in words(browser.get(path + "&unit=pallet-8").text)


def test_what_is_not_there_cannot_be_corrected(browse):
    browser = browse("admin")
    assert browser.get("/corrections/mounts/" + opaque('["S9","ROOM-1","x"]')).status_code == 404
    assert browser.get("/corrections/mounts/nonsense").status_code == 404
    assert browser.get("/corrections/placements?product=VAX&lot=none").status_code == 404


# --- what would change ---


def test_moving_a_mount_shows_every_unit_and_place_that_would_change(site, browse):
    before = held(site)
    rows = effects(browse("admin").get(MOUNT, params=ELSEWHERE).text)
    assert [row.split(" too-warm")[0].split(" zzroomrule")[0] for row in rows] == [
        "ROOM-1 OK → Unknown Alarm no longer supported",
        "VAX A1 PALLET-7 Hold → Unknown Hold no longer supported",
        "VAX A1 PALLET-8 Unknown → Hold New hold",
        "VAX ZZ1 ZZUNIT Hold → Unknown Hold no longer supported",
        "VAX ZZ3 Hold → Unknown Hold no longer supported",
        "7 units and locations are affected by this record. 5 would change.",
    ]
    assert "too-warm: 0 s → 1 h 30 min" in rows[2]
    assert held(site) == before  # nothing was done


def test_what_is_shown_is_what_the_correction_then_does(site, browse):
    browser = browse("admin")
    rows = effects(browser.get(MOUNT, params=ELSEWHERE).text)
    new = {tuple(row.split()[1:3]) for row in rows if "New hold" in row}
    gone = [row.split()[1:3] for row in rows if "Hold no longer supported" in row]
    assert new == {("A1", "PALLET-8")}
    before = held(site)
    token = browser.form("/account", "/sign-out")["csrf"]
    answer = browser.post(MOUNT, {**ELSEWHERE, "reason": "the sensor hung in ROOM-2", "csrf": token})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/setup/sensors/S1"
    after = held(site)
    assert after - before == new
    assert {lot for lot, _ in before - after} == {lot for lot, _ in gone}
    assert "ROOM-2 2026-01-01 01:00:00 CET to date" in words(browser.get("/setup/sensors/S1").text)
    with site.database.read() as connection:
        done = connection.execute(select(audit.c.what, audit.c.who, audit.c.reason).where(audit.c.kind == "mount"))
        assert {tuple(row) for row in done if row.reason} == {
            ("put", "admin-person", "the sensor hung in ROOM-2"),
            ("removed", "admin-person", "the sensor hung in ROOM-2"),
        }


def test_a_placement_that_was_elsewhere_takes_its_unit_out_of_the_excursion(browse):
    rows = effects(browse("qa").get(PALLET, params={"location": "ROOM-2", "from": "2026-01-01T03:00",
                                                    "to": "2026-01-01T21:00"}).text)  # fmt: skip
    assert rows[0].startswith("VAX A1 PALLET-7 Hold → Unknown Hold no longer supported too-warm")
    assert rows[-1] == "1 unit or location is affected by this record. 1 would change."


def test_an_end_before_the_excursion_shortens_the_stay(browse):
    rows = effects(browse("qa").get(PALLET, params={"location": "ROOM-1", "from": "2026-01-01T03:00",
                                                    "to": "2026-01-01T06:30"}).text)  # fmt: skip
    assert "too-warm: 1 h 30 min → 30 min" in rows[0]


def test_a_change_that_reaches_nobody_says_so(site, browse):
    page = browse("admin").get("/corrections/placements?product=VAX&lot=ZZ3").text
    assert OWN_ID in page
    said = words(browse("qa").get(PALLET, params={"location": "ROOM-1", "from": "2026-01-01T03:00",
                                                  "to": "2026-01-01T21:00"}).text)  # fmt: skip
    assert "Nothing was changed." in said
    assert "Confirm" not in said


def test_removing_is_shown_and_done(site, browse):
    browser = browse("qa")
    page = browser.get(PALLET, params={"remove": "true"}).text
    assert "This record would be removed" in words(page)
    assert effects(page)[0].startswith("VAX A1 PALLET-7 Hold → Unknown")
    token = browser.form("/account", "/sign-out")["csrf"]
    answer = browser.post(PALLET, {"remove": "true", "reason": "never stood there", "csrf": token})
    assert answer.headers["location"] == "/batches/VAX/A1#stays"
    assert "ROOM-1" not in words(browser.get("/corrections/placements?product=VAX&lot=A1").text)


def test_much_is_judged_part_by_part_and_says_what_is_not_computed(browse, monkeypatch):
    browser, rows, parts = browse("admin"), [], 0
    whole = effects(browser.get(MOUNT, params=ELSEWHERE).text)
    monkeypatch.setattr(preview, "PATIENCE_S", -1.0)
    page = browser.get(MOUNT, params=ELSEWHERE).text
    assert "Evaluated 1 of 7; 1 would change so far." in words(page)
    assert "6 more are not evaluated yet." in words(page)
    while following := re.search(r'hx-get="([^"]+)"', page):
        rows += effects(page)[:-1]
        page, parts = browser.get(html.unescape(following[1])).text, parts + 1
    assert parts == 6
    assert rows + effects(page) == whole


# --- what is refused ---


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"location": ""}, "Choose a location"), ({"from": ""}, "Enter the start"),
     ({"to": "2025-01-01T00:00"}, "The end is before the start"), ({"from": "soon"}, "soon"),
     ({"location": "NOWHERE"}, "NOWHERE")],
)  # fmt: skip
def test_what_cannot_be_is_named_and_kept_in_the_form(browse, changed, said):
    answer = browse("admin").get(MOUNT, params=ELSEWHERE | changed)
    assert answer.status_code == 422
    assert said in words(answer.text)


def test_without_a_reason_nothing_is_done(site, browse):
    browser, before = browse("admin"), held(site)
    token = browser.form("/account", "/sign-out")["csrf"]
    answer = browser.post(MOUNT, {**ELSEWHERE, "reason": " ", "csrf": token})
    assert answer.status_code == 422
    assert "A correction needs a reason" in words(answer.text)
    assert held(site) == before


def test_seconds_that_the_form_left_alone_stay(site, browse):
    exact = {"sensor": "S2", "location": "ROOM-2", "from": "2026-01-01T00:00:07.250000Z"}
    site.desk.ask("quinn", Correct(put=[Item("mount", exact)]), NOW)
    path = "/corrections/mounts/" + opaque('["S2","ROOM-2","2026-01-01T00:00:07.250000Z"]')
    browser = browse("admin")
    begun = re.search(r'name="from" [^>]*value="([^"]+)"', browser.get(path).text)[1]
    assert begun == "2026-01-01T01:00:07.250000"
    said = words(browser.get(path, params={"location": "ROOM-2", "from": begun, "to": ""}).text)
    assert "Nothing was changed." in said
