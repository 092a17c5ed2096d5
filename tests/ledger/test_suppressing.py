"""Shelved, out of service, suppressed by design: nobody is told, and everything else is as it would be without."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.times import HOUR, MINUTE
from ledger.requests import Acknowledge, Correct, EntryName, Item, Shelve, Unshelve
from ledger.writer import Options
from store.tables import alerts, audit, outbox, shelves
from tests.ledger.stage import SITE, Stage, minute, reading, series_of
from tests.ledger.test_order import READINGS, hear
from tests.ledger.test_order import outcome as outcome_of
from tests.thrift import examples

WARM = series_of([5, *[9] * 12])  # goes on, fires at minute 11
MAINTENANCE = {
    "location": "ROOM-1",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-01-01T01:00:00Z",
    "reason": "door seal",
}
DEFROST = {"location": "ROOM-1", "daily": "00:05", "for": "45min", "reason": "defrost"}


def quiet(stage, fields, at=0):
    stage.ask(Correct(put=[Item("quiet", fields)]), minute(at))


def shelve(stage, at, number=1, lasting=HOUR, reason="door repair"):
    return stage.ask(Shelve(alert=number, lasting=lasting, reason=reason), minute(at))


def told(stage, channel="all"):
    return [(row.event, row.state, row.last_error) for row in stage.rows(outbox, outbox.c.channel == channel)]


def deliver(stage):
    with stage.database.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.state == "waiting").values(state="delivered", attempts=1))


def go_on(stage, since, until, value=9):
    stage.hear(*(reading(at, value) for at in range(since, until)))


@pytest.mark.parametrize(
    ("fields", "state", "why"),
    [(MAINTENANCE, "OOSRV", "out of service: door seal"), (DEFROST, "DSUPR", "suppressed by design: defrost")],
)
def test_in_a_quiet_time_a_problem_is_on_record_with_its_holds_and_nobody_is_told(stage, fields, state, why):
    quiet(stage, fields)
    stage.hear(*WARM)
    assert told(stage) == [("raised", "skipped", why)]
    [alert] = stage.alerts()
    assert alert.suppressed["state"] == state
    assert [hold[:3] for hold in stage.holds()] == [("A1", "P1", "too-warm"), ("A1", "P2", "too-warm")]


@pytest.mark.parametrize(("fields", "until"), [(MAINTENANCE, 60), (DEFROST, 50)])
@pytest.mark.parametrize("restart", [False, True])
def test_what_still_goes_on_when_the_quiet_time_ends_is_told_then(stage, fields, until, restart):
    quiet(stage, fields)
    stage.hear(*WARM)
    go_on(stage, 13, until)
    if restart:
        stage.restart()
        stage.writer.start(minute(until - 1))
    assert all(state == "skipped" for _, state, _ in told(stage))
    assert stage.writer.due_at <= minute(until)
    stage.tick(until)
    assert told(stage)[-1] == ("raised", "waiting", None)
    assert stage.alerts()[0].suppressed is None
    assert stage.rows(audit, audit.c.what == "resumed")[0].at == minute(until)


def test_what_ended_in_a_quiet_time_is_told_to_nobody_and_stays_so(stage):
    quiet(stage, DEFROST)
    stage.hear(*WARM)
    stage.hear(reading(13, 5))
    stage.tick(120)
    assert [each[:2] for each in told(stage)] == [("raised", "skipped"), ("ended", "skipped")]
    assert stage.alerts()[0].suppressed["state"] == "DSUPR"


def test_late_news_of_what_ended_in_a_quiet_time_is_told_to_nobody(stage):
    quiet(stage, DEFROST)
    stage.hear(*WARM, reading(13, 5), at=600)
    assert [each[:2] for each in told(stage)] == [("raised", "skipped")]


def test_a_quiet_time_at_another_place_keeps_nothing_back(stage):
    quiet(stage, MAINTENANCE | {"location": "ROOM-2"})
    stage.hear(*WARM)
    assert told(stage) == [("raised", "waiting", None)]


def test_a_quiet_time_that_is_taken_back_ends_at_once(stage):
    quiet(stage, MAINTENANCE)
    stage.hear(*WARM)
    stage.ask(Correct(remove=[EntryName("quiet", '["ROOM-1","2026-01-01T00:00:00Z",null]')]), minute(14))
    assert told(stage)[-1] == ("raised", "waiting", None)


def test_who_has_heard_of_it_hears_in_a_quiet_time_that_it_is_over(stage):
    stage.hear(*WARM)
    deliver(stage)
    quiet(stage, MAINTENANCE, at=13)
    stage.hear(reading(14, 5))
    assert [each[:2] for each in told(stage)] == [("raised", "delivered"), ("ended", "waiting")]


def test_a_shelf_keeps_back_what_nobody_has_begun_to_send_and_ends_by_itself(stage):
    stage.hear(*WARM)
    assert shelve(stage, 13, lasting=20 * MINUTE) == {"alert": 1, "until": minute(33)}
    assert told(stage) == [("raised", "skipped", "shelved: door repair")]
    assert stage.alerts()[0].suppressed == {"state": "SHLVD", "until": minute(33), "reason": "door repair"}
    go_on(stage, 13, 33)
    stage.tick(33)
    assert told(stage)[-1] == ("raised", "waiting", None)


def test_a_shelf_is_ended_before_its_time(stage):
    stage.hear(*WARM)
    deliver(stage)
    shelve(stage, 13)
    stage.ask(Unshelve(alert=1, reason="repaired"), minute(14))
    assert told(stage) == [("raised", "delivered", None)]  # nothing that has not been told
    assert stage.alerts()[0].suppressed is None
    [shelf] = stage.rows(shelves)
    assert (shelf.who, shelf.reason, shelf.until, shelf.ended_at) == (
        "quinn", "door repair", minute(73), minute(14)
    )  # fmt: skip
    deeds = [(row.who, row.what, row.reason) for row in stage.rows(audit, audit.c.kind == "alert")]
    assert deeds[1:] == [
        ("quinn", "shelved", "door repair"),
        ("engine", "suppressed", None),
        ("quinn", "unshelved", "repaired"),
        ("engine", "resumed", None),
    ]


def test_what_changed_on_a_shelf_is_told_when_it_ends(stage):
    stage.hear(*WARM)
    deliver(stage)
    shelve(stage, 13, lasting=30 * MINUTE)
    placement = {"product": "VAX", "lot": "A2", "unit": "P9", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
    stage.ask(Correct(put=[Item("placement", placement)]), minute(14))
    assert told(stage)[1:] == [("updated", "skipped", "shelved: door repair")]
    assert ("A2", "P9", "too-warm", 11.0) in stage.holds()
    go_on(stage, 15, 43)
    stage.tick(43)
    assert told(stage)[-1] == ("updated", "waiting", None)


def test_a_shelf_counts_for_the_next_problem_of_the_same_sort_too_and_after_a_restart(stage):
    stage.hear(*WARM)
    deliver(stage)
    shelve(stage, 13, lasting=8 * HOUR)
    stage.hear(reading(14, 5))
    stage.restart()
    go_on(stage, 100, 115)
    assert len(stage.alerts()) == 2
    assert [each[:2] for each in told(stage)] == [
        ("raised", "delivered"), ("ended", "waiting"), ("raised", "skipped")
    ]  # fmt: skip


WORSE = SITE.replace("for: 10min, severity: critical", "for: 10min, severity: warning") + (
    "      - {id: hot, kind: limit, above: 20.0, for: 0s, severity: critical, action: hold}\n"
)


def test_what_gets_worse_than_what_was_shelved_is_told(database):
    stage = Stage(database, WORSE)
    stage.hear(*WARM)
    shelve(stage, 13)
    assert told(stage)[-1][1] == "skipped"
    stage.hear(reading(14, 25))
    assert told(stage)[-1] == ("raised", "waiting", None)
    assert told(stage, "worst")[-1] == ("raised", "waiting", None)


def test_acknowledging_what_nobody_was_told_of_is_told_to_nobody(stage):
    quiet(stage, MAINTENANCE)
    stage.hear(*WARM)
    stage.ask(Acknowledge(alert=1), minute(13))
    assert [each[:2] for each in told(stage)] == [("raised", "skipped"), ("acknowledged", "skipped")]


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (Shelve(alert=9, lasting=HOUR, reason="r"), NotFoundError, "no alert 9"),
        (Unshelve(alert=9), NotFoundError, "no alert 9"),
        (Unshelve(alert=1), ConflictError, "alert 1 is not shelved"),
        (Shelve(alert=1, lasting=0, reason="r"), InvalidError, "a problem is shelved for 8h at most, not for 0s"),
        (
            Shelve(alert=1, lasting=9 * HOUR, reason="r"),
            InvalidError,
            "a problem is shelved for 8h at most, not for 9h",
        ),
        (
            Shelve(alert=1, lasting=HOUR, reason=" "),
            InvalidError,
            "a problem is shelved for a reason, and none is given",
        ),
    ],
)
def test_what_cannot_be_shelved_is_refused(stage, request_, error, said):
    stage.hear(*WARM)
    with pytest.raises(error, match=said):
        stage.ask(request_, minute(13))
    assert stage.rows(shelves) == []


def test_a_shelf_upon_a_shelf_is_refused(stage):
    stage.hear(*WARM)
    shelve(stage, 13)
    with pytest.raises(ConflictError, match="alert 1 is shelved until 2026-01-01T01:13:00Z by quinn already"):
        shelve(stage, 14)


def test_how_long_a_problem_may_be_shelved_can_be_set(database):
    stage = Stage(database, options=Options(shelve_at_most=10 * MINUTE))
    stage.hear(*WARM)
    with pytest.raises(InvalidError, match="for 10min at most"):
        shelve(stage, 13)


def test_what_is_unfounded_cannot_be_shelved(stage):
    stage.hear(*WARM)
    stage.ask(Correct(remove=[EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')]), minute(13))
    with pytest.raises(ConflictError, match="alert 1 is unfounded"):
        shelve(stage, 14)


# --- what is judged does not depend on it ---

QUIET = st.lists(
    st.builds(
        lambda place, since, length: {
            "location": place,
            "from": f"2026-01-01T{since // 60:02}:{since % 60:02}:00Z",
            "to": f"2026-01-01T{(since + length) // 60:02}:{(since + length) % 60:02}:00Z",
            "reason": "r",
        },
        st.sampled_from(["ROOM-1", "ROOM-2"]),
        st.integers(0, 400),
        st.integers(1, 400),
    )
    | st.builds(
        lambda place, since: {"location": place, "daily": f"{since:02}:10", "for": "3h", "reason": "r"},
        st.sampled_from(["ROOM-1", "ROOM-2"]),
        st.integers(0, 8),
    ),
    max_size=3,
    unique_by=lambda fields: (fields["location"], fields.get("from"), fields.get("daily")),
)


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(READINGS, QUIET, st.integers(1, 4), st.data())
def test_with_and_without_suppressions_the_record_is_the_same_to_the_byte(fresh, said, quiet_times, parts, data):
    plain, stage = Stage(fresh(), site=""), Stage(fresh(), site="")
    for fields in quiet_times:
        quiet(stage, fields)
    size = -(-len(said) // parts)
    for start in range(0, len(said), size):
        hear(plain, [said[start : start + size]])
        hear(stage, [said[start : start + size]])
        for row in stage.rows(alerts, alerts.c.founded):
            if data.draw(st.booleans()):
                try_to_shelve(stage, row.id)
    assert json.dumps(outcome_of(stage)) == json.dumps(outcome_of(plain))
    assert verdicts(stage) == verdicts(plain)


def try_to_shelve(stage, number):
    try:
        stage.ask(Shelve(alert=number, lasting=HOUR, reason="r"), minute(403))
    except ConflictError:
        stage.ask(Unshelve(alert=number), minute(403))


def verdicts(stage):
    """What is written of holds and alerts, and what only depends on it."""
    with stage.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM holds ORDER BY id").all()
        told_of = connection.exec_driver_sql("SELECT id, sentence, lots, worst, revision FROM alerts ORDER BY id").all()
    return json.dumps([[list(row) for row in rows], [list(row) for row in told_of]])
