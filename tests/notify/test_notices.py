"""A notice of a device on its way to a channel."""

import json
from typing import Any

from sqlalchemy import insert

from domain.times import DAY, SECOND
from notify.channels import Message
from notify.email_body import email_body
from store.tables import device_notices, outbox
from tests.notify.conftest import T0, Outbox
from tests.notify.receiver import receiving

SAMPLE = {
    "at": T0,
    "journal": 7,
    "probe": "",
    "quantity": "temperature",
    "measured_at": T0,
    "value": 12_000_000,
    "kept": 5_000_000,
    "limits": ["too-warm"],
}
SENTENCE = (
    "gw/f 1: Refused value outside a limit. temperature 12.0 °C at 2026-01-01 00:00 UTC was refused; "
    "5.0 °C, received first, counts. Outside: too-warm."
)


def put_notice(box: Outbox, channel: str) -> None:
    row: dict[str, Any] = {
        "id": 3,
        "device": "gw/f 1",
        "source": "",
        "kind": "conflict_outside",
        "count": 6,
        "fresh": 6,
    }
    row |= {"first_at": T0, "last_at": T0 + SECOND, "journal": 7, "samples": [SAMPLE]}
    message = {"notice": 3, "event": "notice", "channel": channel, "created_at": T0, "next_at": T0}
    with box.database.begin() as connection:
        connection.execute(insert(device_notices).values(row))
        connection.execute(insert(outbox).values(message))


def test_it_says_device_values_and_limits(any_box: Outbox) -> None:
    with receiving() as receiver:
        any_box.channel("erp", receiver.url)
        put_notice(any_box, "erp")
        any_box.sweep()
    heard = json.loads(receiver.heard[0].body)
    assert {name: heard[name] for name in heard if name != "id"} == {
        "event": "notice",
        "sentence": SENTENCE,
        "device": "gw/f 1",
        "kind": "conflict_outside",
        "count": 6,
        "first_at": "2026-01-01T00:00:00Z",
        "last_at": "2026-01-01T00:00:01Z",
        "link": "/setup/devices/gw%2Ff%201",
    }
    assert any_box.states() == ["delivered"]


def test_what_failed_is_tried_again(box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        box.channel("erp", receiver.url)
        put_notice(box, "erp")
        notifier = box.notifier()
        box.sweep(notifier)
        assert box.states() == ["waiting"]
        box.clock.now += DAY
        box.sweep(notifier)
    assert box.states() == ["delivered"]


def test_a_client_hears_of_no_device(box: Outbox) -> None:
    box.channel("theirs", "http://127.0.0.1:9", client="acme")
    put_notice(box, "theirs")
    box.sweep()
    assert box.states() == ["skipped"]


def test_a_mail_says_it_in_its_subject() -> None:
    written = email_body(Message("m", "notice", {"sentence": SENTENCE, "link": "https://x/setup/devices/f1"}))
    assert written.subject == SENTENCE[:200]
    assert (written.sentence, written.link) == (SENTENCE, "https://x/setup/devices/f1")
    there = email_body(Message("m", "notice", {"sentence": SENTENCE}, zone="Europe/Berlin"))
    assert "12.0 °C at 2026-01-01 01:00 CET (00:00 UTC) was refused" in there.sentence
