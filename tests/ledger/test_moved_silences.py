"""While a backlog of sensors that are silent still is taken, their alerts follow every few seconds; news at once."""

from contextlib import closing

import pytest

from domain.times import SECOND
from ledger.inputs import Batch
from store.tables import alert_revisions
from tests.ledger.stage import SITE, Stage, message, minute, reading
from tests.thrift import migrated

SILENT = SITE + "      - {id: silent, kind: silence, after: 30min}\n"
NOW = minute(600)


def _backlog(stage, since, count, value=5.0):
    """Let readings from a minute on arrive, one in each step, a tenth of a second apart."""
    for i in range(count):
        at = NOW + (since + i) * SECOND // 10
        stage.writer.step(Batch([message(reading(since + i, value), at=at)], catching_up=True), at)


def _silent_since(stage):
    [row] = [row for row in stage.alerts() if (row.place, row.direction) == ("ROOM-1", "silent")]
    return row.since


def _revisions(stage):
    return len([row for row in stage.rows(alert_revisions) if (row.place, row.direction) == ("ROOM-1", "silent")])


@pytest.fixture
def silent(tmp_path):
    """A stage on which a sensor has been silent for ten hours."""
    with closing(migrated(tmp_path / "silent.db")) as database:
        stage = Stage(database, SILENT)
        stage.hear(reading(0, 5))
        stage.writer.step(Batch(), NOW)
        assert _silent_since(stage) == minute(0)
        yield stage


def test_the_alert_of_a_silence_follows_the_backlog_every_five_seconds(silent):
    before = _revisions(silent)
    _backlog(silent, 1, 40)
    assert (_silent_since(silent), _revisions(silent)) == (minute(1), before + 1)
    _backlog(silent, 41, 40)
    assert (_silent_since(silent), _revisions(silent)) == (minute(51), before + 2)


def test_it_says_what_is_so_when_the_backlog_is_over(silent):
    _backlog(silent, 1, 40)
    due = silent.writer.due_at
    assert due == NOW + SECOND // 10 + 5 * SECOND
    silent.writer.step(Batch(), due)
    assert _silent_since(silent) == minute(40)


def test_its_end_and_other_problems_are_told_at_once(silent):
    _backlog(silent, 1, 20)
    _backlog(silent, 21, 11, value=12.0)
    assert [row.direction for row in silent.alerts() if row.place == "ROOM-1"] == ["silent", "high"]
    last = NOW + 4 * SECOND
    silent.writer.step(Batch([message(reading(600, 5), at=last)]), last)
    assert [row.until for row in silent.alerts() if row.direction == "silent" and row.place == "ROOM-1"] == [NOW]


def test_who_takes_over_meanwhile_says_what_is_so(silent):
    _backlog(silent, 1, 40)
    silent.restart()
    silent.writer.start(NOW + 5 * SECOND)
    assert _silent_since(silent) == minute(40)
