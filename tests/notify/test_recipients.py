"""What a recipient reads of an alert: a client nothing of another's lots, rules or places."""

import json
from collections.abc import Container
from dataclasses import replace
from typing import Any

import pytest

from domain.times import HOUR
from ledger.models.alert import Alert, alert_of
from notify.outbox import Claimed
from notify.render import Recipient, message_id, payload_of, visible_to
from rules.subjects.whereabouts import UnitKey
from tests.alerts import alert_row
from tests.notify.conftest import LOTS, T0, Outbox
from tests.notify.receiver import receiving

ALERT: dict[str, Any] = {
    **alert_row(id=3, since=T0, until=T0 + 2 * HOUR, rules=["too-warm", "warm-total"], lots=LOTS),
    "sentence": "A1 and B2 on hold",
    "revision": 4,
    "raised_at": T0,
    "acknowledged_by": "umbra's friend",
    "acknowledged_at": T0,
    "comment": "umbra was told",
}


def told(client: str | None, places: Container[str] = (), **given: Any) -> Alert:
    """Return the alert as it is told; there must be something in it."""
    found = visible_to(Recipient(client, places), alert_of({**ALERT, **given}))
    assert found is not None
    return found


def rendered(alert: Alert, event: str, recipient: Recipient, pages: str = "") -> dict[str, Any]:
    """Return the payload for a recipient; there must be something in it."""
    found = visible_to(recipient, alert)
    assert found is not None
    return payload_of(found, event, "7b1c", pages)


def said_to(client: str | None, places: Container[str] = (), **given: Any) -> str:
    """Return everything that is told, as text."""
    found = rendered(alert_of({**ALERT, **given}), "raised", Recipient(client, places))
    return json.dumps(found)


def test_staff_reads_everything() -> None:
    assert told(None) == alert_of(ALERT)


def test_a_client_reads_of_its_own_lots_only() -> None:
    own = told("acme", {"ROOM-1"})
    assert [lot.key for lot in own.lots] == [UnitKey("VAX", "A1", "PALLET-7")]
    assert own.rules == ("too-warm",)
    assert own.place == "ROOM-1"
    assert own.sentence == "ROOM-1: too warm (2026-01-01 00:00 to 2026-01-01 02:00 UTC). VAX A1 PALLET-7 on hold."
    assert (own.comment, own.acknowledged_by) == (None, None)
    payload = rendered(alert_of(ALERT), "raised", Recipient("acme", {"ROOM-1"}))
    assert not {"comment", "acknowledged_by", "worst"} & payload.keys()


def test_a_place_where_its_goods_never_stood_has_no_name_for_a_client() -> None:
    assert "ROOM-1" in said_to("acme", {"ROOM-1"})
    assert "ROOM-1" not in said_to("acme", {"SHELF-2"})


def test_a_client_reads_when_it_was_raised_and_ended_for_its_own_lots() -> None:
    lot = {**LOTS[0], "since": T0 + HOUR, "until": T0 + HOUR + 1}
    own = told("acme", lots=[lot, LOTS[1]], ended_at=T0 + 3 * HOUR)
    assert (own.raised_at, own.ended_at) == (T0 + HOUR, T0 + HOUR + 1)
    whole = told("acme", ended_at=T0 + 3 * HOUR)
    assert (whole.raised_at, whole.ended_at) == (T0, T0 + 3 * HOUR)


def test_a_client_reads_nothing_of_how_often_others_lots_changed() -> None:
    payload = rendered(alert_of(ALERT), "updated", Recipient("acme", (), 2))
    assert payload["revision"] == 3


def test_a_lot_that_was_released_is_not_said_to_be_held() -> None:
    lots = [{**LOTS[0], "state": "released", "disposed_by": "quinn"}]
    assert told("acme", lots=lots).sentence.endswith(" VAX A1 PALLET-7 released.")
    assert "quinn" in said_to(None, lots=lots)
    assert "quinn" not in said_to("acme", lots=lots)


def test_a_client_hears_that_its_lot_is_no_longer_part_of_it() -> None:
    own = told("acme", lots=[LOTS[1]], gone=[LOTS[0]])
    assert (own.lots, [lot.name for lot in own.gone], own.founded) == ((), ["VAX A1 PALLET-7"], False)
    assert own.sentence.endswith(" No longer affected: VAX A1 PALLET-7.")
    assert told("umbra", lots=[LOTS[1]], gone=[LOTS[0]]).founded
    assert "A1" not in said_to("umbra", lots=[LOTS[1]], gone=[LOTS[0]])


def test_a_link_leads_to_the_problem_and_a_client_to_its_batch() -> None:
    slashed = alert_of({**ALERT, "lots": [{**LOTS[0], "lot": "A/1 ü"}]})
    house = rendered(alert_of(ALERT), "raised", Recipient(), "https://cold.example.org")
    client = rendered(slashed, "raised", Recipient("acme"), "https://c")
    assert house["link"] == "https://cold.example.org/problems/3"
    assert client["link"] == "https://c/batches/VAX/A%2F1%20%C3%BC"


def test_an_alert_without_lots_of_the_client_is_none_of_its_business() -> None:
    assert visible_to(Recipient("nobody", {"ROOM-1"}), alert_of(ALERT)) is None


def test_a_lot_without_a_client_is_no_clients() -> None:
    assert visible_to(Recipient("acme"), alert_of({**ALERT, "lots": [{**LOTS[0], "client": None}]})) is None


@pytest.mark.parametrize(
    ("lots", "interval"),
    [
        ([{}], (0, 10)),
        ([{"since": 3, "until": 5}], (3, 5)),
        ([{"since": 3, "until": None}], (3, 10)),
        ([{"since": 3, "until": 5}, {"since": 4, "until": 8}], (3, 8)),
        ([{"since": 3, "until": 5}, {}], (0, 10)),
    ],
)
def test_a_client_reads_the_hours_of_its_own_lots(lots: list[Any], interval: tuple[int, int]) -> None:
    timeless = {name: value for name, value in LOTS[0].items() if name not in ("since", "until")}
    own = told("acme", since=0, until=10, lots=[*({**timeless, **lot} for lot in lots), LOTS[1]])
    assert (own.since, own.until) == interval


def test_a_silence_has_a_sentence() -> None:
    silent = told("umbra", quantity="", direction="silent", until=None, lots=[LOTS[1]])
    assert silent.sentence == "Storage location of your stock: no data (since 2026-01-01 00:00 UTC). VAX B2 on hold."


def test_the_payload_has_rfc_3339_times_and_the_messages_id() -> None:
    payload = rendered(alert_of(ALERT), "ended", Recipient(), "https://cold.example.org")
    assert (payload["id"], payload["alert"], payload["event"]) == ("7b1c", 3, "ended")
    assert (payload["since"], payload["until"]) == ("2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z")
    assert payload["ended_at"] is None
    assert payload["lots"] == [{**lot, "since": "2026-01-01T00:00:00Z", "until": None} for lot in LOTS]
    json.dumps(payload)


def test_ids_are_stable_and_differ_between_messages_and_installations() -> None:
    claimed = Claimed(1, 2, "raised", "erp", T0, 1)
    assert message_id("i1", claimed) == message_id("i1", replace(claimed, attempts=7))
    others = [replace(claimed, id=2), replace(claimed, event="ended"), replace(claimed, channel="b")]
    ids = {message_id("i1", each) for each in (claimed, *others)} | {message_id("i2", claimed)}
    assert len(ids) == 5


def test_a_clients_channel_is_told_what_the_client_may_read(any_box: Outbox) -> None:
    with receiving() as receiver:
        any_box.channel("acme", receiver.url, client="acme")
        any_box.channel("umbra", receiver.url + "/umbra", client="umbra")
        any_box.channel("other", receiver.url + "/other", client="other")
        any_box.placement("1", product="VAX", lot="A1", unit="PALLET-7", location="ROOM-1")
        any_box.placement("2", product="VAX", lot="B2", location="SHELF-2")
        any_box.alert()
        for channel in ("acme", "umbra", "other"):
            any_box.message(channel)
        any_box.sweep()
    heard = {heard.path: json.loads(heard.body) for heard in receiver.heard}
    assert any_box.states() == ["delivered", "delivered", "skipped"]
    assert heard["/hook"]["place"] == "ROOM-1"
    assert "B2" not in json.dumps(heard["/hook"])
    assert heard["/hook/umbra"]["place"] is None
    assert "A1" not in json.dumps(heard["/hook/umbra"]) and "ROOM-1" not in json.dumps(heard["/hook/umbra"])
