"""Units that no entry of the site places: put, moved and dropped one by one inside a step."""

from dataclasses import replace

import pytest

from domain.times import NEVER
from ledger.event_log import EventLog
from ledger.step import Step
from rules.subjects.whereabouts import Stay, UnitKey
from store.tables import exposures, judgings
from tests.ledger.stage import SITE, Stage, minute, series_of
from tests.thrift import migrated

MADE = UnitKey("VAX", "B7", "CASE-1")
BY_QUINN = {"kind": "correction", "who": "quinn", "entries": [], "count": 1, "event": 1}


@pytest.fixture
def stage(tmp_path):
    """Twenty minutes at 9 °C in room 1."""
    database = migrated(tmp_path / "coldchain.db")
    stage = Stage(database)
    stage.hear(*series_of([9.0] * 20))
    yield stage
    database.close()


def place(stage: Stage, units: dict[UnitKey, tuple[Stay, ...] | None], now: int, **options: int) -> None:
    """Do as a step does in which stock was moved."""
    state = stage.writer._state
    with stage.database.begin() as connection:
        state.connect(connection)
        step = replace(Step(connection, state.histories, EventLog(now), max(now, state.judged_at)), **options)
        state.place(step, units, BY_QUINN)
        state.settle(step)
        step.event_log.write(connection)


def exposed(stage: Stage) -> set[str]:
    in_force = exposures.c.superseded_at.is_(None)
    return {row.unit for row in stage.rows(exposures, exposures.c.lot == "B7", in_force)}


def test_a_unit_that_is_placed_is_judged_in_the_same_step(stage):
    place(stage, {MADE: (Stay("ROOM-1", minute(0), NEVER),)}, minute(20))
    assert ("B7", "CASE-1", "too-warm", 10.0) in stage.holds()
    [row] = stage.rows(exposures, exposures.c.lot == "B7", exposures.c.rule == "too-warm")
    assert row.cause == BY_QUINN


def test_a_unit_that_was_elsewhere_all_the_time_has_nothing_any_more(stage):
    place(stage, {MADE: (Stay("ROOM-1", minute(0), NEVER),)}, minute(20))
    place(stage, {MADE: (Stay("ROOM-2", minute(0), NEVER),)}, minute(21))
    assert exposed(stage) == set()
    assert "B7" not in {lot for lot, *_ in stage.holds()}


def test_a_unit_that_is_gone_has_nothing_any_more(stage):
    place(stage, {MADE: (Stay("ROOM-1", minute(0), NEVER),)}, minute(20))
    place(stage, {MADE: None}, minute(21))
    assert exposed(stage) == set()


def test_many_units_are_judged_in_the_background(stage):
    units = {MADE._replace(unit=f"CASE-{n:02}"): (Stay("ROOM-1", minute(0), NEVER),) for n in range(12)}
    place(stage, units, minute(20), at_once=10)
    [row] = stage.rows(judgings)
    assert row.total == 12
    assert row.cause == BY_QUINN
    for number in range(21, 40):
        stage.tick(number)
    assert exposed(stage) == {unit.unit for unit in units}


def test_entries_corrected_meanwhile_leave_placed_units_where_they_are(stage):
    place(stage, {MADE: (Stay("ROOM-1", minute(0), NEVER),)}, minute(20))
    stage.apply(SITE.replace("{id: acme, name: Acme Pharma}", "{id: acme, name: Acme}"), minute(21))
    assert exposed(stage) == {"CASE-1"}
