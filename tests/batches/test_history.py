"""The order in which things happened, voids, and the present."""

from domain.times import parse_instant
from tests.batches.stock_room import ask, day, done, happened, item, received, refusal, stock

MOVE = done("move", 3, units=[item("A/1")], to="DOCK")


def test_things_happen_in_the_order_of_their_instants_not_of_the_lines() -> None:
    assert stock(MOVE, received("A/1")) == {"A/1": ("DOCK", 100)}


def test_at_one_instant_the_lines_decide() -> None:
    assert stock(received("A/1", on=3), MOVE) == {"A/1": ("DOCK", 100)}
    assert refusal(MOVE, received("A/1", on=3)).startswith("M.jsonl:1 m1: VAX A 1 does not exist at that time")


def test_the_first_that_is_not_possible_in_the_order_of_happening_is_named() -> None:
    late, early = done("move", 5, units=[item("B/1")], to="DOCK"), done("move", 2, units=[item("C/1")], to="DOCK")
    assert refusal(late, early).startswith("M.jsonl:2 m2:")


def test_what_is_voided_never_happened() -> None:
    void = done("void", 9, movement="m2")
    assert stock(received("A/1"), MOVE, void) == {"A/1": ("ROOM", 100)}
    assert stock(received("A/1"), MOVE, void, at=day(4)) == {"A/1": ("ROOM", 100)}
    assert refusal(received("A/1"), MOVE, done("void", 9, movement="m1")).startswith("M.jsonl:2 m2:")


def test_voids_that_cannot_be_are_refused_in_the_order_of_the_lines() -> None:
    void = done("void", 9, movement="m1")
    assert refusal(done("void", 9, movement="m2"), received("A/1")) == (
        'M.jsonl:1 m1: there is no movement "m2" before it'
    )
    assert refusal(received("A/1"), void, done("void", 1, movement="m1")) == (
        'M.jsonl:3 m3: "m1" is voided already, by "m2"'
    )
    assert refusal(received("A/1"), void, done("void", 9, movement="m2")).startswith('M.jsonl:3 m3: "m2" is a void')


def test_nothing_happens_after_now_voids_and_counts_included() -> None:
    now = parse_instant(day(2))
    for late in (MOVE, done("void", 3, movement="m1"), done("count", 3, location="ROOM")):
        assert refusal(received("A/1"), late, now=now) == (f"M.jsonl:2 m2: {day(3)} is after now, {day(2)}")
    assert happened(received("A/1", on=2), now=now).all().units


def test_what_is_asked_without_an_instant_is_asked_of_the_last_that_happened() -> None:
    movements = [received("A/1"), MOVE, done("void", 9, movement="m2")]
    assert ask(movements, "pick", product="VAX", quantity=1, at=day(1)) == ask(
        movements, "pick", product="VAX", quantity=1
    )
    assert happened(*movements).last == parse_instant(day(1))
    assert happened().last is None
