"""What is late waits for what makes it unnecessary; what happens now is told now."""

import pytest
from sqlalchemy import update

from domain.times import MINUTE, SECOND
from ledger.alerts.outbox import LATE, LONGEST_HOLD_OFF
from ledger.requests import Correct, EntryName, Item
from ledger.step import HOLD_OFF
from ledger.writer import Options
from store.tables import outbox
from tests.ledger.stage import Stage, minute, series_of

WARM = series_of([5, *[9] * 11, 5])  # fires at minute 11, over at 12
MOUNT = EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')
NO_MOUNT = Correct(remove=[MOUNT])
MOUNT_AGAIN = Correct(
    put=[Item("mount", {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"})], reason="was right"
)


def messages(stage: Stage):
    return stage.rows(outbox, outbox.c.channel == "all")


def told(stage: Stage) -> list[tuple[str, str]]:
    return [(row.event, row.state) for row in messages(stage)]


def waits(stage: Stage, i: int = -1) -> int:
    row = messages(stage)[i]
    return row.next_at - row.created_at


def deliver(stage: Stage) -> None:
    with stage.database.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.state == "waiting").values(state="delivered", attempts=1))


@pytest.mark.parametrize(("after", "waiting"), [(LATE, 0), (LATE + SECOND, HOLD_OFF)])
def test_a_message_waits_if_what_it_tells_of_was_over_long_ago(after, waiting, stage):
    stage.hear(*WARM, at=12 + after / MINUTE)
    assert told(stage) == [("raised", "waiting")]
    assert waits(stage) == waiting


def test_what_goes_on_is_told_at_once_when_it_fires(stage):
    stage.hear(*WARM[:12])
    assert (told(stage), waits(stage)) == ([("raised", "waiting")], 0)


def test_what_is_unfounded_before_it_was_told_is_told_to_nobody(stage):
    stage.hear(*WARM, at=60)
    stage.ask(NO_MOUNT, minute(60) + SECOND)
    assert told(stage) == [("raised", "skipped")]
    assert messages(stage)[0].last_error == "unfounded before it was told"
    assert stage.alerts(founded=False)[0].sentence.startswith("No longer supported: ")


def test_who_was_told_hears_that_it_is_unfounded(stage):
    stage.hear(*WARM, at=60)
    deliver(stage)
    stage.ask(NO_MOUNT, minute(60) + SECOND)
    assert told(stage) == [("raised", "delivered"), ("unfounded", "waiting")]
    assert waits(stage) == HOLD_OFF


def test_who_may_have_been_told_hears_that_it_is_unfounded(stage):
    stage.hear(*WARM, at=60)
    with stage.database.begin() as connection:  # an attempt is under way, or was and failed
        connection.execute(update(outbox).values(attempts=1))
    stage.ask(NO_MOUNT, minute(60) + SECOND)
    assert [event for event, _ in told(stage)] == ["raised", "unfounded"]


def test_what_is_founded_again_before_anybody_heard_otherwise_is_an_update(stage):
    stage.hear(*WARM, at=60)
    deliver(stage)
    stage.ask(NO_MOUNT, minute(60) + SECOND)
    stage.ask(MOUNT_AGAIN, minute(60) + 2 * SECOND)
    assert told(stage) == [("raised", "delivered"), ("unfounded", "skipped"), ("updated", "waiting")]


def test_what_was_told_to_nobody_is_raised_when_it_comes_back(stage):
    stage.hear(*WARM, at=60)
    stage.ask(NO_MOUNT, minute(60) + SECOND)
    stage.ask(MOUNT_AGAIN, minute(60) + 2 * SECOND)
    assert told(stage) == [("raised", "skipped"), ("raised", "waiting")]


def test_more_that_is_late_begins_the_wait_anew_up_to_the_longest(stage):
    stage.hear(*WARM, at=60)
    for i in range(20):
        unit = {"product": "VAX", "lot": "A2", "unit": f"P{i}", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
        stage.ask(Correct(put=[Item("placement", unit)]), minute(60) + i * HOLD_OFF // 2)
    assert told(stage) == [("raised", "waiting")]
    first = messages(stage)[0]
    assert first.next_at == first.created_at + LONGEST_HOLD_OFF


def test_what_happens_now_ends_the_wait(stage):
    stage.hear(*series_of([9] * 12), at=20)  # goes on, and fired ten minutes ago
    assert waits(stage) == HOLD_OFF
    stage.hear(*series_of([5], since=20.1))
    first, second = messages(stage)
    assert (first.event, second.event) == ("raised", "ended")
    assert first.next_at == second.next_at == second.created_at == minute(20.1)


def test_the_wait_can_be_set(database):
    stage = Stage(database, options=Options(hold_off=SECOND))
    stage.hear(*WARM, at=60)
    assert waits(stage) == SECOND
