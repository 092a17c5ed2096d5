"""The page of a batch: its answer, units, rows, what happened and why; and that a client sees its own only."""

import functools
import re
from dataclasses import replace

import pytest

from domain.errors import UnavailableError
from domain.times import HOUR, MINUTE
from ledger.inputs import Batch
from ledger.requests import Correct, Item
from tests.api.web.browser import signed_in
from tests.api.web.reading import without_secret, words
from tests.api.world import HIDDEN_VALUES, MARK, NOW, START, _message

A1 = "/batches/VAX/A1"


@pytest.fixture
def browse(browse):
    """The same person each time."""
    return functools.cache(browse)


@pytest.fixture
def hold_again(site):
    """Let PALLET-7 get too warm once more, with nobody's decision on it."""
    site.desk.ask("quinn", _stay("PALLET-7"), NOW)
    heard = [_message("dev1", "zz/1/readings", 2900 + i * 10, 9.9) for i in range(12)]
    site.desk.now = START + 2900 * MINUTE + 2 * HOUR
    site.desk.writer.step(Batch(heard), site.desk.now)


def _stay(unit):
    doc = {"product": "VAX", "lot": "A1", "unit": unit, "location": "ROOM-1", "from": "2026-01-03T00:00:00Z"}
    before = {**doc, "location": "ROOM-2", "from": "2026-01-01T20:00:00Z", "to": "2026-01-03T00:00:00Z"}
    return Correct(put=[Item("placement", before), Item("placement", doc)])


def test_it_opens_with_what_it_is_and_where_it_stands(browse):
    said = words(browse("viewer").get(A1).text)
    assert "VAX A1 Unknown" in said
    assert "Vaccine X client Acme Pharma expires 30 Jun 2027 150 in 2 units in ROOM-2 profile vaccine-2-8 v1" in said


def test_the_answer_says_of_each_unit_what_became_of_it_and_why(browse):
    said = words(browse("viewer").get(A1).text)
    assert (
        "PALLET-7 was released: above 8.0 °C for 1 h 30 min in ROOM-1 from 06:00 to 07:30 on 1 Jan, "
        "allowed 1 h, peak 9.6 °C, 144 °C·min." in said
    )
    assert "PALLET-8 has insufficient data: data coverage 0.0 % (46 h)" in said


def test_a_unit_on_hold_comes_first_and_may_be_decided_by_who_may(browse, hold_again):
    said = words(browse("qa").get(A1).text)
    assert "VAX A1 Hold · 1 of 2 units" in said
    assert "PALLET-7 is on hold: above 8.0 °C beyond what the release of 01:00 covers, on hold again 02:20" in said
    assert "Release: no units selected" in said
    assert "Still outside: 9.9 °C now" in said
    assert "Release:" not in words(browse("viewer").get(A1).text)


def test_units_have_a_line_each_and_the_chosen_one_is_charted(browse):
    page = browse("viewer").get(A1, params={"unit": "PALLET-8"}).text
    assert "PALLET-7 ROOM-2 1 h 30 min 39.13 % Released" in words(page)
    assert "PALLET-8 ROOM-2 – 0.0 % Unknown" in words(page)
    assert 'data-chart="/charts/batch/VAX/A1?unit=PALLET-8&amp;quantity=temperature"' in page


def test_the_unit_in_the_worst_state_is_charted_first(browse):
    assert 'data-chart="/charts/batch/VAX/A1?unit=PALLET-8&amp;' in browse("viewer").get(A1).text


def test_a_quantity_that_nobody_measured_has_no_chart(browse):
    assert browse("viewer").get(A1).text.count("<figure") == 1


def test_an_exposure_leads_into_the_chart_and_to_its_readings(browse):
    page = browse("viewer").get(A1).text
    since = 1767243600000  # 2026-01-01T05:00:00Z
    assert f'data-zoom="{since - 30 * 60_000},{since + 120 * 60_000}"' in page
    assert "/readings?place=ROOM-1&amp;quantity=temperature&amp;at=2026-01-01T05:00:00Z" in page


def test_what_happened_is_told_newest_first_with_names(browse):
    page = words(browse("viewer").get(A1).text)
    said = page[page.index("Timeline") :]
    told = ["PALLET-7 released · zzperson “zz reason”", "PALLET-7 to ROOM-2", 
            "PALLET-7 back within limits: no longer above 8.0 °C",
            "PALLET-7 put on hold", "PALLET-7 outside limits: above 8.0 °C", "PALLET-7 to ROOM-1", "Made"]  # fmt: skip
    assert [each for each in told if each not in said] == []
    assert said.index(told[0]) < said.index(told[1]) < said.index(told[2]) < said.index(told[4]) < said.index(told[5])
    assert "Problem 1 acknowledged · zzperson “zz comment”" in said
    assert "3 storage records added · zzsetup" in said


def test_a_correction_of_a_stay_is_told_and_by_whom(site, browse):
    site.desk.ask("quinn", _stay("PALLET-7"), NOW + 1)
    site.desk.now = NOW + 60_000_000
    assert "1 storage record corrected · quinn" in words(browse("viewer").get(A1).text)


def test_it_says_why_rule_by_rule_with_the_version(browse):
    page = browse("viewer").get(A1).text
    assert '<a href="/profiles/vaccine-2-8/1">vaccine-2-8 v1</a>' in page
    said = words(page)
    assert "too-warm: above 8.0 °C for 1 h or more – Hold, critical; first triggered 1 Jan 07:00 for PALLET-7" in said
    assert "too-cold: below 2.0 °C for 15 min or more – Notify, critical; not triggered" in said
    assert "required data coverage 50 %" in said


def test_it_leads_to_what_it_was_made_from_and_what_was_made_of_it(browse):
    assert '<a href="/batches/ZZPROD/ZZ2">ZZPROD ZZ2</a>' in browse("viewer").get("/batches/VAX/A2").text
    assert '<a href="/batches/VAX/A2">VAX A2</a>' in browse("viewer").get("/batches/ZZPROD/ZZ2").text


def test_a_lot_that_stood_nowhere_has_a_page_that_says_so(browse):
    said = words(browse("viewer").get("/batches/VAX/A/3").text)
    assert "No storage recorded yet." in said
    assert "No readings in this period." in said


def test_what_is_fetched_to_stay_live_asks_for_no_readings(browse):
    assert "<figure" not in browse("viewer").get(A1, headers={"X-Live": "1"}).text


def test_a_store_of_readings_that_does_not_answer_leaves_the_rest_of_the_page(site, browse):
    class Down:
        def window(self, *asked):
            raise UnavailableError("the history does not answer")

    pages = site.app.state.pages
    pages.state.services = replace(pages.state.services, history=Down())
    answer = browse("viewer").get(A1, params={"unit": "PALLET-7"})
    assert answer.status_code == 200
    said = words(answer.text)
    assert "The readings could not be loaded. the history does not answer" in said
    assert "PALLET-7 was released" in said


@pytest.mark.parametrize("path", ["/batches/VAX/NONE", "/batches/NONE/A1", f"{A1}?unit=NONE"])
def test_a_batch_or_unit_that_is_not_there_is_not_found(browse, path):
    assert browse("viewer").get(path).status_code == 404


CLIENTS = [f"{A1}", f"{A1}?unit=PALLET-7", "/batches/VAX/A1-B", "/batches/VAX/A2", "/batches/VAX/A/3"]


@pytest.mark.parametrize("path", CLIENTS)
def test_nothing_of_another_client_is_in_any_byte_of_a_clients_page(browse, path):
    for headers in ({}, {"X-Live": "1"}):
        answer = browse("client").get(path, headers=headers)
        assert answer.status_code == 200
        assert MARK not in without_secret(answer.text).lower()
        assert not re.search(r"\bS1\b", answer.text)
        assert not any(value in answer.text for value in HIDDEN_VALUES)


def test_the_same_page_for_staff_does_name_it(browse):
    assert MARK in browse("viewer").get(A1).text
    assert "ZZROOM" in browse("viewer").get("/batches/VAX/A2").text


def test_a_client_is_told_the_verdict_and_the_numbers_without_places_of_others_and_names(browse):
    said = words(browse("client").get(A1).text)
    assert "PALLET-7 was released: above 8.0 °C for 1 h 30 min in ROOM-1" in said
    assert "zzperson" not in said
    made = words(browse("client").get("/batches/VAX/A2").text)
    assert "other location as part of a parent lot" in made
    assert "above 8.0 °C for 3 h" in made


def test_a_client_is_offered_nothing_that_it_may_not_open(browse):
    client = browse("client")
    page = client.get(A1).text
    links = {link.partition("#")[0] for link in re.findall(r'href="(/(?!static)[^"]+)"', page)}
    assert len(links) > 5
    for link in links - {"/"}:
        link = link.replace("&amp;", "&")
        assert client.get(link).status_code == 200, link


def test_what_is_anothers_is_as_if_it_were_not_there(browse):
    theirs, none = (browse("client").get(f"/batches/VAX/{lot}") for lot in ("ZZ1", "NONE"))
    assert theirs.status_code == none.status_code == 404
    assert re.sub("ZZ1|NONE", "", theirs.text) == re.sub("ZZ1|NONE", "", none.text)


@pytest.mark.parametrize("role", ["viewer", "client"])
def test_the_page_is_the_same_on_postgresql(browse, postgres_site, portal, role):
    ours = browse(role).get(A1).text
    theirs = signed_in(postgres_site, portal, role).get(A1).text
    assert words(theirs) == words(ours)


def test_an_open_page_is_told_that_nothing_changed(browse):
    first = browse("viewer").get(A1, headers={"X-Live": "1"})
    again = browse("viewer").get(A1, headers={"X-Live": "1", "If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert {"answer", "units", "exposures", "stays", "holds", "timeline"} == set(
        re.findall(r'id="([a-z]+)" data-live', first.text)
    )


def test_what_was_made_for_staff_is_never_given_to_a_client(browse):
    theirs = browse("viewer").get(A1, headers={"X-Live": "1"}).text
    own = browse("client").get(A1, headers={"X-Live": "1"}).text
    assert MARK in theirs
    assert MARK not in own.lower()


@pytest.mark.parametrize(("expires_on", "is_expired"), [("2026-01-02", True), ("2026-01-03", False)])
def test_a_lot_has_expired_the_day_after_its_date_in_the_sites_zone(site, browse, expires_on, is_expired):
    doc = {"product": "VAX", "lot": "A1-B", "client": "acme", "expires_on": expires_on}
    site.desk.ask("quinn", Correct(put=[Item("batch", doc)]), NOW)
    assert ("has expired" in words(browse("qa").get("/batches/VAX/A1-B").text)) is is_expired
    told = site.api("viewer").get("/batches/VAX/A1-B").json()["may_be_used"]
    assert (told["code"], told["allowed"]) == (("expired", False) if is_expired else ("ok", True))
    (unit,) = site.api("viewer").get("/batches/VAX/A1-B/verdict").json()["units"]
    assert unit["may_be_used"]["allowed"] is not is_expired
    assert ("A1-B" in browse("qa").get("/batches?state=expired").text) is is_expired
