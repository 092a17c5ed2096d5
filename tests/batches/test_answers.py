"""Answers about stock: where it is, where it came from, what may be picked and why not."""

import json
from decimal import Decimal
from typing import Any

import pytest

from batches.questions import read_questions
from domain.errors import Refused
from domain.model import UnitKey
from tests.batches.stock_room import ask, ask_all, day, done, happened, item, names, received, stock, unit

# The bulk Q becomes lot A, of which a part goes to City Pharmacy; lot B came from elsewhere.
MOVEMENTS = [
    received("Q/1", 40),
    done("make", 2, inputs=[item("Q/1", 10)], outputs=[unit("A/1") | {"quantity": 100, "location": "ROOM"}]),
    received("B/1", 7, "SHELF", on=2),
    done("split", 3, **unit("A/1"), into=[{"unit": "2", "quantity": 30}]),
    done("ship", 4, shipment="s1", to="CITY", units=[item("A/2", 20, "2a")]),
]


def pick(
    movements: list[dict[str, Any]], quantity: float = 1000, product: str = "VAX", **fields: Any
) -> dict[str, Any]:
    answer = ask(movements, "pick", product=product, quantity=quantity, **fields)
    lines = [f"{line['lot']}/{line['unit']} {line['quantity']}" for line in answer["lines"]]
    reasons = {f"{row['lot']}/{row['unit']}": row["reason"] for row in answer["passed_over"]}
    return {"lines": lines, "short": answer["short"], "passed_over": reasons}


def test_stock_is_what_stands_at_a_location_or_below_it() -> None:
    assert stock(*MOVEMENTS) == {"A/1": ("ROOM", 70), "A/2": ("ROOM", 10), "B/1": ("SHELF", 7), "Q/1": ("ROOM", 30)}
    assert stock(*MOVEMENTS, location="SHELF") == {"B/1": ("SHELF", 7)}
    assert stock(*MOVEMENTS, location="SITE", product="VAX", lot="A") == {"A/1": ("ROOM", 70), "A/2": ("ROOM", 10)}
    assert stock(*MOVEMENTS, location="DOCK") == {}


def test_a_trace_leads_back_to_the_supplier_and_on_to_the_customer() -> None:
    back = ask(MOVEMENTS, "trace", direction="back", **unit("A/2a"))
    assert [(row["lot"], row["unit"], row["depth"]) for row in back["units"]] == [
        ("Q", "1", 3),
        ("A", "1", 2),
        ("A", "2", 1),
        ("A", "2a", 0),
    ]
    assert [(row["party"], row["lot"], row["quantity"]) for row in back["suppliers"]] == [("MAKER", "Q", 40)]
    forward = ask(MOVEMENTS, "trace", direction="forward", **unit("Q"))
    assert {row["unit"]: row["depth"] for row in forward["units"] if row["lot"] == "A"} == {"1": 1, "2": 2, "2a": 3}
    assert forward["customers"] == [
        {"party": "CITY", "shipment": "s1", **unit("A/2a"), "quantity": 20, "at": day(4)},
    ]


def test_without_the_key_unit_all_units_of_the_lot_are_asked_about() -> None:
    movements = [*MOVEMENTS, received("B", 3, "SHELF", on=2)]
    units = [row["unit"] for row in ask(movements, "trace", direction="back", **unit("B"))["units"]]
    assert units == [None, "1"]
    nameless = ask(movements, "trace", direction="back", **unit("B"), unit=None)
    assert [row["unit"] for row in nameless["units"]] == [None]


def test_a_recall_tells_where_everything_is_that_came_of_it() -> None:
    answer = ask(MOVEMENTS, "recall", units=[unit("Q")])
    rows = [(row["lot"], row["unit"], row["state"], row["where"], row["quantity"]) for row in answer["rows"]]
    assert rows == [
        ("Q", "1", "in_stock", "ROOM", 30),
        ("Q", "1", "used", None, 10),
        ("A", "1", "in_stock", "ROOM", 70),
        ("A", "2", "in_stock", "ROOM", 10),
        ("A", "2a", "on_its_way", "CITY", 20),
    ]
    assert {"product": "VAX", "state": "in_stock", "quantity": 80} in answer["totals"]


def test_what_has_not_begun_gives_nothing() -> None:
    questions = [
        {"ask": "trace", "direction": "forward", **unit("A/2a"), "at": day(3)},
        {"ask": "recall", "units": [unit("C")]},
        {"ask": "balance", **unit("C")},
    ]
    trace, recall, balance = ask_all(MOVEMENTS, questions)
    assert trace == {"units": [], "customers": []}
    assert recall == {"rows": [], "totals": []}
    assert set(balance.values()) == {0}


def test_questions_of_different_instants_are_answered_in_their_own_order() -> None:
    questions = [{"ask": "stock", "lot": "A", "at": day(n)} for n in (4, 1, 3, 2)]
    answers = ask_all(MOVEMENTS, questions)
    assert [len(answer["rows"]) for answer in answers] == [2, 0, 2, 1]


def test_fefo_takes_the_first_to_expire_fifo_the_first_in_and_lifo_the_last() -> None:
    movements = [received("B/1", 5), received("A/1", 5, on=2), received("C/1", 5, on=3), received("A/2", 5, on=4)]
    assert pick(movements, 17)["lines"] == ["C/1 5", "A/1 5", "A/2 5", "B/1 2"]
    assert pick(movements, 17, strategy="fifo")["lines"] == ["B/1 5", "A/1 5", "A/2 5", "C/1 2"]
    assert pick(movements, 6, strategy="lifo")["lines"] == ["C/1 5", "A/1 1"]
    assert pick(movements, 1, uom="case") == {
        "lines": ["C/1 5", "A/1 5", "A/2 2"],
        "short": 0,
        "passed_over": {},
    }
    assert pick(movements, 20.5)["short"] == Decimal("0.5")


def test_why_a_unit_is_passed_over() -> None:
    movements = [received(f"A/{n}", 5) for n in range(1, 5)]
    movements += [done("status", 2, **unit(f"A/{n}"), status=word) for n, word in ((1, "rejected"), (2, "quarantined"))]
    assert pick(movements)["passed_over"] == {"A/1": "rejected", "A/2": "quarantined"}
    held = ask(movements, "pick", held=(UnitKey("VAX", "A", "3"),), product="VAX", quantity=1)
    assert [row["reason"] for row in held["passed_over"]] == ["rejected", "quarantined", "held"]
    assert [line["unit"] for line in held["lines"]] == ["4"]


def test_a_lots_status_blocks_all_of_it() -> None:
    movements = [received("A/1", 5), done("status", 2, product="VAX", lot="A", status="recalled")]
    assert pick(movements)["passed_over"] == {"A/1": "recalled"}


def test_what_must_be_released_is_not_picked_before() -> None:
    movements = [received("Q/1", 5)]
    assert pick(movements, product="BULK")["passed_over"] == {"Q/1": "not_released"}
    released = done("status", 2, product="BULK", lot="Q", status="released")
    assert pick([*movements, released], 1, "BULK")["lines"] == ["Q/1 1"]


@pytest.mark.parametrize(
    ("at", "party", "reason"),
    [
        ("2026-02-28T22:59:59Z", "CITY", None),  # still the 28th in Berlin: ten days and it expires on the 10th
        ("2026-02-28T23:00:00Z", "CITY", "too_short"),
        ("2026-02-28T23:00:00Z", "FARM", None),
        ("2026-03-10T22:59:59Z", None, None),  # usable on its last day
        ("2026-03-10T23:00:00Z", None, "expired"),
    ],
)
def test_expiry_counts_in_the_days_of_the_site(at: str, party: str | None, reason: str | None) -> None:
    assert pick([received("A/1", 5)], at=at, **{"for": party})["passed_over"] == (
        {} if reason is None else {"A/1": reason}
    )


def test_what_was_made_of_recalled_stock_is_blocked_until_it_is_released() -> None:
    recalled = done("status", 5, product="BULK", lot="Q", status="recalled")
    assert pick([*MOVEMENTS, recalled])["passed_over"] == {"A/1": "blocked_source", "A/2": "blocked_source"}
    released = done("status", 6, **unit("A/1"), status="released")
    assert pick([*MOVEMENTS, recalled, released])["passed_over"] == {}  # unit 2 came from unit 1, of its own lot
    again = done("status", 7, **unit("Q/1"), status="rejected")
    assert pick([*MOVEMENTS, recalled, released, again])["passed_over"].keys() == {"A/1", "A/2"}


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"ask": "weather"}, "ask must be one of stock, balance, trace, recall, count, pick"),
        ({"ask": "stock", "lot": "Z"}, 'lot "Z" is none of the site'),
        ({"ask": "stock", "product": "BULK", "lot": "A"}, 'lot "A" is none of product "BULK"'),
        ({"ask": "stock", "colour": "red"}, '"colour" is an unknown field'),
        ({"ask": "balance", "product": "VAX"}, "lot is missing"),
        ({"ask": "trace", **unit("A")}, "direction is missing"),
        ({"ask": "recall", "units": []}, "units must be a list of at least 1"),
        ({"ask": "pick", "product": "VAX"}, "quantity is missing"),
        (
            {"ask": "pick", "product": "VAX", "quantity": 1, "strategy": "FEFO"},
            "strategy must be one of fefo, ",
        ),
        ({"ask": "count", "movement": "m1"}, '"m1" is no count that happened'),
        ({"ask": "count", "movement": "c", "at": day(5)}, f'"c" happened at {day(9)}, later than is asked about'),
    ],
)
def test_a_wrong_question_is_named_by_its_line(question: dict[str, Any], why: str) -> None:
    history = happened(*MOVEMENTS, done("count", 9, location="ROOM", id="c"))
    with pytest.raises(Refused) as caught:
        read_questions(['{"ask": "stock"}', json.dumps(question)], names(), history, "Q.jsonl")
    (problem,) = caught.value.problems
    assert problem.startswith("Q.jsonl:2: ")
    assert why in problem
