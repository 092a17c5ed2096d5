"""A step that dies at any statement leaves nothing of a movement, in memory or on the disk; tried again, it is done."""

import json
from typing import Any

from domain.times import MINUTE
from ledger.inputs import Batch
from ledger.requests import Override, Record
from store.stock.tables import flows, movements, unit_sources, unit_states, units
from store.tables import audit, events, inbox
from tests.batches.stock_room import day, item, unit
from tests.ledger.stage import Stage
from tests.ledger.stock.recorded import NOW, check_rows, on_record, record, said_by_rows, stage_on
from tests.ledger.test_crashes import Crash, Plug

TABLES = (movements, units, unit_states, unit_sources, flows, audit, events)
LATE = (
    '{"id": "late", "do": "make", "at": "2026-01-02T12:00:00Z", "inputs": [{"product": "VAX", "lot": "A", "unit": "1", '
    '"quantity": 1}], "outputs": [{"product": "VAX", "lot": "B", "unit": "made", "quantity": 1, "location": "ROOM"}]}'
)


def test_a_crash_at_any_statement_leaves_nothing(fresh: Any, bare: Any) -> None:
    """A late movement: rows are superseded, written, ended, placed in the engine and judged."""
    stage = stage_on(fresh(bare))
    record(stage, {"do": "receive", "at": day(1), **unit("A/1"), "quantity": 9, "location": "ROOM", "id": "m1"})
    record(stage, {"do": "split", "at": day(3), **unit("A/1"), "into": [{"unit": "2", "quantity": 4}], "id": "m2"})
    record(stage, {"do": "move", "at": day(4), "units": [item("A/1")], "to": "DOCK", "id": "m3"})
    before = everything(stage)
    stage.submit(Record(movements=[("", LATE)], override=Override("it is so")), NOW + MINUTE)
    crashes = 0
    for left in range(1, 200):
        stage.writer._database = Plug(stage.database, left)
        try:
            stage.writer.step(Batch(), NOW + MINUTE)
        except Crash:
            stage.restart()
            if len(on_record(stage)) == 4:
                break  # right after the commit: it is done, and not once more
            crashes += 1
            assert everything(stage) == before
        else:
            break
        finally:
            stage.writer._database = stage.database
    assert crashes > 20
    stage.writer.step(Batch(), NOW + MINUTE)
    assert [row.id for row in stage.rows(movements)] == ["m1", "m2", "m3", "late"]
    assert said_by_rows(stage)["units"][("VAX", "B", "made")][0] == 1_000_000
    assert len(on_record(stage)) == 4
    check_rows(stage)


def test_a_crash_leaves_nothing_of_requests_that_are_recorded_together(fresh: Any, bare: Any) -> None:
    stage = stage_on(fresh(bare))
    names = ["A/1", "A/2", "B/1"]
    record(stage, *({"do": "receive", "at": day(1), **unit(name), "quantity": 9, "location": "ROOM"} for name in names))
    before = everything(stage)
    for i, name in enumerate([*names, "A/none"]):
        text = json.dumps({"do": "move", "at": day(2), "units": [item(name)], "to": "DOCK"})
        stage.submit(Record(movements=[("", text)], key=f"key-{i}"), NOW + MINUTE)
    crashes = 0
    for left in range(1, 200):
        stage.writer._database = Plug(stage.database, left)
        try:
            stage.writer.step(Batch(), NOW + MINUTE)
        except Crash:
            stage.restart()
            if len(on_record(stage)) == 6:
                break  # right after the commit
            crashes += 1
            assert everything(stage) == before
        else:
            break
        finally:
            stage.writer._database = stage.database
    assert crashes > 20
    stage.writer.step(Batch(), NOW + MINUTE)
    assert [row.state for row in stage.rows(inbox)[-4:]] == ["done", "done", "done", "refused"]
    assert len(on_record(stage)) == 6
    check_rows(stage)


def everything(stage: Stage) -> list[list[Any]]:
    """All rows of what movements write."""
    return [stage.rows(table) for table in TABLES]
