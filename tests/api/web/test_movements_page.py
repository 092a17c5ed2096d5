"""The list of movements, its filters and pages, and what leads to the form."""

from html import unescape

import pytest
from sqlalchemy import update

from api.people.passwords import hash_password
from store.tables import people
from tests.api.ordered import order_and_count
from tests.api.world import NOW


@pytest.fixture
def stocked(site):
    order_and_count(site, NOW)
    return site


def text_of(answer):
    assert answer.status_code == 200, answer.text[:300]
    return unescape(answer.text)


def test_movements_are_listed_and_narrowed_by_the_address(stocked, browse):
    browser = browse("warehouse")
    every = text_of(browser.get("/movements"))
    assert "Receive: 60 × VAX P1 PAL-1 → ROOM-2" in every
    only = text_of(browser.get("/movements?do=receive&unit=PAL-2"))
    assert "PAL-2" in only and "VAX P1 PAL-1" not in only


def test_the_list_goes_on_with_the_same_filters(stocked, browse):
    browser = browse("warehouse")
    first = text_of(browser.get("/movements?do=receive&limit=2"))
    older = first.split('<a class="button" href="/movements?')[-1].split('"')[0]
    assert "do=receive" in older
    rest = text_of(browser.get(f"/movements?{older}"))
    assert "PAL-1" in rest and "PAL-3" not in rest


def test_a_time_that_is_none_is_said(stocked, browse):
    answer = browse("warehouse").get("/movements?since=yesterday")
    assert answer.status_code == 422 and "yesterday" in answer.text


@pytest.mark.parametrize("address", ["/stock?location=ROOM-1", "/places/ROOM-1", "/batches/VAX/P1"])
def test_pages_of_stock_lead_to_the_form_filled_in(stocked, browse, address):
    browser = browse("warehouse")
    said = text_of(browser.get(address))
    link = said.split('href="/movements/new?')[1].split('"')[0]
    form = text_of(browser.get(f"/movements/new?{link}"))
    assert 'value="VAX P1"' in form or 'value="ROOM-1"' in form
    assert "/movements/new" not in text_of(browse("viewer").get(address))


def test_only_who_moves_stock_has_the_form(stocked, browse):
    assert browse("viewer").get("/movements/new").status_code == 403
    assert browse("client").get("/movements").status_code == 200


KINDS = [
    ({"do": "receive", "unit": "VAX P1 PAL-8", "location": "ROOM-1", "quantity": "2.5"}, "Receive: 2.5 × VAX P1 PAL-8"),
    (
        {"do": "make", "unit": "VAX P1 MIX", "location": "ROOM-1", "quantity": "9", "inputs": "PAL-3"},
        "Make: 9 × VAX P1",
    ),
    ({"do": "split", "unit": "PAL-3", "part": "BOX", "quantity": "4"}, "Split: VAX P1 PAL-3, BOX"),
    ({"do": "merge", "units": "PAL-2\nPAL-3", "part": "BIG"}, "Merge: VAX P1 PAL-2 + VAX P1 PAL-3 = BIG"),
    ({"do": "destroy", "unit": "PAL-3", "reason": "broken"}, "Destroy: 9 × VAX P1 PAL-3"),
    ({"do": "status", "unit": "VAX P1", "status": "released", "reason": "done"}, "Set status: VAX P1 · released"),
]


@pytest.mark.parametrize(("sent", "said"), KINDS, ids=lambda given: given["do"] if isinstance(given, dict) else "")
def test_each_kind_is_recorded_as_the_form_says(stocked, browse, sent, said):
    browser = browse("warehouse")
    blank = browser.form(f"/movements/new?do={sent['do']}", "/movements/new")
    answer = browser.post("/movements/new", {**blank, **sent})
    assert answer.status_code == 303, answer.text
    assert said in text_of(browser.get("/movements"))


def send(browser, **sent):
    blank = browser.form(f"/movements/new?do={sent['do']}", "/movements/new")
    return browser.post("/movements/new", {**blank, **sent})


def test_what_was_shipped_is_delivered_and_comes_back(stocked, browse):
    browser = browse("warehouse")
    for sent in (
        {"do": "ship", "unit": "PAL-3", "party": "City Pharmacy", "shipment": "TOUR-1"},
        {"do": "deliver", "shipment": "TOUR-1"},
        {"do": "return", "unit": "PAL-3", "location": "ROOM-1", "party": "CITY"},
    ):
        answer = send(browser, **sent)
        assert answer.status_code == 303, answer.text
    listed = text_of(browser.get("/movements"))
    for said in ("Ship: 9 × VAX P1 PAL-3 → CITY · TOUR-1", "Deliver: ", "Return: 9 × VAX P1 PAL-3 → ROOM-1"):
        assert said in listed


def test_an_override_on_the_page_needs_reason_and_password_and_is_kept_with_the_signature(stocked, browse):
    browser = browse("qa")
    with stocked.database.begin() as connection:
        connection.execute(update(people).values(password=hash_password("correct horse battery")))
    send(browser, do="status", unit="PAL-3", status="recalled", reason="recall of the maker")
    ship = {"do": "ship", "unit": "PAL-3", "party": "CITY", "shipment": "TOUR-1"}
    assert 'type="password"' in send(browser, **ship).text
    no_reason = send(browser, **ship, password="correct horse battery")
    wrong = send(browser, **ship, reason="back to the maker", password="guessed")
    assert (no_reason.status_code, wrong.status_code) == (422, 422)
    assert "nothing was signed" in wrong.text
    signed = send(browser, **ship, reason="back to the maker", password="correct horse battery")
    assert signed.status_code == 303, signed.text
    [forced] = [row.forced for row in stocked.desk.rows("movements") if row.forced and row.do == "ship"]
    assert (forced["reason"], forced["signature"]["name"]) == ("back to the maker", "Qa-Person")
    assert "shipped although blocked" in text_of(browser.get("/problems"))
