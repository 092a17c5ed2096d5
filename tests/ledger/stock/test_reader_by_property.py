"""Live answers are those of a file of the same movements: now, as of an instant, and as known at an instant."""

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.answers import answer_all
from batches.fields import read_json
from batches.questions import read_questions, read_what
from domain.errors import ColdchainError
from domain.model import BatchKey, Placement, Site, UnitKey
from domain.times import HOUR, format_instant
from ledger.models.stock import candidates
from ledger.models.stock.reader import StockReader
from store.stock import as_of as rows
from store.stock.as_of import AsOf
from tests.batches.stock_room import done, item, names, unit
from tests.ledger.stage import Stage
from tests.ledger.stock.recorded import NOW, happened, instants, on_record, record, stage_on
from tests.ledger.stock.test_recording_by_property import BEGINNING, Chance
from tests.thrift import examples

MOVEMENTS = 40  # with fewer not every reason to pass a unit over comes up
UNITS = ["A", "A/1", "A/2", "B/1", "B", "Q/1", "B/sent"]
LOTS = ["A", "B", "C", "Q"]
HELD = [UnitKey("VAX", "A", "1"), UnitKey("VAX", "B", "1")]


MADE_OF_RECALLED = [
    done(
        "make",
        2,
        inputs=[item("Q/1", 5)],
        outputs=[unit(f"{lot}/made") | {"quantity": 5, "location": "ROOM"} for lot in "ABC"],
        id="made",
    ),
    done("status", 8, product="BULK", lot="Q", status="recalled", id="recalled"),
]


class Unplaced(NamedTuple):
    """A site of which no storage record tells."""

    site: Site
    placements: dict[BatchKey, list[Placement]]
    children: dict[BatchKey, list[BatchKey]]


def questions(chance: random.Random, counts: list[str]) -> Iterator[dict[str, Any]]:
    """Every sort of question, with what narrows it."""
    lot, of = chance.choice(LOTS), chance.choice([*LOTS, *UNITS])
    narrow = chance.choice([{}, *({"location": place} for place in ("SITE", "ROOM", "SHELF", "DOCK"))])
    yield {"ask": "stock", **narrow}
    yield {"ask": "stock", "product": "VAX", "lot": lot if lot != "Q" else "A"}
    yield {"ask": "balance", **unit(lot)}
    yield {"ask": "trace", "direction": "back", **unit(of)}
    yield {"ask": "trace", "direction": "forward", **unit(of)}
    yield {"ask": "trace", "direction": "back", **unit("A"), "unit": None}
    yield {"ask": "recall", "units": [unit(of), unit(lot)]}
    yield from ({"ask": "count", "movement": name} for name in counts)
    for product in ("VAX", "BULK"):
        for strategy in ("fefo", "fifo", "lifo"):
            more: dict[str, Any] = chance.choice([{}, {"for": "CITY"}])
            quantity = chance.choice([1, 30, 75, 10_000])
            yield {"ask": "pick", "product": product, "quantity": quantity, "strategy": strategy, **narrow, **more}


def live(stage: Stage, question: dict[str, Any], at: int, as_of: AsOf, held: list[UnitKey]) -> dict[str, Any]:
    """The answer of the live system; what to pick is found alike among few lots and among many."""
    found = _live(stage, question, at, as_of, held)
    if question["ask"] == "pick":
        with (
            mock.patch.multiple(candidates, _FEW_LOTS=0, _LOTS_AT_FIRST=1),
            mock.patch.object(rows, "_LOTS_AT_FIRST", 1),
        ):
            assert _live(stage, question, at, as_of, held) == found
    return found


def _live(stage: Stage, question: dict[str, Any], at: int, as_of: AsOf, held: list[UnitKey]) -> dict[str, Any]:
    site = Unplaced(Site(batches=dict(names().batches)), {}, {})
    with stage.database.read() as connection:
        reader = StockReader(connection, names(), site, at, as_of, held=lambda: held)
        answer = reader.answer(read_what(read_json(json.dumps(question)), names()))
    assert answer.not_covered == []
    return answer.row


def asked(lines: list[str], questions: list[dict[str, Any]], at: int, held: list[UnitKey]) -> list[dict[str, Any]]:
    """The answers of `coldchain ask`."""
    file = happened(lines)
    asking = [json.dumps(question | {"at": format_instant(at)}) for question in questions]
    return answer_all(read_questions(asking, names(), file, "Q.jsonl"), file, names(), lambda stock, at: held)


def counts_in(lines: list[str]) -> list[str]:
    """The ids of the counts that happened."""
    read = list(map(json.loads, lines))
    voided = {each["movement"] for each in read if each["do"] == "void"}
    return [each["id"] for each in read if each["do"] == "count" and each["id"] not in voided]


def recorded(database: Any, given_chance: random.Random, wanted: int) -> tuple[Stage, list[int]]:
    """Movements on record in random order, late ones and voids among them, and the instants of recording."""
    stage, chance, known = stage_on(database), Chance(given_chance), [NOW]
    record(stage, *BEGINNING, *MADE_OF_RECALLED)
    for number in range(wanted):
        more = chance.likely(number, on_record(stage))
        if number % 5 == 4:
            lot = chance.random.choice(LOTS)
            status = chance.random.choice(["released", "quarantined", "rejected", "recalled"])
            more = done("status", chance.random.randint(2, 8), **{**unit(lot), "status": status}, id=f"m{number}")
        try:
            record(stage, more, now=known[-1] + HOUR)
        except ColdchainError:
            continue  # it was not possible
        known.append(known[-1] + HOUR)
        chance.took(more)
    return stage, known


def check_answers(stage: Stage, known: list[int], chance: random.Random, looks: int) -> set[str]:
    """Hold live answers against those of the file, now, as of some instants and as known at some; return what they
    tell of, and the reasons for which units are passed over."""
    seen, lines = set[str](), on_record(stage)
    for known_at in (None, *chance.sample(known, min(looks, len(known)))):
        then = on_record(stage, known_at)
        for at in (None, *chance.sample(instants(lines), looks)):
            when = (known_at or NOW + 1000 * HOUR) if at is None else at
            held = chance.choice([[], HELD])
            asking = list(questions(chance, counts_in(then) if at is None else []))
            for question, expected in zip(asking, asked(then, asking, when, held), strict=True):
                assert live(stage, question, when, AsOf(at, known_at=known_at), held) == expected, question
                seen |= {*expected, *(row["reason"] for row in expected.get("passed_over", ()))}
    return seen


@settings(max_examples=examples(3), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=False))
def test_live_answers_are_those_of_the_file(fresh: Any, bare: Any, chance: random.Random) -> None:
    stage, known = recorded(fresh(bare), chance, 8)
    check_answers(stage, known, chance, 1)


@pytest.mark.servers
def test_on_postgresql_too_whatever_the_reason_to_pass_a_unit_over(postgresql_database: Any) -> None:
    """Many movements of one site: every sort of answer and every reason comes up."""
    stage, known = recorded(postgresql_database, random.Random(2), MOVEMENTS)
    assert check_answers(stage, known, random.Random(2), 4) >= {
        *("rejected", "quarantined", "blocked_source", "not_released", "held"),
        *("suppliers", "customers"),
    }
