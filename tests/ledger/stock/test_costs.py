"""What a movement costs, counted: statements and rows, whatever else there is in the site and has happened before."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from domain.times import format_instant
from ledger.inputs import Batch
from ledger.requests import Apply, Item, Record
from store.tables import inbox
from tests.batches.stock_room import item, unit
from tests.ledger.stage import Stage
from tests.ledger.stock.recorded import NOW, record, stage_on

SECOND = 1_000_000


@contextmanager
def counted(stage: Stage) -> Iterator[Counter[str]]:
    """Count statements, and rows that are inserted or updated, of the writer's transactions."""
    found: Counter[str] = Counter()

    def executed(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        word = statement.split(None, 1)[0]
        if (
            word in ("DELETE", "PRAGMA", "ANALYZE") or "pg_class" in statement
        ):  # old answers are forgotten, and tables looked at, once an hour
            return
        found["statements"] += 1
        if word in ("INSERT", "UPDATE"):
            found["rows"] += len(parameters) if many else 1

    engine = stage.database._writer
    event.listen(engine, "after_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", executed)


def at(second: int) -> str:
    return format_instant(NOW + second * SECOND)


def cost_of(stage: Stage, second: int, *wanted: dict[str, Any]) -> tuple[int, int]:
    """What recording costs after an hour."""
    with counted(stage) as found:
        record(stage, *wanted, now=NOW + (second + 3600) * SECOND)
    return found["statements"], found["rows"]


def receive(name: str, second: int) -> dict[str, Any]:
    return {"do": "receive", "at": at(second), **unit(name), "quantity": 10, "location": "ROOM"}


def move(name: str, second: int) -> dict[str, Any]:
    return {"do": "move", "at": at(second), "units": [item(name)], "to": "SHELF" if second % 2 else "ROOM"}


@pytest.fixture
def stage(database: Any) -> Stage:
    stage = stage_on(database)
    record(stage, receive("A/1", 0), receive("A/2", 0), now=NOW + 3600 * SECOND)
    return stage


def test_a_movement_costs_the_same_whatever_else_there_is(stage: Stage) -> None:
    first = cost_of(stage, 1, move("A/1", 1))
    record(stage, *(receive(f"B/{number}", 2) for number in range(200)), now=NOW + 7200 * SECOND)
    record(stage, *(move(f"B/{number}", 3) for number in range(200)), now=NOW + 7200 * SECOND)
    assert cost_of(stage, 7200, move("A/1", 4)) == first


@pytest.mark.parametrize("lots", [10, 1000])
def test_a_move_takes_so_many_statements_however_many_lots_there_are(stage: Stage, lots: int) -> None:
    names = [f"N{number}" for number in range(lots)]
    entries = [Item("batch", {"product": "VAX", "lot": lot, "expires_on": "2026-12-31"}) for lot in names]
    stage.ask(Apply(entries=entries), NOW + 3600 * SECOND)
    record(stage, *({**receive("1", 0), "lot": lot} for lot in names), now=NOW + 3600 * SECOND)
    record(stage, move("A/1", 1), now=NOW + 7200 * SECOND)  # what is left to judge of so many is judged
    statements, rows = cost_of(stage, 7200, {**move("1", 1), "units": [{**item("1"), "lot": "N7"}]})
    assert statements <= 30
    assert rows <= 12


def test_a_movement_costs_the_same_whatever_happened_to_the_unit_before(stage: Stage) -> None:
    first = cost_of(stage, 1, move("A/1", 1))
    record(stage, *(move("A/1", second) for second in range(2, 200)), now=NOW + 7200 * SECOND)
    assert cost_of(stage, 7200, move("A/1", 301)) == first


def test_a_late_movement_costs_what_it_reaches_and_not_what_was_before(stage: Stage) -> None:
    record(stage, move("A/1", 100), move("A/1", 101), now=NOW + 7200 * SECOND)
    first = cost_of(stage, 7200, move("A/1", 99))
    record(stage, *(move("A/2", second) for second in range(1, 100)), now=NOW + 7200 * SECOND)
    record(stage, move("A/2", 200), move("A/2", 201), now=NOW + 7200 * SECOND)
    assert cost_of(stage, 7200, move("A/2", 199)) == first


def test_many_requests_that_wait_cost_hardly_more_statements_than_one(stage: Stage) -> None:
    record(stage, *(receive(f"B/{number}", 2) for number in range(50)), now=NOW + 7200 * SECOND)
    one, _ = cost_of(stage, 7200, move("B/0", 3))
    now = NOW + 10_800 * SECOND
    for number in range(50):
        stage.submit(Record(movements=[("", json.dumps(move(f"B/{number}", 5)))]), now)
    with counted(stage) as found:
        stage.writer.step(Batch(), now)
    assert found["statements"] <= one + 10
    assert {row.state for row in stage.rows(inbox)} == {"done"}


def test_many_movements_cost_hardly_more_statements_than_one(stage: Stage) -> None:
    record(stage, *(receive(f"B/{number}", 2) for number in range(300)), now=NOW + 7200 * SECOND)
    few, _ = cost_of(stage, 7200, *(move(f"B/{number}", 3) for number in range(3)))
    many, rows = cost_of(stage, 7200, *(move(f"B/{number}", 5) for number in range(300)))
    assert many <= few + 10
    assert rows <= 300 * 8 + 20
