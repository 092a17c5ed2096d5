"""The problem that something was done with stock although it should not: what pages, API and mails say, and to whom."""

import pytest

from domain.times import MINUTE, format_instant
from ledger.models.alert import alert_of
from ledger.requests import Override, Record
from notify.channels import Message
from notify.email_body import email_body
from notify.render import Recipient, payload_of, visible_to
from tests.api.web.reading import words
from tests.api.world import NOW

UNIT = '"product": "VAX", "lot": "A1-B", "unit": "P1"'
LINES = [
    f'{{"do": "receive", {UNIT}, "quantity": 5, "location": "ROOM-2", "at": "{format_instant(NOW - 3 * MINUTE)}"}}',
    f'{{"do": "status", {UNIT}, "status": "recalled", "at": "{format_instant(NOW - 2 * MINUTE)}"}}',
    f'{{"do": "make", "inputs": [{{{UNIT}}}], "outputs": [{{"product": "VAX", "lot": "A1-B", "unit": "P2", '
    f'"quantity": 1, "location": "ROOM-2"}}], "at": "{format_instant(NOW - MINUTE)}"}}',
]


@pytest.fixture
def forced(site):
    """The site, where recalled stock was used up."""
    site.desk.ask("zzperson", Record(movements=[("", each) for each in LINES], override=Override("zz agreed")), NOW)
    return site


def alert(site, role="qa"):
    [found] = [each for each in site.api(role).items("/alerts") if each["kind"] == "stock"]
    return found


def test_pages_say_what_was_done_and_by_whom(forced, browse):
    number, browser = alert(forced)["id"], browse("qa")
    assert "VAX A1-B used up although blocked" in words(browser.get("/problems").text)
    page = words(browser.get(f"/problems/{number}").text)
    assert "VAX A1-B was used up although it was blocked" in page
    assert "VAX A1-B P1 used up although recalled, by zzperson: zz agreed." in page
    browser.send(f"/problems/{number}", f"/problems/{number}/acknowledge")
    assert alert(forced)["acknowledged_by"] == "qa-person"


def test_a_client_reads_of_its_own_lot_without_who_and_why(forced, browse):
    found = alert(forced, "client")
    assert found["sentence"] == "VAX A1-B P1 used up although blocked."
    assert "zz" not in str(found)
    assert "zz" not in words(browse("client").get(f"/problems/{found['id']}").text)


def test_a_mail_says_the_same(forced):
    [row] = [row for row in forced.desk.rows("alerts") if row.direction == "stock"]
    for client, sentence in ((None, "VAX A1-B P1 used up although recalled, by zzperson: zz agreed."),
                             ("acme", "VAX A1-B P1 used up although blocked.")):  # fmt: skip
        told = visible_to(Recipient(client), alert_of(row._mapping))
        body = email_body(Message("m1", "raised", payload_of(told, "raised", "m1"), told))
        assert body.subject == "[critical] VAX A1-B: used up although blocked"
        assert body.sentence == sentence
