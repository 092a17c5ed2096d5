"""Movements, readings and voids in any order of arrival come to the verdicts that plain judgement of them gives."""

import json
import random
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.names import Names
from domain.errors import ColdchainError
from domain.readings import Reading
from domain.times import format_instant
from ledger.inputs import Batch
from rules.batch_judge import judge
from sites.build import build
from sites.file import load
from sites.schema import Entry
from sites.stock import names_of, with_stock
from store.state import load_entries
from tests.ledger.stage import Stage, message, minute, reading
from tests.ledger.stock.recorded import folded, is_possible, on_record, record, said_by_rows
from tests.ledger.test_kinds_crash import recorded
from tests.oracle.world import Row
from tests.thrift import examples

SITE = """
site: {name: Plant North}
sensors: [{id: S1, device: dev1}, {id: S2, device: dev2}]
locations:
  - {id: SITE}
  - {id: ROOM, parent: SITE, profile: cold}
  - {id: DOCK, parent: SITE, profile: cold}
  - {id: SHELF, parent: ROOM}
  - {id: TRUCK}
mounts:
  - {sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: DOCK, from: 2026-01-01T00:00:00Z}
products: [{id: VAX, profile: cold}, {id: BULK, profile: cold}]
parties: [{id: CITY, name: City, kind: customer}]
batches: [{product: VAX, lot: A}, {product: VAX, lot: B}, {product: BULK, lot: Q}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    min_coverage: 0
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 10min, severity: critical, action: hold}
      - {id: warm-total, kind: cumulative, above: 8.0, total: 30min, action: hold}
"""
END = 120  # minutes
PLACES = ["ROOM", "SHELF", "DOCK"]


@cache
def site_names() -> Names:
    """The names of the site."""
    entries_of_it = load(SITE, "S.yaml")
    return names_of(build(entries_of_it), entries_of_it)


def unit(name: str) -> dict[str, Any]:
    """`A/1` is unit 1 of lot A."""
    lot, _, of_it = name.partition("/")
    return {"product": "BULK" if lot == "Q" else "VAX", "lot": lot, "unit": of_it}


class Chance:
    """Random movements and temperatures."""

    def __init__(self, chance: random.Random) -> None:
        self.random = chance
        self.known = ["A/1", "A/2", "Q/1"]

    def movement(self, number: int, ids: list[str]) -> dict[str, Any]:
        """Any movement within the time."""
        pick = self.random.choice
        name, place = pick(self.known), pick(PLACES)
        other = pick(self.known)
        kinds: list[dict[str, Any]] = [
            {"do": "receive", **unit(name), "quantity": 50, "location": place},
            {"do": "move", "units": [unit(name)], "to": place},
            {"do": "move", "units": [unit(name) | {"quantity": 5, "as": f"p{number}"}], "to": place},
            {"do": "split", **unit(name), "into": [{"unit": f"p{number}", "quantity": 7}]},
            {
                "do": "make",
                "inputs": [unit(name) | {"quantity": 3}, unit(other) | {"quantity": 2}],
                "outputs": [unit(f"B/p{number}") | {"quantity": 9, "location": place}],
            },
            {"do": "ship", "shipment": "s", "to": "CITY", "via": pick([None, "TRUCK"]), "units": [unit(name)]},
            {"do": "deliver", "shipment": "s"},
            {"do": "return", "units": [unit(name)], "location": place, "from": "CITY"},
            {"do": "destroy", "units": [unit(name)]},
            {"do": "adjust", **unit(name), "by": 5, "location": place},
        ]
        if ids and pick([0, 0, 0, 0, 1]):
            kinds = [{"do": "void", "movement": pick(ids)}]
        at = format_instant(minute(self.random.randint(0, END) + number / 1000))  # no two at the same instant
        return {"id": f"m{number}", "at": at} | pick(kinds)

    def took(self, wanted: dict[str, Any]) -> None:
        """Remember the units that may have begun."""
        number = wanted["id"][1:]
        if wanted["do"] in ("split", "move"):
            self.known.append(f"A/p{number}")
        elif wanted["do"] == "make":
            self.known.append(f"B/p{number}")

    def readings(self) -> list[Reading]:
        """Temperatures of both sensors, often a while outside."""
        found = []
        for device in ("dev1", "dev2"):
            value = 5.0
            for number in range(0, END + 1, self.random.choice([2, 5])):
                value = self.random.choice([value, value, value, 5.0, 9.0])
                found.append(reading(number, value, device))
        return found


USUAL = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@settings(USUAL, max_examples=examples(8))
@given(st.randoms(use_true_random=True))
def test_any_order_of_arrival_ends_in_the_verdicts_of_plain_judgement(
    fresh: Any, bare: Any, chance: random.Random
) -> None:
    stage = Stage(fresh(bare), site="")
    heard = arrive(stage, Chance(chance))
    check_verdicts(stage, heard, minute(END + 60))
    again = Stage(fresh(bare), site="")
    arrive_again(again, chance, on_record(stage), heard)
    check_verdicts(again, heard, minute(END + 60))
    assert whatever_the_order(again) == whatever_the_order(stage)


@pytest.mark.servers
def test_the_same_on_postgresql(postgresql_database: Any) -> None:
    stage = Stage(postgresql_database, site="")
    check_verdicts(stage, arrive(stage, Chance(random.Random(3))), minute(END + 60))


def arrive(stage: Stage, chance: Chance) -> list[Reading]:
    """Let movements arrive in any order, voids among them, and readings late; return the readings."""
    stage.apply(SITE, minute(END))
    said = chance.readings()
    parts = [said[i::5] for i in range(5)]
    chance.random.shuffle(parts)
    ids: list[str] = []
    for number in range(1, 46):
        now = minute(END + number)
        wanted = chance.movement(number, ids)
        for _ in range(6):
            if is_possible(on_record(stage), wanted, names=site_names(), now=now):
                record(stage, wanted, now=now)
                ids.append(wanted["id"])
                chance.took(wanted)
                break
            wanted = chance.movement(number, ids)
        if number % 9 == 0:
            hear(stage, parts.pop(), now)
        if number == 23:
            stage.restart()
            stage.writer.start(now)
            assert stage.writer.differed == []
    assert len(ids) > 20
    return said


def arrive_again(stage: Stage, chance: random.Random, lines: list[str], said: list[Reading]) -> None:
    """Let what happened by these lines arrive in another order, and the readings."""
    stage.apply(SITE, minute(END))
    read = list(map(json.loads, lines))
    voided = {each["movement"] for each in read if each["do"] == "void"}
    left = [each for each in read if each["do"] != "void" and each["id"] not in voided]
    parts = [said[i::5] for i in range(5)]
    while left:
        chance.shuffle(left)
        waiting = [each for each in left if not is_taken(stage, each)]
        if len(waiting) == len(left):  # none is possible without another
            record(stage, *waiting, now=minute(END + 50))
            waiting = []
        left = waiting
        if parts:
            hear(stage, parts.pop(), minute(END + 50))
    for part in parts:
        hear(stage, part, minute(END + 50))


def whatever_the_order(stage: Stage) -> dict[str, Any]:
    """What the rows say, without the numbers of the movements, which tell the order of recording."""
    said = said_by_rows(stage)
    units = {
        key: [*each[:-3], *(position and position[0] for position in each[-3:])] for key, each in said["units"].items()
    }
    return said | {"units": units}


def is_taken(stage: Stage, movement: dict[str, Any]) -> bool:
    """Record a movement, if that is possible by now."""
    try:
        record(stage, movement, now=minute(END + 50))
    except ColdchainError:
        return False
    return True


def hear(stage: Stage, said: list[Reading], now: int) -> None:
    """Let readings arrive at once, late."""
    stage.writer.step(Batch([message(each, at=now) for each in said]), now)


def check_verdicts(stage: Stage, said: list[Reading], until: int) -> None:
    """Hold exposures, firings and holds on record against plain judgement of the file of movements."""
    stage.writer.step(Batch(), until)
    found = recorded(stage)
    site = build(Entry(row.kind, row.key, row.doc) for row in load_all(stage))
    rows = [
        Row({"dev1": "S1", "dev2": "S2"}[each.device], each.quantity, each.measured_at, each.value) for each in said
    ]
    answer = judge(with_stock(site, folded(on_record(stage), until)), rows, until)
    units = [((b["product"], b["lot"], u["unit"]), u) for b in answer["batches"] for u in b["units"]]
    fired = [((*name, each["rule"], each["at"]), each["action"]) for name, u in units for each in u["fired"]]
    expected = {
        "exposures": sorted(((*name, *told(each)) for name, u in units for each in u["exposures"]), key=str),
        "fired": sorted(((*name, action) for name, action in fired), key=str),
        "holds": sorted((name for name, action in fired if action == "hold"), key=str),
    }
    assert {name: found[name] for name in expected} == expected


def told(each: dict[str, Any]) -> tuple[Any, ...]:
    """What is said of an exposure; numbers of what goes on may lag behind."""
    ends = each["rule"], each["from"], each["to"], each["fired_at"]
    return ends if each["to"] is None else (*ends, each["minutes"], each["degree_minutes"], each["peak"])


def load_all(stage: Stage) -> list[Any]:
    """The entries of the site."""
    with stage.database.read() as connection:
        return load_entries(connection)
