"""What must hold of any stock, whatever happened to it."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from tests.batches.stock_room import ask, ask_all, done, happened, item, received, unit
from tests.thrift import examples

UNITS = ["A/1", "A/2", "B/1", "B/sent", "Q/1"]
PLACES = ["ROOM", "SHELF", "DOCK"]
quantities = st.sampled_from([0.5, 1, 2.25, 10, 40])
names_of_units = st.sampled_from(UNITS)
places = st.sampled_from(PLACES)


@st.composite
def movements(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Movements that are possible one after the other; what is not is left out, or voided."""
    found = [received(name, 50) | {"id": name} for name in ("A/1", "B/1", "Q/1")]
    found.append(done("ship", 2, shipment="s1", to="CITY", units=[item("B/1", 20, "sent")], id="s1"))
    for number in range(draw(st.integers(1, 12))):
        at = f"2026-02-01T{number:02}:00:00Z"
        more = draw(one(at, number)) | {"id": f"m{number}"}
        if _possible([*found, more]):
            found.append(more)
            if draw(st.integers(0, 9)) == 0 and _possible([*found, void := done("void", at, movement=more["id"])]):
                found.append(void | {"id": f"v{number}"})
    return found


@st.composite
def one(draw: st.DrawFn, at: str, number: int) -> dict[str, Any]:
    """Any movement."""
    name = draw(names_of_units)
    part = draw(st.one_of(st.none(), quantities))
    items = [item(name, part, f"p{number}" if part else None)]
    kinds: list[dict[str, Any]] = [
        done("receive", at, **unit(name), quantity=draw(quantities), location=draw(places), **{"from": "MAKER"}),
        done("move", at, units=items, to=draw(places)),
        done("split", at, **unit(name), into=[{"unit": f"s{number}", "quantity": draw(quantities)}]),
        done("ship", at, shipment="s1", to="CITY", units=items, via=draw(st.sampled_from([None, "TRUCK"]))),
        done("return", at, units=[item("B/sent")], location=draw(places), **{"from": "CITY"}),
        done("deliver", at, shipment="s1"),
        done("destroy", at, units=[item(name, part)]),
        done("adjust", at, **unit(name), by=draw(st.sampled_from([-1, 0.5, 3]))),
        done("status", at, **unit(name), status=draw(st.sampled_from(["released", "quarantined", "rejected"]))),
        done("status", at, product="BULK", lot="Q", status=draw(st.sampled_from(["released", "recalled"]))),
        done(
            "make",
            at,
            inputs=[item(name, part)],
            outputs=[unit(f"{draw(st.sampled_from('AB'))}/o{number}") | {"quantity": 5, "location": "ROOM"}],
        ),
    ]
    return draw(st.sampled_from(kinds))


def _possible(found: list[dict[str, Any]]) -> bool:
    try:
        happened(*found).all()
    except Refused:
        return False
    return True


few = settings(max_examples=examples(40))


@few
@given(movements())
def test_nothing_appears_and_nothing_vanishes(found: list[dict[str, Any]]) -> None:
    for name in ("A", "B", "Q"):
        sums = ask(found, "balance", **unit(name))
        came = sums["received"] + sums["made"] + sums["returned"] + sums["adjusted"]
        assert came - sums["used"] - sums["shipped"] - sums["destroyed"] == sums["in_stock"]
        rows = ask(found, "stock", lot=name)["rows"]
        assert sum(Decimal(row["quantity"]) for row in rows) == sums["in_stock"]


@few
@given(movements(), names_of_units, names_of_units)
def test_back_and_forward_are_each_others_inverse(found: list[dict[str, Any]], one: str, other: str) -> None:
    forward = ask(found, "trace", direction="forward", **unit(one))["units"]
    back = ask(found, "trace", direction="back", **unit(other))["units"]
    depth = {(row["lot"], row["unit"]): row["depth"] for row in forward}
    height = {(row["lot"], row["unit"]): row["depth"] for row in back}
    first, last = tuple(one.split("/")), tuple(other.split("/"))
    assert depth.get(last) == height.get(first)


@few
@given(movements(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_says_nothing_where_instants_differ(found: list[dict[str, Any]], chance: Any) -> None:
    plain = [movement for movement in found if movement["do"] != "void"]
    if not _possible(plain):
        return
    shuffled = chance.sample(plain, len(plain))
    questions = [
        {"ask": "stock"},
        {"ask": "pick", "product": "VAX", "quantity": 100},
        {"ask": "recall", "units": [unit("Q")]},
    ]
    assert ask_all(plain, questions) == ask_all(shuffled, questions)


@few
@given(movements(), st.booleans())
def test_no_pick_takes_what_it_passes_over_and_all_that_is_usable_is_offered(
    found: list[dict[str, Any]], released: bool
) -> None:
    more = [done("status", 28, product="BULK", lot="Q", status="released", id="more")] if released else []
    answer = ask([*found, *more], "pick", product="VAX", quantity=999_999_999)
    standing = Counter((r["lot"], r["unit"]) for r in ask(found, "stock", product="VAX")["rows"])
    taken = Counter((line["lot"], line["unit"]) for line in answer["lines"])
    passed_over = Counter((row["lot"], row["unit"]) for row in answer["passed_over"])
    assert taken + passed_over == standing


@few
@given(movements(), names_of_units, st.sampled_from(["rejected", "recalled", "quarantined"]), st.booleans())
def test_no_pick_takes_what_its_status_or_that_of_its_lot_says_no_to(
    found: list[dict[str, Any]], name: str, status: str, of_lot: bool
) -> None:
    blocked = {field: value for field, value in unit(name).items() if field != "unit" or not of_lot}
    set_last = [*found, done("status", "2026-02-02T00:00:00Z", **blocked, status=status, id="last")]
    if not _possible(set_last):
        return
    answer = ask(set_last, "pick", product=blocked["product"], quantity=999_999_999)
    taken = {(line["lot"], line["unit"]) for line in answer["lines"]}
    assert not any(lot == blocked["lot"] and (of_lot or one == blocked["unit"]) for lot, one in taken)
    reasons = {row["reason"] for row in answer["passed_over"] if row["lot"] == blocked["lot"] and of_lot}
    assert reasons <= {"rejected", "recalled", "quarantined"}


@few
@given(movements())
def test_a_recall_accounts_for_every_quantity(found: list[dict[str, Any]]) -> None:
    """What a recall finds of a lot is what came in less what is not there any more, in some state."""
    rows = ask(found, "recall", units=[unit("A")])["rows"]
    sums = ask(found, "balance", **unit("A"))
    of_lot = [row for row in rows if row["lot"] == "A"]
    by_state = {
        state: sum(Decimal(r["quantity"]) for r in of_lot if r["state"] == state) for state in ("in_stock", "used")
    }
    assert by_state["in_stock"] == sums["in_stock"]
    assert by_state["used"] == sums["used"]


@few
@given(movements())
def test_a_later_movement_never_changes_an_earlier_answer(found: list[dict[str, Any]]) -> None:
    plain = [movement for movement in found if movement["do"] != "void"]
    if not _possible(plain):
        return
    before = plain[: 4 + len(plain[4:]) // 2]  # those that are always there, and half of the others
    at = max(movement["at"] for movement in before)
    assert ask(before, "stock", at=at) == ask(plain, "stock", at=at)


def test_the_movements_that_are_made_up_are_of_all_sorts() -> None:
    """So that the properties above say something."""
    seen: Counter[str] = Counter()

    @settings(max_examples=40, database=None, derandomize=True)
    @given(movements())
    def look(found: list[dict[str, Any]]) -> None:
        seen.update(movement["do"] for movement in found)

    look()
    assert seen.keys() >= {"receive", "move", "split", "ship", "return", "destroy", "status", "make", "deliver"}
