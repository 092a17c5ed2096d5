"""The outbox: at least once, in order for each alert, nothing twice, nobody waits for somebody else's outage."""

import socket
import threading
import time
from typing import Any

import pytest

from domain.times import DAY, MINUTE, SECOND
from notify import outbox
from notify.outbox import LONGEST_PAUSE, pause_after
from tests.notify.conftest import Outbox
from tests.notify.receiver import receiving, until
from tests.servers.process import free_port


def test_a_message_is_delivered_once(any_box: Outbox) -> None:
    with receiving() as receiver:
        any_box.channel("erp", receiver.url)
        any_box.alert()
        any_box.message("erp")
        any_box.sweep()
        any_box.sweep()
    assert len(receiver.heard) == 1
    assert any_box.states() == ["delivered"]
    assert any_box.rows()[0].done_at == any_box.clock.now


def test_what_failed_is_tried_again_with_the_same_id(any_box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        any_box.channel("erp", receiver.url)
        any_box.alert()
        any_box.message("erp")
        notifier = any_box.notifier()
        any_box.sweep(notifier)
        assert any_box.rows()[0].last_error == "answered 500"
        any_box.clock.now += SECOND // 2 - 1
        any_box.sweep(notifier)
        assert len(receiver.heard) == 1  # not yet
        any_box.clock.now += 1
        any_box.sweep(notifier)
    assert any_box.states() == ["delivered"]
    assert any_box.rows()[0].attempts == 2
    assert len(receiver.keys) == 2 and len(set(receiver.keys)) == 1


def test_a_permanent_failure_stops(box: Outbox) -> None:
    with receiving(410) as receiver:
        box.channel("erp", receiver.url)
        box.alert()
        box.message("erp")
        box.sweep()
        box.clock.now += DAY
        box.sweep()
    assert box.states() == ["failed"]
    assert box.rows()[0].last_error == "answered 410"
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("late", [-1, 0])
def test_it_is_given_up_at_the_stated_age(late: int, box: Outbox) -> None:
    with receiving(500) as receiver:
        box.channel("erp", receiver.url)
        box.alert()
        box.message("erp")
        box.clock.now += DAY + late
        box.sweep(box.notifier(give_up_after=DAY))
    assert box.states() == ["failed" if late == 0 else "waiting"]


def test_nobody_listening_is_tried_again(box: Outbox) -> None:
    box.channel("erp", f"http://127.0.0.1:{free_port()}/hook")
    box.alert()
    box.message("erp")
    box.sweep()
    assert box.states() == ["waiting"]
    assert box.rows()[0].last_error.startswith("no connection: ")


def test_a_channel_that_hangs_delays_only_its_own_messages(box: Outbox) -> None:
    with receiving("hang") as hanging, receiving() as healthy:
        box.channel("a-hanging", hanging.url)
        box.channel("healthy", healthy.url)
        for alert in (1, 2, 3):
            box.alert(alert)
            box.message("a-hanging", alert=alert)
            box.message("healthy", alert=alert)
        notifier = box.notifier()
        notifier.sweep()
        until(lambda: len(healthy.heard) == 3 and len(hanging.heard) == 1)
        hanging.released.set()
        notifier.wait(120)
    assert box.states().count("delivered") == 3


def test_a_channel_that_is_down_is_not_tried_with_every_message(box: Outbox) -> None:
    with receiving(500) as receiver:
        box.channel("erp", receiver.url)
        for alert in (1, 2, 3):
            box.alert(alert)
            box.message("erp", alert=alert)
        notifier = box.notifier()
        box.sweep(notifier)
        box.sweep(notifier)
        assert len(receiver.heard) == 1
        box.clock.now += SECOND
        receiver.answers = [200]
        box.sweep(notifier)
    assert box.states() == ["delivered"] * 3


def test_a_message_that_its_receiver_chokes_on_does_not_hold_back_others(box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        box.channel("erp", receiver.url)
        for alert in (1, 2):
            box.alert(alert)
            box.message("erp", alert=alert)
        notifier = box.notifier()
        box.sweep(notifier)
        with box.database.begin() as connection:  # its own pause is long by now
            first = outbox.Claimed(1, 1, "raised", "erp", 0, 9)
            outbox.postpone(connection, first, box.clock.now + 5 * MINUTE, "answered 500")
        box.clock.now += SECOND
        box.sweep(notifier)
    assert box.states() == ["waiting", "delivered"]


def test_messages_of_one_alert_stay_in_order(box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        box.channel("erp", receiver.url)
        box.alert(until=1)
        box.message("erp", "raised")
        box.sweep()
        box.message("erp", "ended")
        box.sweep()  # another notifier, which does not know that the channel failed
        assert len(receiver.heard) == 1
        box.clock.now += SECOND
        box.sweep()
    assert [heard.headers["coldchain-event"] for heard in receiver.heard] == ["raised", "raised", "ended"]
    assert len(set(receiver.keys)) == 2


def test_an_update_is_skipped_when_a_later_message_says_it(box: Outbox) -> None:
    with receiving() as receiver:
        box.channel("erp", receiver.url)
        box.alert()
        for event in ("raised", "updated", "updated", "ended"):
            box.message("erp", event)
        box.sweep()
    assert box.states() == ["delivered", "skipped", "skipped", "delivered"]
    assert box.rows()[1].last_error == "a later message says it"
    assert len(receiver.heard) == 2


def test_a_channel_that_was_removed_fails_its_messages(box: Outbox) -> None:
    box.alert()
    box.message("gone")
    box.sweep()
    assert box.states() == ["failed"]
    assert box.rows()[0].last_error == "the site has no such channel any more"


def test_a_channel_of_an_unknown_kind_waits_for_a_version_that_knows_it(box: Outbox) -> None:
    box.put("channel", '["x"]', id="x", kind="pigeon")
    box.alert()
    box.message("x")
    box.sweep()
    assert box.states() == ["waiting"]
    assert box.rows()[0].last_error.startswith("unknown kind of channel 'pigeon'; known: ")


def test_a_channel_can_be_tested_without_an_alert(box: Outbox) -> None:
    with receiving() as receiver:
        box.channel("erp", receiver.url, client="acme")
        box.message("erp", "test", alert=None)
        box.sweep()
    assert box.states() == ["delivered"]
    assert b'"sentence":"This is a test of channel erp."' in receiver.heard[0].body


def test_a_test_that_fails_is_not_tried_again(box: Outbox) -> None:
    with receiving(500) as receiver:
        box.channel("erp", receiver.url)
        box.message("erp", "test", alert=None)
        box.sweep()
        box.clock.now += DAY
        box.sweep()
    assert box.states() == ["failed"]
    assert len(receiver.heard) == 1


def test_a_test_goes_first_and_does_not_wait_for_the_pause_of_a_channel_that_is_down(box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        box.channel("erp", receiver.url)
        for alert in (1, 2):
            box.alert(alert)
            box.message("erp", alert=alert)
        notifier = box.notifier()
        box.sweep(notifier)
        box.message("erp", "test", alert=None)
        box.sweep(notifier)
    assert [heard.headers["coldchain-event"] for heard in receiver.heard] == ["raised", "test", "raised"]
    assert box.states() == ["waiting", "delivered", "delivered"]  # the first has a pause of its own


def test_every_attempt_is_recorded_with_its_time_and_error(any_box: Outbox) -> None:
    with receiving(500, 200) as receiver:
        any_box.channel("erp", receiver.url)
        any_box.alert()
        any_box.message("erp")
        start = time.perf_counter()
        any_box.sweep()
        elapsed = (time.perf_counter() - start) * SECOND
        any_box.clock.now += SECOND
        any_box.sweep()
    first, second = any_box.attempts()
    assert (first.outbox, first.error) == (second.outbox, "answered 500")
    assert (second.error, second.at - first.at) == (None, SECOND)
    assert 0 < first.took < elapsed


def test_what_is_not_sent_is_no_attempt(box: Outbox) -> None:
    box.alert()
    box.message("gone")
    box.sweep()
    assert box.attempts() == []


def test_a_mail_server_that_hangs_delays_only_its_own_messages(box: Outbox) -> None:
    with receiving() as healthy, socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        box.put("channel", '["a"]', id="a", kind="email", to=["a@b"], server="127.0.0.1", port=port, security="plain")
        box.channel("healthy", healthy.url)
        for alert in (1, 2, 3):
            box.alert(alert)
            box.message("a", alert=alert)
            box.message("healthy", alert=alert)
        notifier = box.notifier()
        notifier.sweep()
        until(lambda: box.states().count("delivered") == 3)
        assert {row.channel for row in box.rows() if row.state == "waiting"} == {"a"}
        assert len(box.attempts()) == 3  # the one to the mail server goes on
        silent.close()
        notifier.wait(120)
    assert box.rows()[0].last_error is not None


def test_two_notifiers_at_once_deliver_each_message_once(any_box: Outbox) -> None:
    with receiving() as receiver:
        for channel in ("a", "b"):
            any_box.channel(channel, receiver.url)
        for alert in range(1, 21):
            any_box.alert(alert)
            for channel in ("a", "b"):
                any_box.message(channel, alert=alert)
        notifiers = [any_box.notifier() for _ in range(2)]
        start = threading.Barrier(2)

        def tell(notifier: Any) -> None:
            start.wait()
            notifier.sweep()
            notifier.wait(120)

        threads = [threading.Thread(target=tell, args=(notifier,)) for notifier in notifiers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert any_box.states() == ["delivered"] * 40
    assert len(receiver.keys) == 40 == len(set(receiver.keys))


def test_of_two_claims_of_one_message_one_succeeds(any_box: Outbox) -> None:
    any_box.alert()
    any_box.message("erp")
    now = any_box.clock()
    with any_box.database.begin() as connection:
        assert outbox.claim(connection, "erp", now, MINUTE) is not None
    with any_box.database.begin() as connection:
        assert outbox.claim(connection, "erp", now, MINUTE) is None


def test_what_a_dead_notifier_had_taken_comes_due_again(any_box: Outbox) -> None:
    any_box.alert()
    any_box.message("erp")
    now = any_box.clock()
    with any_box.database.begin() as connection:
        outbox.claim(connection, "erp", now, MINUTE)
    with any_box.database.begin() as connection:
        assert outbox.claim(connection, "erp", now + MINUTE - 1, MINUTE) is None
        claimed = outbox.claim(connection, "erp", now + MINUTE, MINUTE)
    assert claimed is not None and claimed.attempts == 2


def test_a_late_failure_does_not_undo_a_delivery(any_box: Outbox) -> None:
    any_box.alert()
    any_box.message("erp")
    with any_box.database.begin() as connection:
        claimed = outbox.claim(connection, "erp", any_box.clock(), MINUTE)
        assert claimed is not None
        outbox.finish(connection, claimed, "delivered", 1)
        outbox.finish(connection, claimed, "failed", 2, "too late")
        outbox.postpone(connection, claimed, 3, "too late")
    assert any_box.states() == ["delivered"]
    assert any_box.rows()[0].last_error is None


def test_a_closing_notifier_takes_no_more(box: Outbox) -> None:
    with receiving() as receiver:
        box.channel("erp", receiver.url)
        box.alert()
        box.message("erp")
        notifier = box.notifier()
        notifier.close()
        box.sweep(notifier)
    assert receiver.heard == []


@pytest.mark.parametrize(
    ("attempts", "chance", "pause"),
    [
        (1, 0.0, SECOND // 2),
        (1, 0.5, 3 * SECOND // 4),
        (2, 0.0, SECOND),
        (10, 0.0, 256 * SECOND),
        (11, 0.0, LONGEST_PAUSE // 2),
        (1000, 0.0, LONGEST_PAUSE // 2),
    ],
)
def test_pauses_double_up_to_a_longest_one(attempts: int, chance: float, pause: int) -> None:
    assert pause_after(attempts, chance) == pause


def test_a_pause_is_never_longer_than_the_longest() -> None:
    assert pause_after(1000, 0.999999) < LONGEST_PAUSE
