"""What was on record of alerts, and when: a revision for what says something else, none for what merely goes on."""

import pytest
from sqlalchemy import select

from ledger.inputs import Batch
from ledger.requests import Acknowledge, Shelve
from store.known_at import alerts_known_from, in_force
from store.tables import alert_revisions, alerts
from tests.ledger.stage import Stage, minute, series_of


@pytest.fixture
def stage(database):
    return Stage(database)


def revisions(stage, number=1):
    return stage.rows(alert_revisions, alert_revisions.c.id == number)


def known(stage, at):
    """The alerts as the revisions say that they were known so many minutes after the start."""
    return stage.rows(alert_revisions, *in_force(alert_revisions, minute(at)))


def test_an_alert_is_on_record_from_the_step_that_raised_it(stage):
    stage.hear(*series_of([5, *[9] * 12]))
    [row] = revisions(stage)
    assert (row.known_at, row.superseded_at, row.raised_at) == (minute(12), None, minute(12))
    assert known(stage, 11.9) == []
    assert [each.id for each in known(stage, 12)] == [1]


def test_what_goes_on_writes_no_revision_for_each_step_but_its_numbers_in_the_one_in_force(stage):
    stage.hear(*series_of([5, *[9] * 12]))
    before = len(stage.rows(alert_revisions))
    for at in range(13, 29):
        stage.hear(*series_of([9], since=at))
        stage.tick(at + 0.5)
    assert len(stage.rows(alert_revisions)) == before
    [row] = revisions(stage)
    assert row.grown_at > minute(20)
    [alert] = stage.rows(alerts)
    assert {column.name: getattr(row, column.name) for column in alerts.c} == dict(alert._mapping)


def test_a_step_in_which_nothing_happens_to_an_alert_writes_none(stage):
    stage.hear(*series_of([5, *[9] * 12, *[5] * 10]))
    before = revisions(stage)
    assert before[-1].until is not None
    for at in range(23, 40):
        stage.hear(*series_of([5], since=at))
    assert revisions(stage) == before


def test_what_ends_and_what_people_do_is_a_revision_each(stage):
    stage.hear(*series_of([5, *[9] * 12]))
    stage.ask(Shelve(alert=1, lasting=30 * 60_000_000, reason="door"), minute(13))
    stage.ask(Acknowledge(alert=1, comment="seen"), minute(14))
    stage.hear(*series_of([5] * 5, since=15))
    rows = revisions(stage)
    assert [row.known_at for row in rows] == [minute(at) for at in (12, 13, 14, 19)]
    assert [row.superseded_at for row in rows] == [*(row.known_at for row in rows[1:]), None]
    assert [(row.suppressed is not None, row.acknowledged_by, row.until) for row in rows[:3]] == [
        (False, None, None),
        (True, None, None),
        (True, "quinn", None),
    ]
    assert rows[-1].until == minute(15)


def test_what_one_step_changes_twice_is_one_revision(stage):
    stage.hear(*series_of([5, *[9] * 12]))
    stage.submit(Acknowledge(alert=1, comment=None), minute(12))
    stage.submit(Shelve(alert=1, lasting=30 * 60_000_000, reason="door"), minute(12))
    stage.writer.step(Batch(), minute(12.5))
    assert [row.known_at for row in revisions(stage)] == [minute(12), minute(12.5)]
    [row] = known(stage, 12.5)
    assert (row.acknowledged_by, row.suppressed["state"]) == ("quinn", "SHLVD")


def test_a_restart_writes_none(stage):
    stage.hear(*series_of([5, *[9] * 12, *[5] * 10]))
    before = revisions(stage)
    stage.restart()
    stage.writer.start(minute(40))
    stage.tick(41)
    assert revisions(stage) == before


def test_the_revision_in_force_says_what_the_alert_says(stage):
    stage.hear(*series_of([5, *[9] * 12]), *series_of([9] * 30, device="dev2", probe="ext"))
    stage.hear(*series_of([11] * 5, since=4), at=50)
    in_force_now = [
        {name: value for name, value in row._mapping.items() if name in alerts.c}
        for row in stage.rows(alert_revisions, alert_revisions.c.superseded_at.is_(None))
    ]
    assert sorted(in_force_now, key=lambda row: row["id"]) == [dict(row._mapping) for row in stage.rows(alerts)]


def test_all_alerts_of_a_database_of_this_version_are_on_record_from_the_first_on(stage):
    with stage.database.read() as connection:
        assert alerts_known_from(connection) is None
    stage.hear(*series_of([5, *[9] * 12]))
    stage.ask(Acknowledge(alert=1, comment=None), minute(14))
    with stage.database.read() as connection:
        assert connection.scalar(select(alert_revisions.c.row).order_by(alert_revisions.c.row)) == 1
        assert alerts_known_from(connection) is None
