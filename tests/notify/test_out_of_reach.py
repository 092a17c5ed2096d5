"""What is told of stock out of reach: by webhook, by mail, to its owner."""

import pytest
from sqlalchemy import select

from domain.times import parse_instant
from ledger.models.alert import alert_of
from notify.channels import Message
from notify.email_body import email_body
from notify.render import Recipient, payload_of, visible_to
from store.tables import alerts
from tests.ledger.stage import Stage
from tests.ledger.test_out_of_reach import WARM, released, series_of, shipped
from tests.thrift import migrated


@pytest.fixture
def stage(tmp_path):
    opened = migrated(tmp_path / "coldchain.db")
    yield Stage(opened)
    opened.close()


def payload(stage: Stage, client: str | None = None, places=("ROOM-1",)):
    with stage.database.read() as connection:
        row = connection.execute(select(alerts).where(alerts.c.lot != "")).one()._asdict()
    told = visible_to(Recipient(client, places if client else ()), alert_of(row))
    return told and payload_of(told, "raised", "m-1", "https://cc.example.org")


def mail_of(stage: Stage):
    with stage.database.read() as connection:
        row = connection.execute(select(alerts).where(alerts.c.lot != "")).one()._asdict()
    told = payload_of(alert_of(row), "raised", "m-1")
    return email_body(Message("m-1", "raised", told, alert_of(row)))


def test_a_webhook_says_of_which_kind_it_is_where_the_stock_is_and_why_it_is_known_now(stage):
    shipped(stage).hear(*WARM, at=60)
    told = payload(stage)
    assert (told["kind"], told["severity"], told["place"]) == ("out_of_reach", "critical", "ROOM-1")
    [lot] = told["lots"]
    assert lot["out"] == {
        "how": "left",
        "at": "2026-01-01T00:30:00Z",
        "place": "ROOM-1",
        "to": None,
        "by": None,
        "then": "notify",
    }
    assert told["because"]["kind"] == "late"
    [heard] = told["because"]["readings"]
    assert (heard["sensor"], heard["since"]) == ("S1", "2026-01-01T00:05:00Z")
    assert parse_instant(heard["until"])


def test_a_problem_of_a_place_says_nothing_of_it(stage):
    shipped(stage).hear(*WARM, at=60)
    with stage.database.read() as connection:
        row = connection.execute(select(alerts).where(alerts.c.lot == "")).one()._asdict()
    payload = payload_of(alert_of(row), "raised", "m-1")
    assert not {"kind", "because"} & payload.keys()


def test_a_mail_names_the_batch_first(stage):
    shipped(stage).hear(*WARM, at=60)
    written = mail_of(stage)
    assert written.subject == "[critical] VAX A1 out of reach: ROOM-1: too warm, 1 unit on hold"
    assert "Out of reach: P1 left ROOM-1 on 2026-01-01 00:30 UTC" in written.text
    [(name, said)] = written.lots
    assert name == "VAX A1 P1"
    assert "left ROOM-1 2026-01-01 00:30 UTC" in said


def test_a_mail_says_who_released_it(stage):
    released(stage).hear(*series_of([*[9] * 12, 5], since=30), at=70)
    assert "released by quinn 2026-01-01 01:00 UTC" in mail_of(stage).text


def test_its_owner_is_told_without_who_released_it_and_why_it_is_known(stage):
    released(stage).hear(*series_of([*[9] * 12, 5], since=30), at=70)
    told = payload(stage, "acme")
    assert told["because"] == {"kind": "late"}
    assert {tuple(sorted(lot["out"])) for lot in told["lots"]} == {("at", "how", "place", "then", "to")}
    assert "quinn" not in str(told)
    assert "released 2026-01-01 01:00 UTC" in told["sentence"]
    assert payload(stage, "zzcorp") is None


def test_its_owner_reads_of_no_place_where_its_own_goods_never_stood(stage):
    shipped(stage).hear(*WARM, at=60)
    with stage.database.read() as connection:
        row = connection.execute(select(alerts).where(alerts.c.lot != "")).one()._asdict()
    assert visible_to(Recipient("acme", ()), alert_of(row)).lots[0].out.place is None
    assert visible_to(Recipient("acme", {"ROOM-1"}), alert_of(row)).lots[0].out.place == "ROOM-1"
