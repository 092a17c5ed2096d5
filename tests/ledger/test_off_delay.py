"""An off-delay: people are told that a problem is over when it has been for so long; the record knows nothing of it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.models.alert import alert_of
from ledger.requests import Acknowledge, Correct, Item
from store.tables import alerts, excursions, exposures, firings, holds, outbox
from tests.ledger.stage import SITE, Stage, minute, reading, series_of
from tests.ledger.test_order import READINGS, hear
from tests.ledger.test_order import outcome as outcome_of
from tests.ledger.test_suppressing import DEFROST, deliver, go_on, quiet, told
from tests.thrift import examples

WARM = series_of([5, *[9] * 12])  # fires at minute 11


NEXT = SITE.replace("version: 1", "version: 2").replace("2020-01-01", "2021-01-01")


def with_off_delay(off_delay):
    rules = NEXT.replace("for: 10min,", f"for: 10min, off_delay: {off_delay},")
    return rules.replace("total: 30min,", f"total: 30min, off_delay: {off_delay},")


@pytest.fixture
def delayed(fresh):
    """A small site whose limit has an off-delay of 20 minutes."""
    return staged(fresh, "20min")


def staged(fresh, off_delay):
    stage = Stage(fresh(), site="")
    stage.apply(NEXT if off_delay is None else with_off_delay(off_delay))
    return stage


def intervals(stage):
    found = stage.rows(exposures, exposures.c.superseded_at.is_(None), exposures.c.rule == "too-warm")
    return [(row.unit, row.since, row.until) for row in found]


def test_the_end_is_told_when_it_has_been_over_for_so_long(delayed):
    delayed.hear(*WARM, reading(13, 5))
    assert intervals(delayed) == [("P1", minute(1), minute(13)), ("P2", minute(1), minute(13))]
    [alert] = delayed.alerts()
    assert (alert.until, alert.ended_at, alert.clearing) == (None, None, {"since": minute(13), "until": minute(33)})
    assert [event for event, _, _ in told(delayed)] == ["raised"]
    assert delayed.writer.due_at == minute(33)
    delayed.tick(33)
    [alert] = delayed.alerts()
    assert (alert.until, alert.ended_at, alert.clearing) == (minute(13), minute(33), None)
    assert [event for event, _, _ in told(delayed)] == ["raised", "ended"]


def test_news_of_the_end_is_not_late(delayed):
    delayed.hear(*WARM, reading(13, 5))
    deliver(delayed)
    delayed.tick(33)
    assert delayed.rows(outbox)[-1].next_at == minute(33)


@pytest.mark.parametrize("restart", [False, True])
def test_what_comes_back_meanwhile_is_the_same_problem_and_nobody_hears_of_an_end(delayed, restart):
    delayed.hear(*WARM, reading(13, 5), *series_of([5] * 15, since=14))
    if restart:
        delayed.restart()
    go_on(delayed, 29, 45)
    [alert] = delayed.alerts()
    assert (alert.until, alert.clearing) == (None, None)
    delayed.hear(reading(45, 5))
    delayed.tick(64.9)
    assert "ended" not in [event for event, _, _ in told(delayed)]
    delayed.tick(65)
    assert [event for event, _, _ in told(delayed)][-1] == "ended"
    assert delayed.alerts()[0].until == minute(45)


def test_being_outside_again_begins_it_anew_even_if_that_does_not_fire(delayed):
    delayed.hear(*WARM, reading(13, 5), reading(30, 9), reading(32, 5))
    delayed.tick(40)
    assert delayed.alerts()[0].clearing == {"since": minute(13), "until": minute(52)}
    delayed.tick(52)
    assert delayed.alerts()[0].until == minute(13)


def test_while_it_is_outside_again_nothing_passes(delayed):
    delayed.hear(*WARM, reading(13, 5), reading(30, 9))
    delayed.tick(35)
    [alert] = delayed.alerts()
    assert (alert.until, alert.clearing) == (None, None)


def test_it_is_unacknowledged_until_the_end_and_returned_then(delayed):
    delayed.hear(*WARM, reading(13, 5))
    assert alert_of(delayed.alerts()[0]._asdict()).state == "UNACK"
    delayed.tick(33)
    assert alert_of(delayed.alerts()[0]._asdict()).state == "RTNUN"
    delayed.ask(Acknowledge(alert=1), minute(34))
    assert alert_of(delayed.alerts()[0]._asdict()).state == "NORM"


@pytest.mark.parametrize(("off_delay", "count"), [("2h", 2), ("3h", 1)])
def test_a_longer_one_than_the_pause_of_an_hour_joins_what_lies_farther_apart(fresh, off_delay, count):
    stage = staged(fresh, off_delay)
    for since in (0, 180):
        stage.hear(*series_of([5, *[9] * 12, *[5] * 10], since=since))
    assert len(stage.alerts()) == count
    assert len(intervals(stage)) == 4


def test_a_shorter_one_leaves_the_pause_of_an_hour(delayed):
    delayed.hear(*WARM, *series_of([5] * 50, since=13))
    deliver(delayed)
    assert delayed.alerts()[0].until == minute(13)
    go_on(delayed, 63, 75)
    assert len(delayed.alerts()) == 1
    assert [event for event, _, _ in told(delayed)][-1] == "updated"


def test_what_was_over_long_ago_when_it_became_known_ends_at_once(delayed):
    delayed.hear(*WARM, reading(13, 5), at=120)
    assert [event for event, _, _ in told(delayed)] == ["raised"]
    assert delayed.alerts()[0].until == minute(13)


def test_what_was_over_in_a_quiet_time_is_told_to_nobody_though_its_off_delay_passes_later(delayed):
    quiet(delayed, DEFROST | {"for": "15min"})  # up to minute 20
    delayed.hear(*WARM, reading(13, 5))
    for at in (20, 25, 33):
        delayed.tick(at)
    assert [each[:2] for each in told(delayed)] == [("raised", "skipped"), ("ended", "skipped")]
    assert delayed.alerts()[0].told_at is None


def test_a_version_with_another_one_counts_from_its_date(delayed):
    version = {"id": "cold", "version": 3, "effective_from": "2026-01-02T00:00:00Z"}
    rule = {"id": "too-warm", "kind": "limit", "above": "8.0", "for": "10min", "action": "hold"}
    delayed.ask(Correct(put=[Item("profile", version | {"rules": [rule]})]), minute(0))
    delayed.hear(*series_of([5, *[9] * 12, 5], since=1500))
    assert delayed.alerts()[0].until == minute(1513)


# --- what is judged does not depend on it ---

OFF_DELAYS = st.sampled_from(["1min", "20min", "90min", "5h", "30d"])


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(READINGS, OFF_DELAYS, st.integers(1, 4))
def test_with_and_without_it_the_record_is_the_same_to_the_byte(fresh, said, off_delay, parts):
    plain, stage = staged(fresh, None), staged(fresh, off_delay)
    size = -(-len(said) // parts)
    for start in range(0, len(said), size):
        hear(plain, [said[start : start + size]])
        hear(stage, [said[start : start + size]])
    assert json.dumps(record_of(stage)) == json.dumps(record_of(plain))


def record_of(stage):
    """All revisions of everything that is judged; ids of alerts and messages are none of it."""
    tables = (exposures, excursions, firings, holds)
    return [[[str(value) for value in row] for row in stage.rows(table)] for table in tables]


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(READINGS, OFF_DELAYS, st.booleans(), st.data())
def test_in_any_order_the_same_problems_go_on(fresh, said, off_delay, restart, data):
    shuffled = data.draw(st.permutations(said))
    half = data.draw(st.integers(1, max(1, len(said) - 1)))
    plain, stage = staged(fresh, off_delay), staged(fresh, off_delay)
    hear(plain, [said])
    hear(stage, [part for part in (shuffled[:half], shuffled[half:]) if part])
    if restart:
        stage.restart()
    for at in (461, 520, 900, 1500):
        assert outcome_of(stage) == outcome_of(plain)
        for each in (plain, stage):
            each.tick(at)
            assert clearing_of(each) == clearing_of(plain)


def clearing_of(stage):
    return sorted((row.since, row.until or 0, str(row.clearing)) for row in stage.rows(alerts, alerts.c.founded))
