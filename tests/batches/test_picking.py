"""What is taken when some of it is reserved, restricted to markets, or has used some of its stability."""

from collections.abc import Collection, Mapping
from itertools import permutations

import pytest

from batches.picking import Picking
from batches.questions import AskPick
from batches.stock import Unit
from domain.errors import Refused
from domain.model import Batch, Party, Strategy, UnitKey
from domain.numbers import SCALE
from domain.times import parse_instant
from tests.batches.stock_room import ask, day, happened, names, received

HERE = happened(received("A/1", 10), received("A/2", 10), received("B/1", 10)).all()


def key(name: str) -> UnitKey:
    lot, _, unit = name.partition("/")
    return UnitKey("VAX", lot, unit)


def picked(
    quantity: int,
    strategy: Strategy = "fefo",
    party: str | None = None,
    reserved: Mapping[str, int] | None = None,
    used: Mapping[str, int] | None = None,
    expired_in_use: Collection[str] = (),
) -> tuple[list[str], int, dict[str, str]]:
    picking = Picking(
        HERE,
        names(),
        parse_instant(day(2)),
        (),
        expired_in_use={key(name) for name in expired_in_use},
        reserved={key(name): each * SCALE for name, each in (reserved or {}).items()},
        life_used={key(name): each for name, each in (used or {}).items()},
    )
    found = picking.pick(AskPick("VAX", quantity * SCALE, strategy, party, None), HERE.units.values())
    lines = [f"{_short(line.unit)} {line.quantity // SCALE}" for line in found.lines]
    return lines, found.short // SCALE, {_short(unit): reason for unit, reason in found.passed_over}


def _short(unit: Unit) -> str:
    return f"{unit.key.lot}/{unit.key.unit}"


def test_what_is_reserved_is_passed_over_and_of_a_part_the_rest_is_taken() -> None:
    assert picked(12, reserved={"A/1": 10, "A/2": 7}) == (["A/2 3", "B/1 9"], 0, {"A/1": "reserved"})


def test_what_is_passed_over_comes_by_name_in_whatever_order_the_units_came() -> None:
    picking = Picking(HERE, names(), parse_instant(day(2)), {key(name) for name in ("A/1", "A/2", "B/1")})
    asked = AskPick("VAX", SCALE, "fefo", None, None)
    for units in permutations(HERE.units.values()):
        found = picking.pick(asked, units)
        assert [_short(unit) for unit, _ in found.passed_over] == ["A/1", "A/2", "B/1"]


def test_more_reserved_than_there_is_leaves_nothing() -> None:
    assert picked(30, reserved={"A/1": 11}) == (["A/2 10", "B/1 10"], 10, {"A/1": "reserved"})


def test_by_stability_what_has_used_most_of_it_goes_first_and_equal_ones_by_expiry() -> None:
    assert picked(30, "stability", used={"B/1": 400_000, "A/2": 100_000})[0] == ["B/1 10", "A/2 10", "A/1 10"]
    assert picked(30, "stability")[0] == ["A/1 10", "A/2 10", "B/1 10"]


def test_a_lot_for_some_markets_goes_to_parties_there_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(names().batches, ("VAX", "A"), Batch("VAX", "A", markets=("DE", "AT")))  # type: ignore[arg-type]
    for party, market in (("CITY", "AT"), ("FARM", "FR"), ("MAKER", None)):
        monkeypatch.setitem(names().parties, party, Party(party, "customer", market=market))  # type: ignore[arg-type]
    wrong = {"A/1": "wrong_market", "A/2": "wrong_market"}
    assert picked(5, party="CITY") == (["A/1 5"], 0, {})
    assert picked(5, party="FARM") == (["B/1 5"], 0, wrong)
    assert picked(5, party="MAKER") == (["B/1 5"], 0, wrong)  # nobody knows where that is
    assert picked(5)[2] == {}


def test_only_a_product_that_may_be_is_picked_by_stability() -> None:
    with pytest.raises(Refused, match='stability is not what product "VAX" may be picked by'):
        ask([received("A/1")], "pick", product="VAX", quantity=1, strategy="stability")


def test_a_unit_that_was_opened_or_thawed_too_long_ago_is_passed_over_alone() -> None:
    assert picked(15, expired_in_use=["A/1"]) == (["A/2 10", "B/1 5"], 0, {"A/1": "expired"})
    assert picked(15, expired_in_use=["A/1"], reserved={"A/1": 10})[2] == {"A/1": "expired"}
