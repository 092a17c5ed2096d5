"""Channels, what became of their messages, and comments on alerts."""

import re

import pytest
from sqlalchemy import event, insert, select, update

from api.reads.deliveries import channel_states
from notify.outbox import claim, due_channels
from store.tables import delivery_attempts, outbox
from tests.api.world import NOW


def attempt(site, message, error=None):
    with site.database.begin() as connection:
        row = {"outbox": message, "channel": "zzhook", "at": NOW, "took": 31_000, "error": error}
        connection.execute(insert(delivery_attempts).values(row))
        done = {"state": "waiting" if error else "delivered", "last_error": error, "done_at": None if error else NOW}
        connection.execute(update(outbox).where(outbox.c.id == message).values(done))


def test_nothing_looks_at_all_that_was_ever_sent(site):
    """The plans of what the notifier asks all the time and the pages now and then, on SQLite."""
    asked = []
    with site.database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        channel_states(connection)
        due_channels(connection, NOW)
        claim(connection, "zzhook", 0, 1)
        plans = [
            row[3]
            for statement, given in list(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]
    looks = [plan for plan in plans if re.match("(SCAN|SEARCH) (outbox|delivery_attempts) ", plan)]
    of_few = ("ix_outbox_waiting", "ix_delivery_attempts_good", "ix_delivery_attempts_bad")
    assert len(looks) == 5
    assert [plan for plan in looks if not any(name in plan for name in of_few)] == []


def messages(site):
    with site.database.read() as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.id)))


def test_a_channel_is_shown_with_how_it_does_and_without_its_secrets(site):
    attempt(site, 1, "answered 503")
    attempt(site, 2)
    (channel,) = site.api("viewer").get("/channels").json()
    assert channel == {
        "id": "zzhook",
        "kind": "webhook",
        "to": "example.org",
        "min_severity": "info",
        "client": None,
        "waiting": len(messages(site)) - 1,
        "last_success": "2026-01-03T00:00:00Z",
        "last_failure": "2026-01-03T00:00:00Z",
        "last_error": "answered 503",
    }


def test_deliveries_of_a_channel_come_newest_first_with_every_attempt(site):
    attempt(site, 1, "answered 503")
    attempt(site, 1)
    found = site.api("viewer").items("/channels/zzhook/deliveries", limit=2)
    numbers = [delivery["id"] for delivery in found]
    assert numbers == sorted((row.id for row in messages(site)), reverse=True)
    assert found[-1]["attempts"] == [
        {"at": "2026-01-03T00:00:00Z", "seconds": 0.031, "error": "answered 503"},
        {"at": "2026-01-03T00:00:00Z", "seconds": 0.031, "error": None},
    ]
    assert (found[-1]["state"], found[-1]["next_at"]) == ("delivered", None)
    assert found[0]["next_at"] is not None


def test_deliveries_of_an_alert_are_its_own(shared_site):
    api = shared_site.api("viewer")
    for alert in (1, 2):
        assert {delivery["alert"] for delivery in api.items(f"/alerts/{alert}/deliveries")} == {alert}
    assert api.get("/alerts/99/deliveries").status_code == 404
    assert api.get("/channels/nobody/deliveries").json()["detail"] == "no channel nobody"


def test_a_test_is_put_into_the_outbox_and_shown(site):
    answer = site.api("admin").post("/channels/zzhook/test", {})
    assert answer.status_code == 202
    delivery = answer.json()
    assert (delivery["channel"], delivery["event"], delivery["alert"]) == ("zzhook", "test", None)
    assert (delivery["state"], delivery["attempts"]) == ("waiting", [])
    assert messages(site)[-1].id == delivery["id"]


def test_only_who_configures_may_test_and_only_what_is_there(site):
    before = len(messages(site))
    assert site.api("admin").post("/channels/nobody/test", {}).status_code == 404
    assert site.api("qa").post("/channels/zzhook/test", {}).status_code == 403
    assert len(messages(site)) == before


@pytest.mark.parametrize("path", ["/channels", "/channels/zzhook/deliveries", "/alerts/1/deliveries"])
def test_a_client_sees_nothing_of_channels(shared_site, path):
    assert shared_site.api("client").get(path).status_code == 403


def test_comments_are_kept_in_order_with_name_and_time(site):
    api = site.api("qa")
    assert api.get("/alerts/1/comments").json() == []
    answer = api.post("/alerts/1/comments", {"text": " door was open "})
    assert answer.status_code == 201
    both = api.post("/alerts/1/comments", {"text": "closed"}).json()
    assert [(c["id"], c["at"], c["who"], c["text"]) for c in both] == [
        (1, "2026-01-03T00:00:00Z", "quinn", "door was open"),
        (2, "2026-01-03T00:00:00Z", "quinn", "closed"),
    ]
    assert site.api("viewer").get("/alerts/1/comments").json() == both


@pytest.mark.parametrize(("body", "status"), [({"text": ""}, 422), ({"text": " \n"}, 422), ({}, 422)])
def test_a_comment_says_something(site, body, status):
    assert site.api("qa").post("/alerts/1/comments", body).status_code == status
    assert site.api("qa").post("/alerts/99/comments", {"text": "x"}).status_code == 404


def test_a_client_reads_no_comments_and_writes_none(site):
    site.api("qa").post("/alerts/1/comments", {"text": "zz internal"}).raise_for_status()
    client = site.api("client")
    assert client.get("/alerts/1/comments").status_code == 403
    assert client.post("/alerts/1/comments", {"text": "x"}).status_code == 403
    assert "zz internal" not in client.get("/alerts/1").text


def test_a_lot_that_was_released_is_shown_so_in_the_alert(shared_site):
    states = {
        (lot["lot"], lot["unit"]): (lot["state"], lot["disposed_by"])
        for lot in shared_site.api("viewer").get("/alerts/1").json()["lots"]
    }
    assert states[("A1", "PALLET-7")] == ("released", "zzperson")
    own = shared_site.api("client").get("/alerts/1").json()
    assert {lot["state"] for lot in own["lots"]} == {"released"}
    assert own["sentence"].endswith("VAX A1 PALLET-7 released.")
