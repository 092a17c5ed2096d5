"""The lists of problems and batches, and the search, over a site where much has happened; and whose they are."""

import re
from datetime import timedelta, timezone
from html import escape

import pytest

from api.web.problems.numbers import Raised, numbers
from domain.times import DAY, HOUR, MINUTE
from tests.api.web.test_now_page import hear
from tests.api.world import HIDDEN_VALUES, MARK, NOW


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ")


def shown(page, asked):
    """Return what a page shows besides what it was asked for; its frame holds nothing but random tokens."""
    content = re.search(r"<main.*</main>", page, re.DOTALL)[0]
    return content.replace(escape(asked), "").casefold() if asked else content.casefold()


def rows(page, what):
    """Return the words of each row of a list."""
    found = re.findall(rf'<tr class="link[^"]*" id="{what}-.*?</tr>', page, re.DOTALL)
    return [text_of(row).strip() for row in found]


# --- problems -----------------------------------------------------------------------------------------------------


def test_problems_that_have_ended_are_history(site, browse):
    page = browse("viewer").get("/problems").text
    listed = rows(page, "problem")
    assert any("ROOM-1 above 8.0 °C" in row and "9.6 °C" in row and "1 h 30 min" in row for row in listed)
    assert any("acknowledged" in row and "zzperson" in row for row in listed)


def test_above_the_list_stands_the_load_of_alarms(browse):
    page = browse("viewer").get("/problems").text
    load = text_of(re.search(r'<details class="load.*?</details>', page, re.DOTALL)[0])
    assert "2 highest rate in ten minutes 0 alarm floods (ten in ten minutes) 0 standing for more than a day" in load
    assert "ROOM-1 high: temperature" in load


def test_while_one_is_open_the_open_ones_come_first(site, browse):
    browser = browse("qa")
    for _ in range(8):
        hear(site, "dev1", 9.6, 10 * MINUTE)
    (row,) = rows(browser.get("/problems").text, "problem")
    assert "new" in row
    assert "Acknowledge" in row
    assert len(rows(browser.get("/problems?show=all").text, "problem")) > 1
    assert all("ended" in row for row in rows(browser.get("/problems?show=ended").text, "problem"))


def test_problems_of_one_place_page_by_page(site, browse):
    browser = browse("viewer")
    everything = rows(browser.get("/problems?show=all").text, "problem")
    assert all("ROOM-1" in row for row in rows(browser.get("/problems?show=all&place=ROOM-1").text, "problem"))
    found, address = [], "/problems?show=all&limit=1"
    while address:
        page = browser.get(address).text
        found += rows(page, "problem")
        more = re.search(r'href="/problems\?([^"]*cursor=[^"]+)"', page)
        address = f"/problems?{more[1].replace('&amp;', '&')}&limit=1" if more else None
    assert found == everything


def test_nothing_open_is_said(site, browse):
    assert "No open problems" in browse("viewer").get("/problems?show=open").text


def test_the_list_is_not_fetched_again_while_nothing_changes(site, browse):
    browser = browse("viewer")
    first = browser.get("/problems", headers={"X-Live": "1"})
    again = browser.get("/problems", headers={"X-Live": "1", "If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_a_client_may_not_see_the_list_of_problems(site, browse):
    answer = browse("client").get("/problems")
    assert answer.status_code == 403
    assert MARK not in answer.text


def test_the_numbers_count_what_was_raised_today_and_in_a_month():
    east = timezone(timedelta(hours=10))  # there it is long after midnight
    raised = [
        Raised(NOW - HOUR, NOW - HOUR + 4 * MINUTE),
        Raised(NOW - 15 * HOUR, None),
        Raised(NOW - 9 * DAY, NOW - 9 * DAY + 10 * MINUTE),
    ]
    counted = numbers(1, raised, NOW, east)
    assert (counted.open, counted.today, counted.per_day, counted.to_acknowledge) == (1, 1, 0.1, 7 * MINUTE)
    assert numbers(0, [], NOW, east).to_acknowledge is None


# --- batches ------------------------------------------------------------------------------------------------------


def test_batches_on_hold_come_first(site, browse):
    listed = rows(browse("viewer").get("/batches").text, "batch")
    assert [row.split()[0] for row in listed[:2]] == ["A2", "ZZ3"]
    assert all("on hold" in row.lower() for row in listed[:2])
    assert "Released" in next(row for row in listed if row.startswith("A1 "))
    assert len(listed) == 7


def test_a_row_tells_client_units_places_and_expiry(site, browse):
    (row,) = [row for row in rows(browse("viewer").get("/batches").text, "batch") if row.startswith("A1 ")]
    assert row == "A1 Vaccine X VAX Acme Pharma Released 2 ROOM-2 30 Jun 2027"


@pytest.mark.parametrize(
    ("asked", "lots"),
    [
        ("state=held", {"A2", "ZZ2", "ZZ3"}),
        ("state=released", {"A1", "ZZ1"}),
        ("state=none", {"A1-B", "A/3"}),
        ("client=acme", {"A1", "A1-B", "A2", "A/3"}),
        ("product=ZZPROD", {"ZZ2"}),
        ("place=ROOM-2", {"A1", "A2"}),
        ("place=SITE-A", {"A1", "A2", "ZZ1", "ZZ2", "ZZ3"}),
        ("q=a1", {"A1", "A1-B"}),
        ("q=vaccine x", {"A1", "A1-B", "A2", "A/3", "ZZ1", "ZZ3"}),
        ("q=vax a2", {"A2"}),
        ("q=nothing", set()),
    ],
)
def test_filters_of_batches(site, browse, asked, lots):
    page = browse("viewer").get(f"/batches?{asked}").text
    assert {row.split()[0] for row in rows(page, "batch")} == lots
    assert lots or "No batch found" in page


def test_a_lot_with_a_slash_leads_to_its_page(site, browse):
    assert 'href="/batches/VAX/A%2F3"' in browse("viewer").get("/batches").text


def test_a_client_sees_its_own_batches_and_no_trace_of_others(site, browse):
    client = browse("client")
    for asked in (
        "",
        "?client=zzcorp",
        "?place=ZZROOM",
        "?place=ROOM-1",
        "?q=zz",
        "?product=ZZPROD",
        "?state=held",
        "?page=2",
    ):
        page = client.get(f"/batches{asked}")
        assert page.status_code == 200
        words = shown(page.text, asked.partition("=")[2])
        assert not [word for word in (*HIDDEN_VALUES, MARK) if word in words], asked
        assert {row.split()[0] for row in rows(page.text, "batch")} <= {"A1", "A1-B", "A2", "A/3"}
    assert len(rows(client.get("/batches").text, "batch")) == 4


def test_an_empty_list_says_how_it_fills(site, browse):
    assert "No batch found" in browse("viewer").get("/batches?page=2").text


# --- search -------------------------------------------------------------------------------------------------------

GTIN = "09506000134352"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("A1", "/batches/VAX/A1"),
        (" a2 ", "/batches/VAX/A2"),
        ("vax a1-b", "/batches/VAX/A1-B"),
        ("A/3", "/batches/VAX/A%2F3"),
        ("PALLET-7", "/batches/VAX/A1?unit=PALLET-7"),
        ("room-1", "/places/ROOM-1"),
        ("S1", "/places/ROOM-1"),
        ("dev1", "/places/ROOM-1"),
        ("ZZSPARE", "/setup"),
        ("Vaccine X", "/batches?product=VAX"),
        (GTIN, "/batches?product=VAX"),
        (f"01{GTIN}10A1", "/batches/VAX/A1"),
        (f"]C101{GTIN}10A1\x1d21PALLET-8", "/batches/VAX/A1?unit=PALLET-8"),
        (f"(01){GTIN}(10)A1(21)NO-SUCH-UNIT", "/batches/VAX/A1"),
        (f"https://id.gs1.org/01/{GTIN}/10/A%2F3", "/batches/VAX/A%2F3"),
        ("pallet-7", "/batches/VAX/A1?unit=PALLET-7"),
        ("llet-8", "/batches/VAX/A1?unit=PALLET-8"),
    ],
)
def test_the_only_hit_is_opened_at_once(site, browse, typed, address):
    answer = browse("viewer").get("/search", params={"q": typed})
    assert (answer.status_code, answer.headers.get("location")) == (303, address)


def test_several_hits_are_listed_by_kind(site, browse):
    said = text_of(browse("viewer").get("/search?q=room").text)
    assert "3 results for “room”" in said
    assert "Locations" in said


def test_a_hit_says_why_it_may_not_be_used(site, browse):
    page = browse("viewer").get("/search?q=a").text
    hits = [text_of(hit).split() for hit in re.findall(r'<li><a href="/batches/.*?</li>', page, re.DOTALL)]
    assert next(hit for hit in hits if hit[0] == "A2")[-2:] == ["On", "hold"]
    assert "hold" not in next(hit for hit in hits if hit[0] == "A1-B")


def test_what_fits_exactly_is_preferred(site, browse):
    assert browse("viewer").get("/search?q=A1").headers["location"] == "/batches/VAX/A1"  # and not A1-B


def test_no_hit_says_what_was_tried(site, browse):
    browser = browse("viewer")
    assert "Searched: lots, units, locations" in browser.get("/search?q=nonsense").text
    assert f"GTIN {GTIN} is Vaccine X, but it has no lot X9" in browser.get(f"/search?q=(01){GTIN}(10)X9").text
    assert "no product has the GTIN 00012345678905" in browser.get("/search?q=012345678905").text
    assert "What are you looking for?" in browser.get("/search?q=").text


def test_what_was_typed_is_escaped(site, browse):
    page = browse("viewer").get("/search", params={"q": "<script>x</script>"}).text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


@pytest.mark.parametrize(
    "typed", ["ZZ1", "ZZUNIT", "ZZROOM", "ROOM-1", "S1", "ZZS2", "ZZPROD", "ZZ Product", "zz", f"01{GTIN}10ZZ1"]
)
def test_a_client_finds_nothing_of_others_nor_of_the_site(site, browse, typed):
    answer = browse("client").get("/search", params={"q": typed})
    assert answer.status_code == 200
    assert "No results for" in answer.text
    assert MARK not in shown(answer.text, typed).replace("no lot zz1 here", "")  # its own words


def test_a_client_finds_its_own(site, browse):
    client = browse("client")
    assert client.get("/search?q=A1").headers["location"] == "/batches/VAX/A1"
    assert client.get("/search?q=PALLET-7").headers["location"] == "/batches/VAX/A1?unit=PALLET-7"
    assert client.get(f"/search?q=01{GTIN}10A2").headers["location"] == "/batches/VAX/A2"
