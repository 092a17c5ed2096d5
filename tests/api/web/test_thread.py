"""From what is said to the very readings and the messages that brought them; and who may follow."""

import re
from html import unescape

import pytest

from api.web.journal.payload import SHOWN_AT_MOST, shown_of
from api.web.why.readings import Used, from_the_first_outside
from domain.readings import Reading
from domain.times import MINUTE
from ingest.decoded import Message
from ingest.decoding import Decoder
from ingest.sources import Sources
from ledger.inputs import Arrived, Batch
from ledger.requests import Correct, Item
from tests.api.world import HIDDEN_VALUES, MARK, NOW, START

WHY = "/why?product=VAX&lot=A1&unit=PALLET-7&rule=too-warm&at=2026-01-01T06:00:00Z"


def text_of(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :])))


def rows_of(page):
    body = page[page.rindex("<tbody>") : page.rindex("</tbody>")]
    return [text_of("<main>" + row) for row in body.split("<tr")[1:]]


def test_a_hold_leads_to_the_sentence_the_numbers_and_every_reading_that_was_used(browse):
    answer = browse("qa").get("/holds/1", follow_redirects=True)
    said = text_of(answer.text)
    assert "peak 9.6 °C, unit PALLET-7 in ROOM-1" in said
    assert "Supporting readings 10 readings" in said and "Measured 1 h 30 min above 8.0 °C" in said
    rows = rows_of(answer.text)
    assert ["value at the start" in row for row in rows].count(True) == 1
    assert len(rows) == 11
    assert ["outside limits" in row for row in rows].count(True) == 9
    assert ["within limits" in row for row in rows].count(True) == 1


def test_the_readings_listed_are_as_many_as_the_structure_says(site, browse):
    person = browse("qa")
    for hold in site.api("qa").items("/holds"):
        page = person.get(f"/holds/{hold['id']}", follow_redirects=True).text
        rows = [row for row in rows_of(page) if "value at the start" not in row]
        assert len(rows) == hold["why"]["why"]["readings"], hold["id"]


def test_only_those_out_of_bounds_are_listed_where_that_is_asked_for(browse):
    rows = rows_of(browse("qa").get(WHY + "&only=outside").text)
    assert len(rows) == 9 and all("outside limits" in row for row in rows)


def test_many_readings_come_page_by_page(browse, monkeypatch):
    monkeypatch.setattr("api.web.why.readings.PAGE", 4)
    person, seen, address = browse("qa"), [], WHY
    for _ in range(9):
        page = person.get(address).text
        seen += rows_of(page)
        more = re.search(r'href="(/why[^"]*begin=[^"]*)"', page)
        if more is None:
            break
        address = unescape(more[1])
    assert len(seen) == len(set(seen)) == 11


def test_few_among_very_many_readings_come_in_steps(browse, monkeypatch):
    monkeypatch.setattr("api.web.why.readings.LOOKED_AT_MOST", 4)
    person, seen, address = browse("qa"), [], WHY + "&only=outside"
    for _ in range(9):
        page = person.get(address).text
        seen += rows_of(page) if "<tbody>" in page else []
        more = re.search(r'href="(/why[^"]*begin=[^"]*)"', page)
        if more is None:
            break
        address = unescape(more[1])
    assert len(seen) == len(set(seen)) == 9


def test_a_client_reads_why_of_its_own_without_sensors_journal_and_what_was_before_it_came(browse):
    client = browse("client")
    page = client.get(WHY).text
    assert "peak 9.6 °C, unit PALLET-7 in ROOM-1" in text_of(page)
    assert "/journal/" not in page and "/readings?" not in page and "S1" not in rows_of(page)[0]
    assert not [value for value in HIDDEN_VALUES if value in text_of(page)]
    assert len(rows_of(page)) == 10
    inherited = client.get("/holds/2", follow_redirects=True).text
    assert "peak 9.4 °C, whole lot Details" in text_of(inherited) and MARK not in text_of(inherited).lower()


@pytest.mark.parametrize(
    "address",
    [
        "/holds/3",
        "/why?product=VAX&lot=ZZ1&unit=ZZUNIT&rule=too-warm&at=2026-01-01T06:00:00Z",
        "/why?product=VAX&lot=NOBODY&rule=too-warm&at=2026-01-01T06:00:00Z",
        "/why?location=ROOM-1&rule=zzroomrule&at=2026-01-01T05:10:00Z",
        "/why?rule=x",
        WHY.replace("06:00", "06:01"),
    ],
)
def test_what_did_not_fire_or_is_anothers_is_not_there(browse, address):
    assert browse("client").get(address, follow_redirects=True).status_code == 404


@pytest.mark.parametrize("address", ["/journal/2", "/journal/2/messages/0/payload", "/audit"])
def test_messages_and_the_audit_trail_are_no_clients_business(browse, address):
    answer = browse("client").get(address)
    assert answer.status_code == 403 and MARK not in text_of(answer.text).lower()


def test_what_was_corrected_since_says_so(site, browse):
    late = Reading("dev1", "", "temperature", 5_100_000, START + 335 * MINUTE)
    site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, NOW, "zz", [late])]), NOW)
    page = text_of(browse("qa").get("/holds/1", follow_redirects=True).text)
    assert "Superseded at" in page
    assert "above 8.0 °C for 1 h 30 min" in page and "no longer supported" in page


def test_a_message_is_shown_as_it_came_with_what_came_of_it(browse):
    page = text_of(browse("qa").get("/journal/2?message=2026-01-01T05:01:00Z").text)
    assert "Topic zz/1/readings Received 2026-01-01T05:01:00Z" in page
    assert "2 bytes, as text" in page and "S1 2026-01-01 06:00:00 CET 9.6 °C" in page
    assert "The hash matches the content." in page


def test_a_message_is_shown_with_the_source_that_listened_and_its_properties(site, browse):
    mapping = {"device": "d", "temperature": "t", "measured_at": "at"}
    source = {"topic": "new/+", "format": "json", "mapping": mapping}
    site.desk.ask("quinn", Correct(put=[Item("source", source)]), NOW)
    decoder = Decoder(Sources([(row.key, row.doc) for row in site.desk.rows("entries") if row.kind == "source"]))
    heard = b'{"d": "dev1", "t": 6.5, "at": "2026-01-02T23:59:00Z"}'
    batch = decoder.decode([Message("new/x", heard, False, NOW + 7, (("line", "2"),))]).batch()
    site.desk.writer.step(batch, NOW + 8)
    row = max(row.id for row in site.desk.rows("journal"))
    page = text_of(browse("qa").get(f"/journal/{row}").text)
    assert "Topic new/x Received 2026-01-03T00:00:00.000007Z Source new/+ Format json Mapping" in page
    assert "MQTT properties line: 2" in page and heard.decode() in page
    assert "S1 2026-01-03 00:59:00 CET 6.5 °C" in page


def test_a_dead_letter_is_shown_with_its_bytes_and_its_reason(browse):
    page = browse("qa").get("/journal/2?message=2026-01-01T01:00:00Z").text
    assert "7a 7a 20 6e 6f 20 6a 73 6f 6e 20 ff" in page
    assert "The message could not be decoded : zz: no JSON kept under unreadable messages" in text_of(page)


def test_all_bytes_can_only_be_saved(browse):
    answer = browse("viewer").get("/journal/2/messages/9/payload")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_a_correction_is_shown_to_administrators_without_what_only_a_channel_needs(browse):
    said = unescape(browse("admin").get("/journal/1").text)
    assert '"do": "apply"' in said and "https://…" in said and "example.org" not in said
    assert '"do": "apply"' not in unescape(browse("qa").get("/journal/1").text)


@pytest.mark.parametrize(
    "address",
    [
        "/journal/99",
        "/journal/2?message=2026-01-01T05:01:01Z",
        "/journal/1?message=2026-01-01T05:01:00Z",
        "/journal/1/messages/0/payload",
        "/journal/2/messages/999/payload",
    ],
)
def test_what_never_came_is_not_there(browse, address):
    assert browse("qa").get(address).status_code == 404


@pytest.mark.parametrize(
    ("payload", "shown", "is_text"),
    [
        (b'{"t": 5}', '{"t": 5}', True),
        ("grün\n".encode(), "grün\n", True),
        (b"", "", True),
        (b"\xff\x00A", "0000  ff 00 41" + " " * 41 + "..A", False),
        (b"\x1b[31mred", "0000  1b 5b 33 31 6d 72 65 64" + " " * 26 + ".[31mred", False),
    ],
)
def test_a_payload_is_text_or_hexadecimal_and_never_more_than_harmless(payload, shown, is_text):
    found = shown_of(payload)
    assert (found.shown, found.is_text, found.size, found.is_cut) == (shown, is_text, len(payload), False)


def test_of_a_long_payload_the_beginning_is_shown_even_if_it_is_cut_within_a_sign():
    found = shown_of("é".encode() * SHOWN_AT_MOST)
    assert (found.is_text, found.is_cut, found.size) == (True, True, 2 * SHOWN_AT_MOST)
    assert not shown_of(b"a" + "é".encode() * SHOWN_AT_MOST).shown.endswith("\ufffd")


def test_the_payload_of_a_stranger_is_no_markup(site, browse):
    arrived = Arrived("x", b"<script>alert(1)</script>", False, NOW + MINUTE, error="<b>no</b>")
    site.desk.writer.step(Batch([arrived]), NOW + MINUTE)
    page = browse("qa").get(f"/journal/{max(row.id for row in site.desk.rows('journal'))}").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "<b>no</b>" not in page


def test_a_journal_row_that_was_changed_says_so(site, browse):
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE journal SET at = at + 1 WHERE id = 2")
    assert "the row was changed" in browse("qa").get("/journal/2").text


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("/problems/1", "/audit?kind=alert&amp;key=1"),
        ("/problems/1", "/why?product=VAX&amp;lot=A1&amp;unit=PALLET-7&amp;rule=too-warm"),
        ("/problems/1", "/why?location=ROOM-1&amp;rule=zzroomrule"),
        ("/batches/VAX/A1", "/why?product=VAX&amp;lot=A1&amp;unit=PALLET-7&amp;rule=too-warm"),
        ("/batches/VAX/A1", "/audit?kind=batch&amp;key=%5B%22VAX%22%2C%22A1%22%5D"),
        ("/holds?state=released", "/holds/1"),
        ("/readings?sensor=S1&at=2026-01-01T05:00:00Z", "/journal/2?message=2026-01-01T05%3A01%3A00Z"),
        ("/profiles/zzroom/1", "/audit?kind=profile&amp;key=%5B%22zzroom%22%2C%221%22%5D"),
        ("/places/ROOM-1", "/audit?kind=location&amp;key=%5B%22ROOM-1%22%5D"),
        ("/setup/dead-letters", "/journal/2?message=2026-01-01T01%3A00%3A00Z"),
    ],
)
def test_pages_lead_to_what_they_rest_on(browse, page, leads_to):
    assert leads_to in browse("qa").get(page).text


@pytest.mark.parametrize(
    ("outside", "skipped", "first"),
    [([], 0, 0), ([False] * 5, 0, 0), ([False] * 5 + [True, False], 2, 2), ([None, True], 0, 0), ([True], 0, 0)],
)
def test_the_readings_open_where_it_first_was_outside(outside, skipped, first):
    rows = [Used("S1", "ROOM-1", "temperature", at, 0, at, 1, "used", out) for at, out in enumerate(outside)]
    count, shown = from_the_first_outside(iter(rows))
    assert (count, list(shown)) == (skipped, rows[first:])
