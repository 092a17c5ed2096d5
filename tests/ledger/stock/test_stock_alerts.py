"""People are alerted to what was done with stock although it should not: once for a lot, until they know."""

from typing import Any

import pytest

from domain.errors import ConflictError
from domain.times import HOUR, MINUTE, format_instant
from ledger.models.alert import alert_of
from ledger.models.recipients import alert_for_client
from ledger.requests import Acknowledge, Correct, EntryName, Item, Override, Shelve, Signature
from store.tables import alerts, outbox
from tests.batches.stock_room import SITE, item, unit
from tests.ledger.stage import Stage
from tests.ledger.stock.recorded import NOW, record

AT = format_instant(NOW - MINUTE)
LONG_AGO = format_instant(NOW - HOUR)
CHANNEL = '\nchannels: [{id: qa, kind: webhook, url: "https://example.org/a", secret_file: a.key}]\n'
LIMITS = """
profiles:
  - {id: frozen, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: [{id: r, kind: limit, above: -15.0}]}
  - {id: cold, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: [{id: r, kind: limit, below: 2.0}]}
"""
STOCK_SITE = (
    SITE.replace("{id: DOCK, parent: SITE}", "{id: DOCK, profile: cold}, {id: CAGE, kind: quarantine}")
    .replace("{id: BULK,", "{id: BULK, profile: frozen,")
    .replace("lot: A, expires_on: 2026-03-10}", "lot: A, client: acme}")
    .replace("batches:", "clients: [{id: acme, name: Acme}]\nbatches:")
)


@pytest.fixture
def stage(database: Any) -> Stage:
    """Units 1 to 3 of lot A are in the room; lot TOLD stands there by a storage record."""
    stage = Stage(database, site="")
    stage.apply(STOCK_SITE + CHANNEL + LIMITS, NOW - 2 * HOUR)
    at = format_instant(NOW - 2 * HOUR)
    for name in ("A/1", "A/2", "A/3"):
        record(stage, done("receive", at, **unit(name), quantity=10, location="ROOM"))
    return stage


def done(do: str, at: str = AT, **fields: Any) -> dict[str, Any]:
    return {"do": do, "at": at, **fields}


def quarantine(stage: Stage, name: str, at: str = LONG_AGO) -> Any:
    return record(stage, done("status", at, **unit(name), status="quarantined"))


def told(stage: Stage) -> list[str]:
    return [row.sentence for row in stage.rows(alerts)]


def ship(name: str, shipment: str = "s", **more: Any) -> dict[str, Any]:
    return done("ship", shipment=shipment, to="FARM", units=[unit(name)], **more)


def test_what_is_shipped_although_blocked_is_told_with_who_and_why(stage: Stage) -> None:
    quarantine(stage, "A/1")
    record(stage, ship("A/1"), override=Override("agreed", Signature("Quinn", "overridden")))
    assert told(stage) == ["VAX A 1 shipped to FARM although quarantined, by quinn: agreed."]
    [row] = stage.rows(alerts)
    alert = alert_of(row._mapping)
    assert (alert.kind, alert.is_open, alert.severity, alert.rules) == ("stock", True, "critical", ("forced_ship",))
    assert [(each.channel, each.event) for each in stage.rows(outbox)] == [("qa", "raised")]


def test_it_is_one_alert_of_the_lot_until_somebody_acknowledges_it(stage: Stage) -> None:
    for name in ("A/1", "A/2", "A/3"):
        quarantine(stage, name)
    record(stage, ship("A/1"))
    record(stage, ship("A/2", "t"))
    [row] = stage.rows(alerts)
    assert [each["unit"] for each in row.lots] == ["1", "2"]
    assert row.sentence == "VAX A 1, 2 shipped to FARM although quarantined, by quinn: it is so."
    stage.ask(Acknowledge(alert=row.id), NOW)
    record(stage, ship("A/3", "u"))
    assert [[each["unit"] for each in row.lots] for row in stage.rows(alerts)] == [["1", "2"], ["3"]]
    with pytest.raises(ConflictError, match="is of what was done with stock; that is not shelved"):
        stage.ask(Shelve(alert=2, lasting=HOUR, reason="later"), NOW)


def test_nothing_is_told_of_what_may_be_done_and_nothing_of_what_is_refused(stage: Stage) -> None:
    record(stage, done("move", units=[unit("A/1")], to="SHELF"))
    quarantine(stage, "A/1")
    with pytest.raises(ConflictError):
        record(stage, ship("A/1"), override=None)
    assert told(stage) == []


def test_nothing_is_told_twice_after_a_restart(stage: Stage) -> None:
    quarantine(stage, "A/1")
    record(stage, ship("A/1"))
    before = stage.rows(alerts), stage.rows(outbox)
    stage.restart()
    stage.tick(0)
    assert (stage.rows(alerts), stage.rows(outbox)) == before


def test_a_client_reads_neither_who_nor_why(stage: Stage) -> None:
    quarantine(stage, "A/1")
    record(stage, ship("A/1"))
    [row] = stage.rows(alerts)
    told_client = alert_for_client(alert_of(row._mapping), "acme", lambda lot: lot.client == "acme")
    assert told_client is not None
    assert told_client.sentence == "VAX A 1 shipped although blocked."
    assert [lot.why for lot in told_client.lots] == [None]


# --- limits and dates ---


def test_stock_is_put_where_the_limits_do_not_suit_it_only_for_a_reason(stage: Stage) -> None:
    receive = done("receive", **unit("Q/1"), quantity=1, location="DOCK")
    with pytest.raises(ConflictError, match=r"DOCK does not suit BULK Q 1: its limit is below .* give a reason"):
        record(stage, receive, override=None)
    record(stage, receive | {"location": "ROOM"}, override=None)
    move = done("move", units=[item("Q/1")], to="DOCK")
    with pytest.raises(ConflictError, match="DOCK does not suit"):
        record(stage, move, override=None)
    record(stage, move | {"reason": "the freezer has failed"}, override=None)
    [sentence] = told(stage)
    assert sentence.startswith("BULK Q 1 put in DOCK: its limit is below 2.0 °C, the product's above")
    assert sentence.endswith("by quinn: the freezer has failed.")


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ({"made_at": "2026-06-01T00:00:00Z", "expires_on": "2026-03-01"}, "it expires on 2026-03-01, before it was"),
        ({"made_at": "2099-01-01T00:00:00Z"}, "it was made later, on 2099-01-01"),
    ],
)
def test_what_has_impossible_dates_is_received_only_where_that_is_overridden(
    stage: Stage, dates: dict[str, str], why: str
) -> None:
    stage.ask(Correct(put=[Item("batch", {"product": "VAX", "lot": "N", **dates})]), NOW)
    receive = done("receive", product="VAX", lot="N", quantity=1, location="ROOM")
    with pytest.raises(ConflictError, match=why):
        record(stage, receive, override=None)
    record(stage, receive)
    assert any(why in sentence for sentence in told(stage))


# --- what a request blocks ---


def test_units_that_became_blocked_are_answered(stage: Stage) -> None:
    made = [unit("B/9") | {"quantity": 1, "location": "ROOM"}]
    record(stage, done("make", LONG_AGO, inputs=[item("A/1", 1)], outputs=made))
    quarantine(stage, "A/2")
    answer = record(stage, done("status", product="VAX", lot="A", status="recalled", id="R"))
    assert answer["blocked"] == [
        ["VAX", "A", "1", "recalled"],
        ["VAX", "A", "3", "recalled"],
        ["VAX", "B", "9", "blocked_source"],
    ]
    assert record(stage, done("move", units=[unit("A/3")], to="SHELF"))["blocked"] == []
    assert record(stage, {"do": "void", "at": AT, "movement": "R"})["blocked"] == []


def test_a_return_blocks_what_comes_back(stage: Stage) -> None:
    record(stage, ship("A/1"))
    back = done("return", units=[unit("A/1")], location="ROOM", **{"from": "FARM"})
    assert record(stage, back)["blocked"] == [["VAX", "A", "1", "quarantined"]]


# --- storage records ---


def placement(location: str, since: str, **more: Any) -> Item:
    place = {"product": "VAX", "lot": "TOLD", "unit": "P", "location": location, "from": since, **more}
    return Item("placement", place, keeps=True)


def hold_told(stage: Stage) -> None:
    """Put unit P of lot TOLD on hold; it stands in the room."""
    from store.tables import holds

    key = '["VAX","TOLD",null,"ROOM","2026-01-01T00:00:00Z"]'
    stage.ask(Correct(put=[placement("ROOM", LONG_AGO)], remove=[EntryName("placement", key)]), NOW)
    row = {"id": 1, "product": "VAX", "lot": "TOLD", "unit": "P", "rule": "r", "fired_at": 0, "placed_at": 0}
    more = {"founded": True, "state": "held", "why": {"since": 0, "until": None, "sentence": ""}, "revision": 1}
    with stage.database.begin() as connection:
        connection.execute(holds.insert().values(**row, **more))
    stage.restart()


def test_people_are_alerted_when_storage_records_tell_that_stock_on_hold_went_elsewhere(stage: Stage) -> None:
    hold_told(stage)
    stage.ask(Correct(put=[placement("ROOM", LONG_AGO, to=AT), placement("CAGE", AT)]), NOW)
    assert told(stage) == []  # quarantine
    later, last = format_instant(NOW - 40_000_000), format_instant(NOW - 20_000_000)
    stage.ask(Correct(put=[placement("CAGE", AT, to=later), placement("SHELF", later)]), NOW)
    stage.ask(Correct(put=[placement("SHELF", later, to=last)], reason="sold"), NOW)
    assert told(stage) == [
        "VAX TOLD P moved to SHELF although on hold, by quinn.",
        "VAX TOLD P left SHELF although on hold, by quinn: sold.",
    ]


def test_a_named_unit_is_recorded_in_one_place_at_a_time(stage: Stage) -> None:
    first = placement("ROOM", LONG_AGO)
    stage.ask(Correct(put=[placement("DOCK", "2026-01-01T00:00:00Z", unit=None)], one_place=True), NOW)
    stage.ask(Correct(put=[first], one_place=True), NOW)
    with pytest.raises(ConflictError, match=r"VAX TOLD P is recorded at ROOM from .*; move it, or correct that record"):
        stage.ask(Correct(put=[placement("SHELF", AT)], one_place=True), NOW)
    stage.ask(Correct(put=[placement("ROOM", LONG_AGO, to=AT), placement("SHELF", AT)], one_place=True), NOW)
    stage.ask(Correct(put=[placement("SHELF", AT, quantity=5)], one_place=True), NOW)
