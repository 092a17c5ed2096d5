"""Counts in the live system: sheets, what they found, what puts it right, and who must approve."""

import json
from typing import Any

import pytest

from domain.errors import ConflictError, InvalidError
from domain.times import DAY, HOUR, parse_instant
from ledger.counts.reading import discrepancies, find_count
from ledger.requests import CloseCount, CountUnit, DecideAdjustment, OpenCount, ProposeAdjustments
from store.stock.count_tables import count_adjustments
from store.stock.tables import movements
from tests.batches.stock_room import SITE, day, done, received, unit
from tests.ledger.stage import Stage
from tests.ledger.stock import recorded

NOW = parse_instant(day(9))
STRICT = "adjustments_approved: true, counted_by_two: true, blind_counts: true"


def begin(database: Any, rules: str = "") -> Stage:
    """Two pallets in ROOM and one on the DOCK; `rules`: how the site counts."""
    stage = Stage(database, site="")
    stage.apply(SITE.replace("timezone: Europe/Berlin", f"timezone: Europe/Berlin, {rules}".rstrip(", ")), NOW - DAY)
    record(stage, received("A/1", 10), received("A/2", 10), received("B/1", 10, "DOCK"))
    return stage


@pytest.fixture
def stage(database):
    return begin(database)


@pytest.fixture
def strict(database):
    return begin(database, STRICT)


def record(stage: Stage, *wanted: dict[str, Any]) -> None:
    recorded.record(stage, *wanted, now=NOW)


def open_sheet(stage: Stage, kind: str = "full", *units: tuple[str, str, str]) -> int:
    return stage.ask(OpenCount(location="ROOM", kind=kind, units=list(units)), NOW)["sheet"]


def count(stage: Stage, sheet: int, name: str, quantity: float, who: str = "quinn") -> None:
    line = json.dumps(unit(name) | {"quantity": quantity})
    stage.ask(CountUnit(sheet=sheet, line=line), NOW, who)


def close(stage: Stage, sheet: int, **more: Any) -> dict[str, Any]:
    return stage.ask(CloseCount(sheet=sheet, **more), NOW)


def counted(stage: Stage, **quantities: float) -> str:
    """A finished full count of ROOM; `A1=9` is nine of A/1."""
    sheet = open_sheet(stage)
    for name, quantity in quantities.items():
        count(stage, sheet, f"{name[0]}/{name[1:]}", quantity)
    return close(stage, sheet)["count"]


def found(stage: Stage, name: str) -> dict[str, tuple[int, str, str | None, list[str]]]:
    """Of each differing unit: the difference, its cause, the last good count, and what happened since."""
    with stage.database.read() as connection:
        rows = discrepancies(connection, find_count(connection, name))
    return {
        f"{row.found.unit.lot}/{row.found.unit.unit}": (
            (row.found.counted - row.found.expected) // 1_000_000,
            row.remedy.cause,
            None if row.since.good is None else row.since.good.movement,
            [each.id for each in row.since.movements],
        )
        for row in rows
    }


def on_record(stage: Stage, do: str) -> list[dict[str, Any]]:
    return [json.loads(row.recorded) for row in stage.rows(movements, movements.c.do == do)]


def test_a_count_is_recorded_and_its_differences_are_told_with_what_happened_since_the_last_good_one(stage):
    first = counted(stage, A1=10, A2=10)
    assert found(stage, first) == {}
    record(
        stage,
        done("move", day(9), units=[unit("A/1")], to="DOCK"),
        done("move", day(9), units=[unit("A/1")], to="ROOM"),
    )
    second = counted(stage, A1=9, B1=10)
    moves = [each["id"] for each in on_record(stage, "move")]
    received_first = on_record(stage, "receive")
    assert found(stage, second) == {
        "A/1": (-1, "more_or_less", first, moves),
        "A/2": (-10, "more_or_less", first, []),
        "B/1": (10, "elsewhere", None, [received_first[2]["id"]]),
    }


def test_what_puts_it_right_is_recorded_at_once_with_reason_and_count(stage):
    name = counted(stage, A1=9, A2=10, B1=10)
    answer = stage.ask(ProposeAdjustments(count=name, reason="broken vial"), NOW)
    assert [each["recorded"] for each in answer["adjustments"]] == [True, True]
    [adjusted] = on_record(stage, "adjust")
    assert (adjusted["unit"], adjusted["by"], adjusted["reason"], adjusted["document"]) == (
        "1",
        -1,
        "broken vial",
        name,
    )
    [moved] = on_record(stage, "move")
    assert (moved["units"][0]["lot"], moved["to"]) == ("B", "ROOM")
    assert {row.state for row in stage.rows(count_adjustments)} == {"recorded"}
    assert found(stage, counted(stage, A1=9, A2=10, B1=10)) == {}
    with pytest.raises(ConflictError, match="is there already"):
        stage.ask(ProposeAdjustments(count=name, reason="again", units=[("VAX", "A", "1")]), NOW)


def test_an_adjustment_that_cannot_be_recorded_leaves_nothing(stage):
    name = counted(stage, A1=9, A2=5)
    record(stage, done("destroy", day(9), units=[unit("A/2") | {"quantity": 8}]))  # two are left, five are missing
    with pytest.raises(ConflictError, match="VAX A 2 has only 2, not 5"):
        stage.ask(ProposeAdjustments(count=name, reason="lost"), NOW)
    assert on_record(stage, "adjust") == [] and stage.rows(count_adjustments) == []


def test_a_second_person_approves_or_refuses(strict):
    sheet = open_sheet(strict)
    for who in ("quinn", "rosa"):
        for name, quantity in (("A/1", 9), ("A/2", 8)):
            count(strict, sheet, name, quantity, who)
    name = close(strict, sheet)["count"]
    assert on_record(strict, "count")[0]["who"] == "quinn, rosa"
    answer = strict.ask(ProposeAdjustments(count=name, reason="broken"), NOW)
    one, two = (each["id"] for each in answer["adjustments"])
    assert on_record(strict, "adjust") == []
    with pytest.raises(ConflictError, match="needs the approval of somebody else than quinn"):
        strict.ask(DecideAdjustment(adjustment=one, approve=True), NOW)
    strict.ask(DecideAdjustment(adjustment=one, approve=True), NOW, "rosa")
    with pytest.raises(InvalidError, match="refused for a reason"):
        strict.ask(DecideAdjustment(adjustment=two, approve=False), NOW, "rosa")
    strict.ask(DecideAdjustment(adjustment=two, approve=False, reason="found them"), NOW, "rosa")
    assert [(each["unit"], each["by"]) for each in on_record(strict, "adjust")] == [("1", -1)]
    with pytest.raises(ConflictError, match="is refused already"):
        strict.ask(DecideAdjustment(adjustment=two, approve=True), NOW, "rosa")


def test_two_people_must_count_the_same(strict):
    sheet = open_sheet(strict)
    count(strict, sheet, "A/1", 9)
    with pytest.raises(ConflictError, match="needs a second person"):
        close(strict, sheet)
    count(strict, sheet, "A/1", 10, "rosa")
    with pytest.raises(ConflictError, match="counted differently, count again: VAX A 1"):
        close(strict, sheet)
    count(strict, sheet, "A/1", 10)
    assert close(strict, sheet)["differing"] == 1  # A/2 is not there


def test_a_cycle_count_is_about_its_units(stage):
    sheet = open_sheet(stage, "cycle", ("VAX", "A", "1"))
    with pytest.raises(ConflictError, match="not counted yet: VAX A 1"):
        close(stage, sheet)
    count(stage, sheet, "A/1", 10)
    assert close(stage, sheet) == {"sheet": sheet, "count": f"count {sheet}", "differing": 0}
    with pytest.raises(ConflictError, match=f"sheet {sheet} is closed since"):
        count(stage, sheet, "A/1", 9)


def test_one_count_at_a_time_and_one_given_up_records_nothing(stage):
    sheet = open_sheet(stage)
    with pytest.raises(ConflictError, match=f"ROOM is being counted already: sheet {sheet}"):
        open_sheet(stage)
    assert close(stage, sheet, give_up=True)["count"] is None
    assert on_record(stage, "count") == []
    open_sheet(stage)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (OpenCount(location="NOWHERE"), "no location 'NOWHERE'"),
        (OpenCount(location="ROOM", kind="half"), "cycle or full, not 'half'"),
        (OpenCount(location="ROOM", kind="full", units=[("VAX", "A", "1")]), "units are for a cycle count"),
        (OpenCount(location="ROOM", units=[("VAX", "NONE", "1")]), "no batch VAX NONE"),
    ],
)
def test_a_wrong_count_is_refused(stage, request_, why):
    with pytest.raises(InvalidError, match=why):
        stage.ask(request_, NOW)


def test_what_was_counted_must_be_a_quantity_of_a_lot(stage):
    sheet = open_sheet(stage)
    for line, why in (
        ({"product": "VAX", "lot": "A", "quantity": -1}, "quantity must be a number from 0"),
        ({"product": "VAX", "lot": "A"}, "quantity is missing"),
        ({"product": "VAX", "lot": "NONE", "quantity": 1}, "NONE"),
    ):
        with pytest.raises(InvalidError, match=why):
            stage.ask(CountUnit(sheet=sheet, line=json.dumps(line)), NOW)


def test_a_unit_counted_where_it_has_ended_stands_there_again(stage):
    record(stage, done("destroy", day(9), units=[unit("A/2")]))
    name = counted(stage, A1=10, A2=4)
    stage.ask(ProposeAdjustments(count=name, reason="it was only misplaced"), NOW + HOUR)
    [adjusted] = on_record(stage, "adjust")
    assert (adjusted["by"], adjusted["location"]) == (4, "ROOM")
