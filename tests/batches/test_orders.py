"""Orders: what is reserved for whom, in which order it is fetched, what a wrong scan is told, what stops a pick."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.orders import (
    Fetch,
    Order,
    OrderLine,
    Reservation,
    Scan,
    WrongScan,
    confirm,
    describe,
    pick_list,
    reserve,
    shipped_items,
    stopped,
)
from batches.picking import Picked, Picking
from batches.questions import AskPick
from batches.scanning import by_gtin, read_scan
from batches.stock import Stock
from domain.errors import InvalidError
from domain.model import Location, UnitKey, always
from domain.numbers import SCALE
from domain.times import parse_instant
from tests.batches.stock_room import day, done, happened, names, received

NOW = parse_instant(day(9))
LOCATIONS = {
    each.id: each
    for each in (
        Location("HALL"),
        Location("R10", always("HALL")),
        Location("R2", always("HALL")),
        Location("R2-1", always("R2")),
        Location("ANNEX"),
    )
}


def key(name: str) -> UnitKey:
    lot, slash, unit = name.partition("/")
    return UnitKey("BULK" if lot == "Q" else "VAX", lot, unit if slash else None)


def order(*wanted: int, name: str = "SO-1", party: str = "FARM") -> Order:
    """An order of vials, a line for each quantity."""
    return Order(name, party, tuple(OrderLine(i, "VAX", each * SCALE, "fefo") for i, each in enumerate(wanted, 1)))


def with_reserved(wanted: Order, *units: str, picked: Collection[str] = ()) -> Order:
    """The order with units reserved for its first line, ten of each."""
    return replace(
        wanted,
        reservations=tuple(Reservation(i, 1, key(name), 10 * SCALE, name in picked) for i, name in enumerate(units, 1)),
    )


def picking_from(stock: Stock, held: Collection[UnitKey] = ()) -> Callable[[AskPick, Mapping[UnitKey, int]], Picked]:
    def pick(asked: AskPick, reserved: Mapping[UnitKey, int]) -> Picked:
        of_product = [unit for unit in stock.units.values() if unit.key.product == asked.product]
        return Picking(stock, names(), NOW, held, reserved=reserved).pick(asked, of_product)

    return pick


def found_for(wanted: Order, stock: Stock, reserved: Mapping[UnitKey, int]) -> list[tuple[list[tuple[str, int]], int]]:
    return [
        ([(f"{unit.lot}/{unit.unit}", quantity // SCALE) for unit, quantity in each.taken], each.short // SCALE)
        for each in reserve(wanted, reserved, picking_from(stock))
    ]


def fetches(wanted: Order, at: str | None = "R2") -> list[Fetch]:
    return [Fetch(each, at) for each in wanted.open_reservations]


def nothing_wrong(_: UnitKey) -> None:
    return None


# --- reserving ---


def test_lines_get_what_is_left_by_those_before_them_and_what_others_have_reserved() -> None:
    stock = happened(received("A/1", 10), received("B/1", 10)).all()
    assert found_for(order(8, 8), stock, {key("B/1"): 5 * SCALE}) == [
        ([("A/1", 8)], 0),
        ([("A/1", 2), ("B/1", 5)], 1),
    ]


def test_only_what_is_missing_is_reserved() -> None:
    stock = happened(received("A/1", 10), received("B/1", 10)).all()
    half = with_reserved(order(15), "A/1")
    assert found_for(half, stock, {key("A/1"): 10 * SCALE}) == [([("B/1", 5)], 0)]
    assert found_for(with_reserved(order(10), "A/1"), stock, {}) == []


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        (order(10), "open"),
        (with_reserved(order(11), "A/1"), "open"),
        (with_reserved(order(20), "A/1", "A/2", picked=["A/1"]), "reserved"),
        (with_reserved(order(10), "A/1", picked=["A/1"]), "picked"),
        (replace(order(10), ended="cancelled"), "cancelled"),
    ],
)
def test_how_far_an_order_is(wanted: Order, state: str) -> None:
    assert wanted.state == state


@given(
    units=st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), max_size=6),
    wanted=st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=3), max_size=4),
    held=st.sets(st.integers(0, 5)),
)
def test_orders_never_share_more_than_there_is_and_get_nothing_that_may_not_be_used(
    units: list[tuple[str, int]], wanted: list[list[int]], held: set[int]
) -> None:
    stock = happened(*(received(f"{lot}/{i}", quantity) for i, (lot, quantity) in enumerate(units))).all()
    on_hold = {unit.key for i, unit in enumerate(stock.units.values()) if i in held}
    reserved: dict[UnitKey, int] = {}
    short = 0
    for i, quantities in enumerate(wanted):
        for each in reserve(order(*quantities, name=f"SO-{i}"), reserved, picking_from(stock, on_hold)):
            assert sum(quantity for _, quantity in each.taken) + each.short == each.line.quantity
            short += each.short
            for unit, quantity in each.taken:
                reserved[unit] = reserved.get(unit, 0) + quantity
    assert all(reserved[unit] <= stock.units[unit].quantity for unit in reserved)
    assert not on_hold & reserved.keys()
    usable = sum(unit.quantity for unit in stock.units.values() if unit.key not in on_hold)
    asked = sum(quantity * SCALE for quantities in wanted for quantity in quantities)
    assert short == max(asked - usable, 0)  # nobody goes without while there is some


# --- the way ---


def test_the_way_goes_by_location_and_what_is_nowhere_comes_last() -> None:
    moves = [received(name, 10) for name in ("A/1", "A/2", "A/3", "A/10", "A/4")]
    stock = happened(*moves, done("destroy", 2, units=[{"product": "VAX", "lot": "A", "unit": "4"}])).all()
    for name, location in (("A/1", "R10"), ("A/2", "R2-1"), ("A/3", "ANNEX"), ("A/10", "R2-1")):
        stock.units[key(name)].where = location
    wanted = with_reserved(order(50), "A/4", "A/1", "A/10", "A/2", "A/3")
    way = pick_list(wanted.open_reservations, stock.units, LOCATIONS, NOW)
    assert [(fetch.location, fetch.reservation.unit.unit) for fetch in way] == [
        ("ANNEX", "3"),
        ("R2-1", "2"),
        ("R2-1", "10"),
        ("R10", "1"),
        (None, "4"),
    ]


# --- confirming ---


def refused(wanted: Order, scan: Scan, why_not: Callable[[UnitKey], str | None] = nothing_wrong) -> WrongScan:
    found = confirm(wanted, scan, fetches(wanted), why_not)
    assert isinstance(found, WrongScan)
    return found


def test_a_right_scan_is_the_reservation_whatever_the_label_leaves_out() -> None:
    wanted = with_reserved(order(20), "A/1", "B/1")
    for scan in (Scan("VAX", "B", "1"), Scan(None, "B", None), Scan("VAX", "B", None)):
        found = confirm(wanted, scan, fetches(wanted), nothing_wrong)
        assert isinstance(found, Reservation) and found.unit == key("B/1")


@pytest.mark.parametrize(
    ("scan", "fault", "right"),
    [
        (Scan("BULK", "Q", "1"), "not_on_list", ["A/1", "A/2"]),
        (Scan("VAX", "C", "1"), "wrong_lot", ["A/1", "A/2"]),
        (Scan("VAX", "A", "7"), "wrong_unit", ["A/1", "A/2"]),
        (Scan("VAX", "A", None), "which_unit", ["A/1", "A/2"]),
        (Scan("VAX", "B", "1"), "already_picked", ["A/1", "A/2"]),
    ],
)
def test_a_wrong_scan_is_told_what_is_wrong_and_what_would_be_right(scan: Scan, fault: str, right: list[str]) -> None:
    wrong = refused(with_reserved(order(30), "A/1", "A/2", "B/1", picked=["B/1"]), scan)
    assert wrong.fault == fault
    assert [fetch.reservation.unit for fetch in wrong.right] == [key(name) for name in right]


def test_what_may_not_be_used_any_more_is_refused_with_the_reason() -> None:
    wrong = refused(with_reserved(order(20), "A/1", "A/2"), Scan("VAX", "A", "1"), lambda unit: "held")
    assert (wrong.fault, wrong.reason) == ("cannot_be_used", "held")
    assert describe(wrong) == "VAX A 1 may not be used: held; right would be VAX A 2 at R2"


def test_what_is_gone_cannot_be_picked() -> None:
    wanted = with_reserved(order(10), "A/1")
    wrong = confirm(wanted, Scan("VAX", "A", "1"), fetches(wanted, at=None), nothing_wrong)
    assert isinstance(wrong, WrongScan) and wrong.fault == "not_in_stock"


# --- what stops a pick ---


def test_a_pick_stops_for_what_is_held_or_gone_or_less_than_is_reserved() -> None:
    stock = happened(
        *(received(f"A/{n}", 10) for n in (1, 2, 3, 4)),
        done("adjust", 2, **key("A/2")._asdict(), by=-1),
        done("ship", 2, shipment="S", to="CITY", units=[key("A/3")._asdict()]),
    ).all()
    wanted = with_reserved(order(40), "A/1", "A/2", "A/3", "A/4", picked=["A/4"])
    held = {key("A/4"): "held"}
    assert [(each.reservation.unit.unit, each.reason) for each in stopped(wanted, stock.units, held.get)] == [
        ("2", "not_in_stock"),
        ("3", "not_in_stock"),
        ("4", "held"),
    ]


def test_what_is_shipped_is_what_was_picked_and_a_part_is_named_after_the_order() -> None:
    stock = happened(received("A/1", 10), received("A/2", 25), received("B", 25), received("A/3", 10)).all()
    names_of = ("A/1", "A/2", "B", "A/3")
    wanted = with_reserved(order(40), *names_of, picked=["A/1", "A/2", "B"])
    assert shipped_items(wanted, stock.units) == [
        {"product": "VAX", "lot": "A", "unit": "1", "quantity": 10},
        {"product": "VAX", "lot": "A", "unit": "2", "quantity": 10, "as": "SO-1/2"},
        {"product": "VAX", "lot": "B", "unit": None, "quantity": 10, "as": "SO-1"},
    ]


# --- scans ---


def test_a_scan_is_a_symbol_a_unit_or_what_people_write() -> None:
    gtins = by_gtin({"VAX": "9506000134352", "BULK": None})
    units = {"P-1": [key("A/P-1")], "1": [key("A/1"), key("B/1")]}

    def read(text: str) -> tuple[str | None, ...]:
        return tuple(read_scan(text, gtins, lambda name: units.get(name, [])))

    assert read("(01)09506000134352(10)A(21)P-1") == ("VAX", "A", "P-1")
    assert read("]d2010950600013435210A") == ("VAX", "A", None)
    assert read(" P-1 ") == ("VAX", "A", "P-1")
    assert read("1") == (None, None, "1")
    assert read("VAX A 1") == ("VAX", "A", "1")
    assert read("VAX A") == ("VAX", "A", None)
    assert read("A") == (None, "A", None)
    with pytest.raises(InvalidError, match="nothing was scanned"):
        read(" ")
    with pytest.raises(InvalidError, match="no product has the GTIN 00012345678905"):
        read("(01)00012345678905(10)A")
