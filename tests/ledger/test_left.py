"""Units that left and owe nothing are not in memory; late readings and corrections find them where they stood."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from domain.model import UnitKey
from domain.times import format_instant
from ledger.exports.selection import Wanted
from ledger.exports.verdicts import verdict_rows
from ledger.histories import Histories
from ledger.requests import Correct, EntryName, Item, Rebuild
from store.lots import lots
from tests.ledger.stage import Stage, minute, reading, series_of
from tests.ledger.stock.recorded import record

BEGIN = "2026-01-01T00:00:00Z"


def lots_that_left(first: int, count: int, until: float = 60, location: str = "ROOM-1") -> Correct:
    """Lots that stood in a room from the start on, an hour long."""
    put = []
    for n in range(first, first + count):
        lot = {"product": "VAX", "lot": f"L{n:04}"}
        stay = {**lot, "location": location, "from": BEGIN, "to": format_instant(minute(until))}
        put += [Item("batch", lot), Item("placement", stay)]
    return Correct(put=put)


@pytest.fixture
def left(stage):
    """A stage on which three lots left the first room after an hour in range."""
    stage.ask(lots_that_left(0, 3), minute(1))
    stage.hear(*series_of([5] * 14, since=0), reading(70, 5), at=70)
    return stage


def in_memory(stage: Stage) -> set[str]:
    return {unit.lot for unit in stage.writer._state.engine._subjects.by_key if isinstance(unit, UnitKey)}


def of_left(stage: Stage) -> list[tuple[str, str, float]]:
    return [(lot, rule, at) for lot, _, rule, at in stage.holds() if lot.startswith("L")]


def test_they_are_let_go_and_a_start_does_not_take_them_in(left):
    assert in_memory(left) == {"A1", "A2"}
    assert {row.lot: row.left_at for row in left.rows(lots)} == {
        "A1": None,
        "A2": None,
        **dict.fromkeys(("L0000", "L0001", "L0002"), minute(70)),
    }
    left.restart()
    left.tick(71)
    assert in_memory(left) == {"A1", "A2"}


@pytest.mark.parametrize("restarts", [False, True])
def test_late_readings_reach_them(left, restarts):
    if restarts:
        left.restart()
        left.tick(71)
    left.hear(*series_of([9] * 12, since=20), at=80)
    assert of_left(left) == [(f"L000{n}", "too-warm", 30) for n in range(3)]
    assert {"L0000", "L0001", "L0002"} <= in_memory(left)
    assert sorted(row.lot for row in left.alerts() if row.lot) == ["L0000", "L0001", "L0002"]  # out of reach


def test_readings_of_a_time_after_they_left_do_not(left):
    left.hear(*series_of([9] * 12, since=71))
    assert of_left(left) == [] and not in_memory(left) & {"L0000", "L0001", "L0002"}


def test_a_mount_that_is_corrected_reaches_those_that_stood_there(left):
    left.hear(*series_of([9] * 60, since=0, device="dev2", probe="ext"), at=80)
    here, there = ({"sensor": "S2", "location": name, "from": BEGIN} for name in ("ROOM-1", "ROOM-2"))
    left.ask(Correct(put=[Item("mount", here)], remove=[EntryName("mount", _key(there))]), minute(90))
    assert len(of_left(left)) == 3
    left.ask(Correct(put=[Item("mount", there)], remove=[EntryName("mount", _key(here))]), minute(91))
    assert of_left(left) == []


def _key(mount: dict[str, str]) -> str:
    return json.dumps([*mount.values()], separators=(",", ":"))


def test_a_correction_of_a_later_time_does_not_take_them_in(left, monkeypatch):
    asked = []
    real = left.writer._state.left.stood
    monkeypatch.setattr(type(left.writer._state.left), "stood", lambda self, spans: asked.append(spans) or real(spans))
    moved = {"sensor": "S1", "location": "ROOM-1", "from": BEGIN, "to": format_instant(minute(65))}
    left.ask(Correct(put=[Item("mount", moved)]), minute(90))
    assert asked == []


def test_a_version_with_effect_from_then_reaches_them(left):
    rules = [{"id": "too-warm", "kind": "limit", "above": "4.0", "for": "10min", "action": "hold"}]
    version = {"id": "cold", "version": 2, "effective_from": format_instant(minute(1)), "rules": rules}
    left.ask(Correct(put=[Item("profile", version)]), minute(90))
    assert of_left(left) == [(f"L000{n}", "too-warm", 11) for n in range(3)]


def test_what_was_made_of_a_lot_is_found_where_that_stood(small):
    made = {"product": "VAX", "lot": "C1", "made_at": format_instant(minute(40))}
    placed = {"product": "VAX", "lot": "C1", "location": "ROOM-2"}
    parents = [{"product": "VAX", "lot": "A1"}]
    stay = {**placed, "from": format_instant(minute(40)), "to": format_instant(minute(50))}
    small.ask(Correct(put=[Item("batch", {**made, "parents": parents}), Item("placement", stay)]), minute(1))
    small.hear(*series_of([5] * 14, since=0), reading(70, 5), reading(70, 5, "dev2", "ext"), at=70)
    assert "C1" not in in_memory(small)
    small.hear(*series_of([9] * 12, since=20), at=80)
    assert ("C1", None, "too-warm", 30) in small.holds()


def test_a_corrected_placement_is_judged_by_where_it_was(left):
    left.hear(*series_of([9] * 60, since=0, device="dev2", probe="ext"), at=80)
    old = f'["VAX","L0001",null,"ROOM-1","{BEGIN}"]'
    elsewhere = {
        "product": "VAX",
        "lot": "L0001",
        "location": "ROOM-2",
        "from": BEGIN,
        "to": format_instant(minute(60)),
    }
    left.ask(Correct(put=[Item("placement", elsewhere)], remove=[EntryName("placement", old)]), minute(90))
    assert of_left(left) == [("L0001", "too-warm", 10)]


def test_judging_everything_again_finds_nothing_else_and_lets_them_go(left):
    assert left.ask(Rebuild(), minute(90)) == {"differed": []}
    assert in_memory(left) == {"A1", "A2"}
    left.hear(*series_of([9] * 12, since=20), at=100)
    assert len(of_left(left)) == 3


@contextmanager
def counted(stage: Stage) -> Iterator[dict[str, int]]:
    """Count the writer's statements, and the rows that are fetched."""
    found = {"statements": 0}

    def executed(*_: Any) -> None:
        found["statements"] += 1

    event.listen(stage.database._writer, "after_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(stage.database._writer, "after_cursor_execute", executed)


def _costs(stage: Stage) -> tuple[list[int], int, int]:
    """Return the statements of a start, a move and an excursion, what is in memory, and the lots read."""
    stage.restart()
    statements = []
    for work in (
        lambda: stage.tick(100),
        lambda: stage.ask(Correct(put=[Item("placement", MOVED)]), minute(101)),
        lambda: stage.hear(*series_of([9] * 12, since=102)),
    ):
        with counted(stage) as found:
            work()
        statements.append(found["statements"])
    state = stage.writer._state
    return statements, len(state.engine._subjects.by_key), len(state.histories.lots.batches._read)


MOVED = {"product": "VAX", "lot": "A2", "location": "ROOM-2", "from": BEGIN, "to": format_instant(minute(100))}


def test_start_and_steps_cost_the_same_with_ten_and_with_a_thousand_lots_that_left(fresh):
    found = []
    for count in (10, 1000):
        stage = Stage(fresh(), site="")
        stage.ask(lots_that_left(0, count), minute(61))
        stage.hear(reading(70, 5), at=70)
        stage.restart()
        stage.tick(71)  # whatever was still to be judged in the background
        found.append(_costs(stage))
    assert found[0] == found[1]


WAREHOUSE = """
site: {name: Plant North}
sensors: [{id: S1, device: dev1}]
locations: [{id: ROOM, profile: cold}]
mounts: [{sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}]
products: [{id: VAX, uom: vial, profile: cold}]
parties: [{id: MAKER, name: Maker, kind: supplier}, {id: CITY, name: City, kind: customer}]
batches: [{product: VAX, lot: A}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 10min, action: hold}]
"""


@pytest.mark.parametrize("restarts", [False, True])
def test_units_that_movements_shipped_are_let_go_and_found_again(database, restarts):
    stage = Stage(database, site=WAREHOUSE)
    stage.hear(*series_of([5] * 14, since=0))
    case = {"product": "VAX", "lot": "A"}
    come = {"do": "receive", **case, "unit": "1", "quantity": 9, "location": "ROOM", "from": "MAKER"}
    split = {"do": "split", **case, "unit": "1", "into": [{"unit": "2", "quantity": 4}]}
    gone = {"do": "ship", "shipment": "s", "to": "CITY", "units": [{**case, "unit": "2"}]}
    told = [{**each, "at": format_instant(minute(at))} for each, at in ((come, 0), (split, 40), (gone, 50))]
    record(stage, *told, now=minute(60))
    stage.hear(reading(70, 5), at=70)
    known = stage.writer._state.engine.knows
    assert [known(UnitKey("VAX", "A", name)) for name in "12"] == [True, False]
    if restarts:
        stage.restart()
        stage.tick(71)
        known = stage.writer._state.engine.knows
        assert [known(UnitKey("VAX", "A", name)) for name in "12"] == [True, False]
    stage.hear(*series_of([9] * 12, since=20), at=80)
    assert stage.holds() == [("A", "1", "too-warm", 30), ("A", "2", "too-warm", 30)]
    assert [alert.lots[0]["unit"] for alert in stage.alerts() if alert.lot] == ["2"]  # it is out of reach


def test_a_lot_is_exported_without_reading_the_others(left):
    exported = {"VAX A1": Wanted(until=minute(90), product="VAX", lot="A1"), "all": Wanted(until=minute(90))}
    with left.database.read() as connection:
        rows = {name: list(verdict_rows(connection, wanted)) for name, wanted in exported.items()}
        assert set(Histories.load(connection).part("VAX", "A1").batches) == {("VAX", "A1")}
    assert rows["VAX A1"] == [row for row in rows["all"] if row["lot"] == "A1"] != []
