"""Requests that wait together have the answers, and leave the rows, that they have and leave one step after another."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from domain.times import format_instant
from ledger.inputs import Batch
from ledger.requests import Override, Rebuild, Record
from ledger.stock import movements as recording
from ledger.writer import Options
from store.stock import tables as stock
from store.tables import audit, events, holds, inbox, journal
from tests.batches.stock_room import unit
from tests.ledger.stage import Stage, message, minute, reading
from tests.ledger.stock.recorded import check_rows, record
from tests.ledger.stock.test_streaming import END, PLACES, SITE
from tests.thrift import examples

NAMES = [*(f"A/{number}" for number in range(30)), *(f"B/{number}" for number in range(8)), "A", "B", "Q"]
ROWS = (
    stock.movements,
    stock.units,
    stock.movement_units,
    stock.movement_shipments,
    stock.unit_states,
    stock.unit_sources,
    stock.flows,
    stock.lot_statuses,
    stock.idempotency_keys,
    inbox,
    journal,
)


@pytest.fixture(autouse=True)
def a_name_that_is_used_gets_the_same_addition(monkeypatch: pytest.MonkeyPatch) -> None:
    class Same:
        hex = "0" * 32

    monkeypatch.setattr("ledger.stock.given.uuid.uuid4", Same)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests were recorded at once, each time."""
    found: list[int] = []
    record_them = recording._record

    def counted(step: Any, wanted: Any, *more: Any) -> Any:
        answers = record_them(step, wanted, *more)
        found.append(len(wanted))
        return answers

    monkeypatch.setattr(recording, "_record", counted)
    return found


@pytest.fixture
def base(fresh: Any, bare: Any) -> Path:
    """A site with units in rooms, one of which was too warm for a while."""
    stage = Stage(fresh(bare), site="")
    stage.apply(SITE, minute(0))
    warm = [reading(at, 12.0 if 20 <= at <= 50 else 5.0, device) for at in range(END) for device in ("dev1", "dev2")]
    stage.writer.step(Batch([message(*warm, at=minute(END))]), minute(END))
    begin = {"do": "receive", "at": format_instant(minute(0)), "quantity": 50}
    wanted = [begin | unit(name) | {"location": PLACES[i % 3]} for i, name in enumerate(NAMES)]
    record(stage, *wanted, now=minute(END))
    path = stage.database.path
    stage.database.close()
    return path


class Chance:
    """Random requests about few units, of which some meet."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.earlier: list[Record] = []

    def request(self) -> Record:
        """One or a few movements, perhaps with a key; now and then one that was asked for before."""
        if self.earlier and self.random.random() < 0.05:
            return self.random.choice(self.earlier)
        wanted = [self.movement() for _ in range(self.random.choice([1, 1, 1, 1, 2, 3]))]
        texts = [("" if len(wanted) == 1 else f"[{i}]", json.dumps(each)) for i, each in enumerate(wanted)]
        key = self.random.choice([None, None, f"key-{self.count}", f"key-{self.random.randint(1, 9)}"])
        override = self.random.choice(
            [None, None, Override("it is so"), Override(" ")][: self.random.choice([3, 3, 4])]
        )
        request = Record(movements=texts, key=key, override=override)
        self.earlier.append(request)
        return request

    def movement(self) -> dict[str, Any]:
        """Mostly one that concerns what it names, after what happened so far."""
        self.count += 1
        pick, chance = self.random.choice, self.random.random
        name, other, place, part = pick(NAMES), pick(NAMES), pick(PLACES), f"p{self.count}"
        at = self.random.uniform(0, END) if chance() < 0.05 else END / 2 + self.count / 10
        moved = unit(name) | ({"quantity": 1, "as": pick([part, "2"])} if chance() < 0.3 else {})
        usual: list[dict[str, Any]] = [
            *[{"do": "move", "units": [moved], "to": place}] * 4,
            {"do": "move", "units": [moved, unit(other)], "to": pick([place, "NOWHERE"])},
            {"do": "receive", **unit(name), "quantity": 5, "location": place},
            {"do": "receive", **unit(f"A/{part}"), "quantity": 5, "location": place},
            {"do": "split", **unit(name), "into": [{"unit": part, "quantity": pick([1, 70])}]},
            {"do": "merge", "product": "VAX", "lot": "A", "units": [pick("0123"), pick("4567")], "as": part},
            {"do": "ship", "shipment": pick(["s1", "s2", "s3"]), "to": "CITY", "units": [moved]},
            {"do": "deliver", "shipment": pick(["s1", "s2"]), "units": [unit(name)]},
            {"do": "adjust", **unit(name), "by": pick([-1, 2])},
            {"do": "destroy", "units": [unit(name) | {"quantity": 1}]},
            {"do": "make", "inputs": [unit(name) | {"quantity": 1}], "outputs": [
                unit(f"B/{part}") | {"quantity": 5, "location": place}]},
        ]  # fmt: skip
        far = [
            {"do": "deliver", "shipment": pick(["s1", "s2"])},
            {"do": "return", "units": [unit(name)], "location": place, "from": "CITY"},
            {"do": "status", **unit(name), "status": pick(["released", "quarantined", "recalled"])},
            {"do": "status", "product": "VAX", "lot": pick("AB"), "status": pick(["released", "recalled"])},
            {"do": "void", "movement": f"M{self.random.randint(40, 40 + self.count)}"},
            {"do": "count", "location": place, "lines": [unit(name) | {"quantity": 1}]},
        ]
        usually = chance() < 0.9
        number = f"m{self.count}" if usually else f"M{self.random.randint(40, 60 + self.count)}"
        said = pick(usual if chance() < 0.9 else far)
        return ({"id": number} if chance() < 0.2 else {}) | {"at": format_instant(minute(at))} | said


def rows(stage: Stage) -> dict[str, list[Any]]:
    """What movements leave, without the numbers that rows have beside what they say."""
    said = {table.name: sorted(map(_said, stage.rows(table)), key=str) for table in ROWS}
    units = {row.id: [row.lot, row.unit, row.rule] for row in stage.rows(holds)}
    for name in ("inbox", "idempotency_keys"):
        said[name] = [_named(each, units) for each in said[name]]
    of_movements = audit.c.kind == "movement"
    named = ("at", "who", "what", "key", "before", "after", "reason")
    said["audit"] = [tuple(row._mapping[name] for name in named) for row in stage.rows(audit, of_movements)]
    said["events"] = [(e.at, e.kind, e.subject) for e in stage.rows(events) if e.kind.startswith("movement.")]
    return said


def _said(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "row"}


def _named(row: dict[str, Any], units: dict[int, list[Any]]) -> dict[str, Any]:
    """An answer names holds by their units and rules: units are judged in another order."""
    if "held" not in (row["answer"] or {}):
        return row
    answer = {**row["answer"]}
    for name in ("held", "unfounded"):
        answer[name] = sorted((units[number] for number in answer[name]), key=str)
    return {**row, "answer": answer}


def apart_and_together(base: Path, fresh: Any, seed: int, most: int) -> None:
    apart, together = (Stage(fresh(base), site="") for _ in range(2))
    chance = Chance(seed)
    for turn in range(1, 5):
        now = minute(END + turn)
        asked = [
            (chance.random.choice(["quinn", "sam"]), chance.request()) for _ in range(chance.random.randint(1, most))
        ]
        for who, request in asked:
            apart.submit(request, now, who)
            apart.writer.step(Batch(), now)
            together.submit(request, now, who)
        together.writer.step(Batch(), now)
        assert rows(together) == rows(apart), (seed, turn)
        assert together.outcome() == apart.outcome(), (seed, turn)
        assert together.event_numbers() == list(range(1, len(together.event_numbers()) + 1))
    check_rows(together)


@pytest.mark.parametrize("seed", range(examples(6)))
def test_what_is_asked_together_comes_to_the_same_as_one_after_the_other(
    seed: int, base: Path, fresh: Any, sizes: list[int]
) -> None:
    apart_and_together(base, fresh, seed, 16)
    assert max(sizes) > 1


def move(name: str, to: str = "DOCK", **more: Any) -> Record:
    text = json.dumps({"do": "move", "at": format_instant(minute(END)), "units": [unit(name) | more], "to": to})
    return Record(movements=[("", text)], override=Override("it is so"))


def test_what_is_refused_disturbs_no_other(base: Path, fresh: Any, sizes: list[int]) -> None:
    stage = Stage(fresh(base), site="")
    asked = [move(name) for name in ("A/1", "A/2", "A/3", "A/4")]
    asked.insert(2, move("A/5", quantity=7))
    asked.insert(4, Record(movements=[("", '{"do": "fly"}')]))
    for request in asked:
        stage.submit(request, minute(END))
    stage.writer.step(Batch(), minute(END))
    states = [row.state for row in stage.rows(inbox)[-6:]]
    assert states == ["done", "done", "refused", "done", "refused", "done"]
    assert stage.rows(inbox)[-4].answer["message"] == "M44: VAX A 5 has 50, not 7; a part of it needs a name (as)"
    assert sizes.count(1) < 4  # of those that are done


def test_after_a_while_a_step_takes_no_more_requests(base: Path, fresh: Any) -> None:
    stage = Stage(fresh(base), site="", options=Options(answering_s=0))
    for request in (move("A/1"), move("A/2"), move("A/1", "ROOM"), move("A/3")):
        stage.submit(request, minute(END))
    stage.submit(Rebuild(), minute(END))
    assert [stage.writer.step(Batch(), minute(END)).requests for _ in range(3)] == [4, 1, 0]
