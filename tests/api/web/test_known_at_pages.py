"""The pages of a batch, a problem and the holds as they were known at an instant: nothing that came later is there."""

import re
from html import unescape

import pytest
from msgspec.structs import replace

from domain.readings import Reading
from domain.times import HOUR, MINUTE, format_instant
from ledger.inputs import Arrived, Batch
from ledger.requests import Acknowledge, Activate, Comment, Correct, Dispose, Item
from tests.api.web.browser import Forms
from tests.api.web.reading import words
from tests.api.web.test_later_versions import ASKED, LOOSER, SIGNED
from tests.api.world import ALLOWED, NOW, START

PAGES = ["/batches/VAX/A1", "/batches/VAX/A1?unit=PALLET-7", "/problems/1", "/holds", "/holds?state=released"]
THEN = format_instant(START + 40 * HOUR)  # A1 is on hold, and nobody has decided anything


def main(answer):
    """Return what a page says, without the frame around it."""
    assert answer.status_code == 200, answer.text
    return re.search(r"<main.*?>(.*)</main>", answer.text, re.S)[1]


def at(path, known_at=THEN):
    return f"{path}{'&' if '?' in path else '?'}known_at={known_at}"


def hear(site, *said, now):
    site.desk.now = now
    site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, now, "zz", list(said))]), now)


def ask(site, who, request):
    site.desk.now += MINUTE
    return site.desk.ask(who, request, site.desk.now)


@pytest.fixture
def change(site):
    """Let much become known and be decided after the instant."""

    def late():
        hear(site, Reading("dev1", "", "temperature", 14_200_000, START + 7 * HOUR), now=NOW + HOUR)

    def decide():
        site.desk.now = NOW + 2 * HOUR
        held = [row.id for row in site.desk.rows("holds") if row.state == "held"]
        ask(site, "quinn", Dispose(holds=held, state="released", reason="later reason", allow=ALLOWED))

    def say():
        site.desk.now = NOW + 3 * HOUR
        ask(site, "quinn", Comment(alert=1, text="later comment"))
        if site.desk.rows("alerts")[0].acknowledged_at is None:
            ask(site, "quinn", Acknowledge(alert=1, comment="later seen"))

    def date_back():
        site.desk.now = NOW + 4 * HOUR
        over = [row.id for row in site.desk.rows("holds")]
        request = Activate(profiles=[LOOSER], reason="later version", signature=SIGNED, over=over)
        if ask(site, "anna", replace(request, reason="asked", signature=ASKED))["waiting"]:
            ask(site, "quinn", request)
        site.desk.writer.step(Batch(), site.desk.now)

    def correct():
        site.desk.now = NOW + 5 * HOUR
        renamed = Item("location", {"id": "ROOM-1", "name": "Later name", "parent": "SITE-A", "profile": "zzroom"})
        client = Item("client", {"id": "acme", "name": "Later client"})
        product = Item("product", {"id": "VAX", "name": "Later vaccine", "profile": "vaccine-2-8"})
        ask(site, "quinn", Correct(put=[renamed, client, product]))

    return {"late": late, "decide": decide, "say": say, "date_back": date_back, "correct": correct}


LATER = [
    "zz reason",
    "zz comment",
    "later reason",
    "later comment",
    "later seen",
    "later version",
    "Later name",
    "Later client",
    "14.2",
    "Later vac",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_as_known_says_the_same_whatever_becomes_known_later(browse, change, path):
    staff = browse("qa")
    before = main(staff.get(at(path)))
    for name, do in change.items():
        do()
        assert main(staff.get(at(path))) == before, name
    assert main(staff.get(path)) != before
    without_pictures = re.sub(r"<svg.*?</svg>", "", before, flags=re.S)  # coordinates
    assert not any(each in without_pictures for each in LATER)


def test_a_client_sees_its_batch_of_then_too(browse, change):
    client = browse("client")
    before = main(client.get(at("/batches/VAX/A1")))
    for do in change.values():
        do()
    assert main(client.get(at("/batches/VAX/A1"))) == before
    sent = client.get(at("/problems/1"))
    assert (sent.status_code, sent.headers["location"]) == (303, "/batches/VAX/A1?known_at=2026-01-02T16%3A00%3A00Z")


@pytest.mark.parametrize("path", PAGES)
def test_it_says_which_instant_it_is_of_in_both_zones_and_how_to_come_back(browse, path):
    staff = browse("qa")
    page = main(staff.get(at(path, "2026-01-02T17:00")))
    assert "As known at 2 Jan 2026 17:00 CET (16:00 UTC)" in page
    assert page == main(staff.get(at(path)))
    assert "Show what is known now" in page
    assert "As known at 2" not in main(staff.get(path))


def test_the_other_day_and_seconds_are_said_where_there_are(browse):
    page = main(browse("qa").get(at("/holds", "2026-01-02T00:30:05")))
    assert "As known at 2 Jan 2026 00:30:05 CET (1 Jan 2026 23:30:05 UTC)" in page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_offers_it_and_the_form_leads_there(browse, path):
    staff = browse("qa")
    (action, fields) = next(form for form in Forms(staff.get(path).text).found if list(form[1])[-1:] == ["known_at"])
    assert fields["known_at"] == "2026-01-03T01:00"
    assert "As known at 3 Jan 2026 01:00 CET" in main(staff.get(action, params=fields))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ["qa", "admin"])
def test_nothing_on_it_can_be_acted_on(browse, path, role):
    staff = browse(role)
    assert 'method="post"' not in main(staff.get(at(path)))
    assert "live.js" not in staff.get(at(path)).text
    assert "/corrections/" not in main(staff.get(at(path)))
    assert "live.js" in staff.get(path).text


def test_a_page_of_now_can_be_acted_on(browse):
    assert 'method="post"' in main(browse("qa").get("/problems/1"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("given", "words_of_it"),
    [
        ("2026-01-03T00:00:01Z", "2026-01-03T00:00:01Z is in the future"),
        ("2025-12-31T22:59:59Z", "is before the record"),
        ("yesterday", "yesterday"),
    ],
)
def test_an_instant_that_cannot_be_answered_is_refused(browse, path, given, words_of_it):
    answer = browse("qa").get(at(path, given))
    assert answer.status_code == 422
    assert words_of_it in words(answer.text)


@pytest.mark.parametrize(
    "path", ["/", "/problems", "/batches", "/places", "/places/ROOM-1", "/audit", "/setup", "/why"]
)
def test_pages_without_a_history_refuse_it(browse, path):
    answer = browse("qa").get(at(path))
    assert answer.status_code == 422
    assert "has no history" in words(answer.text)


def test_links_between_such_pages_stay_at_the_instant(browse):
    staff, same = browse("qa"), "known_at=2026-01-02T16%3A00%3A00Z"
    assert f'href="/batches/VAX/A1?{same}"' in main(staff.get(at("/problems/1")))
    holds = main(staff.get(at("/holds")))
    assert f'href="/batches/VAX/A1?{same}"' in holds and f'href="/problems/1?{same}"' in holds
    batch = main(staff.get(at("/batches/VAX/A1")))
    assert f'?{same}&amp;unit=PALLET-7"' in batch


@pytest.mark.parametrize("path", ["/batches/VAX/A1", "/problems/1"])
def test_a_chart_is_of_the_readings_that_had_come_and_can_be_asked_for_by_the_script(site, browse, change, path):
    staff = browse("qa")
    page = main(staff.get(at(path)))
    address = unescape(re.search(r'data-chart="([^"]+)"', page)[1])
    assert "known_at=2026-01-02T16" in address
    data = staff.get(address).json()
    rows = staff.get(f"{address}&form=csv").text
    hear(site, Reading("dev1", "", "temperature", 14_300_000, START + 7 * HOUR + MINUTE), now=NOW + MINUTE)
    for do in change.values():
        do()
    assert staff.get(address).json() == data
    assert staff.get(f"{address}&form=csv").text == rows
    later = staff.get(re.sub(r"known_at=[^&]+", "form=csv", address)).text
    assert "14.3" in later and "14.3" not in rows


def test_a_chart_of_a_place_has_no_history(browse):
    assert browse("qa").get("/charts/place/ROOM-1?known_at=2026-01-02T16:00:00Z").status_code == 422


def test_a_hold_leads_to_why_it_was_placed_as_known_then(site, browse, change):
    staff = browse("qa")
    [hold] = [row for row in site.desk.rows("holds") if (row.lot, row.unit) == ("A1", "PALLET-7")]
    before = staff.get(at(f"/holds/{hold.id}")).headers["location"]
    for do in change.values():
        do()
    answer = staff.get(at(f"/holds/{hold.id}"))
    assert (answer.status_code, answer.headers["location"]) == (303, before)
    assert "vaccine-2-8, version 1" in words(staff.get(before).text)
