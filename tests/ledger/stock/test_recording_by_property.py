"""Movements recorded in any order, late ones and voids among them, come to what the file of them says."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from domain.errors import ColdchainError
from domain.times import HOUR
from tests.batches.stock_room import day, done, item, received, unit
from tests.ledger.stock.recorded import (
    NOW,
    check_rows,
    folded,
    instants,
    is_possible,
    on_record,
    record,
    said_by,
    said_by_rows,
    stage_on,
)
from tests.thrift import examples

UNITS = ["A", "A/1", "A/2", "B/1", "B", "Q/1", "B/sent"]
PLACES = ["ROOM", "SHELF", "DOCK"]
BEGINNING = [
    *(received(name, 50, on=1) | {"id": name} for name in ("A", "A/1", "A/2", "B/1", "Q/1")),
    done("ship", 2, shipment="s1", to="CITY", units=[item("B/1", 20, "sent")], id="sent"),
]


class Chance:
    """Random movements on few units, at few instants, so that they meet."""

    def __init__(self, seed: int | random.Random) -> None:
        self.random = seed if isinstance(seed, random.Random) else random.Random(seed)
        self.ids = list[str]()
        self.parts = list[str]()

    def one(self, number: int) -> dict[str, Any]:
        """Any movement; most are possible now and then."""
        pick = self.random.choice
        known = [*UNITS, *self.parts]
        name, other, place = pick(known), pick(known), pick(PLACES)
        part = pick([None, None, 1, 2.25, 10])
        become = f"p{number}" if part else None
        at = day(self.random.randint(2, 8), self.random.randint(0, 2))
        units = [item(name, part, become)] + ([item(other)] if other != name and pick([0, 0, 1]) else [])
        kinds: list[dict[str, Any]] = [
            {"do": "receive", **unit(name), "quantity": pick([5, 50]), "location": place, "from": "MAKER"},
            {"do": "receive", **unit(name), "quantity": 20, "location": place, "at": day(1)},
            {"do": "move", "units": units, "to": place},
            {"do": "split", **unit(name), "into": [{"unit": f"p{number}", "quantity": pick([0.5, 3])}]},
            {"do": "merge", "product": "VAX", "lot": "A", "units": ["1", "2"], "as": f"p{number}"},
            {"do": "ship", "shipment": pick(["s1", "s2"]), "to": pick(["CITY", "CITY", "FARM"]), "units": units},
            {"do": "ship", "shipment": "s1", "to": "CITY", "via": "TRUCK", "units": units},
            {"do": "deliver", "shipment": pick(["s1", "s2"])},
            {"do": "deliver", "shipment": "s1", "units": [unit(name)]},
            {"do": "return", "units": [item(name)], "location": place, "from": "CITY"},
            {"do": "adjust", **unit(name), "by": pick([-1, 0.5])},
            {"do": "destroy", "units": [item(name, pick([None, 1]))]},
            {"do": "count", "location": place, "lines": [unit(name) | {"quantity": 1}]},
            {"do": "status", **unit(name), "status": pick(["released", "quarantined", "recalled"])},
            {"do": "status", "product": "BULK", "lot": "Q", "status": pick(["released", "recalled"])},
            {
                "do": "make",
                "inputs": [item(name, pick([None, 1])), item(other, 1)],
                "outputs": [unit(f"{pick('AB')}/p{number}") | {"quantity": 5, "location": place}],
            },
        ]
        if self.ids and pick([0, 0, 0, 1]):
            kinds = [{"do": "void", "movement": pick(self.ids)}]
        return {"id": f"m{number}", "at": at} | pick(kinds)

    def likely(self, number: int, lines: list[str]) -> dict[str, Any]:
        """One that is possible, mostly."""
        wanted = self.one(number)
        for _ in range(self.random.choice([0, 8, 8, 8])):
            if is_possible(lines, wanted):
                break
            wanted = self.one(number)
        return wanted

    def took(self, movement: dict[str, Any]) -> None:
        """Remember what was recorded."""
        self.ids.append(movement["id"])
        if movement["do"] in ("split", "merge", "move", "make"):
            self.parts.append(f"A/p{movement['id'][1:]}")


def record_at_random(stage: Any, chance: Chance, count: int) -> Counter[str]:
    """Record movements one after the other; hold each answer against what the file says, and every step's rows."""
    seen: Counter[str] = Counter()
    known: list[tuple[int, list[str], dict[str, Any]]] = []
    record(stage, *BEGINNING)
    for number in range(1, count + 1):
        before = on_record(stage)
        movement, now = chance.likely(number, before), NOW + number
        try:
            record(stage, movement, now=now)
        except ColdchainError as error:
            assert not is_possible(before, movement), (movement, error)
            assert on_record(stage) == before
            seen["refused"] += 1
            continue
        assert is_possible(before, movement), movement
        seen[movement["do"]] += 1
        if movement["at"] < max((json.loads(line)["at"] for line in before), default=""):
            seen["late"] += 1
        chance.took(movement)
        lines = on_record(stage)
        said = said_by(folded(lines))
        assert said_by_rows(stage) == said, movement
        known.append((now, lines, said))
    check_rows(stage)
    for now, lines, said in known:
        assert said_by_rows(stage, known_at=now) == said
        assert said_by_rows(stage, NOW - 97 * 24 * HOUR, now) == said_by(folded(lines, NOW - 97 * 24 * HOUR))
    return seen


@pytest.mark.parametrize("seed", range(examples(6)))
def test_what_is_recorded_comes_to_what_the_file_says(seed: int, fresh: Any, bare: Any) -> None:
    record_at_random(stage_on(fresh(bare)), Chance(seed), 35)


def test_the_same_on_each_database(database: Any) -> None:
    seen = record_at_random(stage_on(database), Chance(1000), 100)
    kinds = {"receive", "move", "split", "ship", "deliver", "return", "destroy", "status", "make", "void", "count"}
    assert seen.keys() >= kinds | {"late", "refused", "adjust"}


@pytest.mark.parametrize("seed", range(examples(4)))
def test_a_list_is_recorded_as_one(seed: int, fresh: Any, bare: Any) -> None:
    """As many as are possible together, in any order, are recorded by one request as by the file of them."""
    chance = Chance(seed)
    stage = stage_on(fresh(bare))
    record(stage, *BEGINNING)
    for start in range(1, 31, 6):
        wanted: list[dict[str, Any]] = []
        for number in range(start, start + 6):
            movement = chance.likely(number, [*on_record(stage), *map(json.dumps, wanted)])
            if is_possible([*on_record(stage), *map(json.dumps, wanted)], movement):
                wanted.append(movement)
                chance.took(movement)
        record(stage, *wanted, now=NOW + start)
    check_rows(stage)
    assert len(instants(on_record(stage))) > 5
