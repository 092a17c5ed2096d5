"""Orders in the live system: reserved by the one writer, picked unit by unit, stopped, shipped."""

import json
from typing import Any

import pytest

from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.model import UnitKey
from domain.times import DAY, parse_instant
from ledger.orders.reading import find_order
from ledger.requests import (
    CancelOrder,
    ConfirmPick,
    Correct,
    DateUnit,
    Item,
    PlaceOrder,
    ReleaseReservations,
    ReserveOrder,
    ShipOrder,
    StartPick,
)
from store.stock import orders as stored
from store.stock.tables import movements
from store.tables import alerts, audit, events
from tests.batches.stock_room import SITE, day, done, item, received, unit
from tests.ledger.stage import Stage
from tests.ledger.stock import recorded

NOW = parse_instant(day(9))  # lot A expires in March


@pytest.fixture
def stage(database):
    """Twenty vials in two pallets of lot A, which expires first, and ten of lot B."""
    stage = Stage(database, site="")
    stage.apply(SITE, NOW - DAY)
    record(stage, received("A/1", 10), received("A/2", 10, "SHELF"), received("B/1", 10))
    return stage


def record(stage: Stage, *wanted: dict[str, Any]) -> None:
    recorded.record(stage, *wanted, now=NOW)


def place(stage: Stage, *quantities: float, name: str | None = None, party: str = "FARM", **more: Any) -> str:
    lines = [{"product": "VAX", "quantity": each, **more} for each in quantities]
    return stage.ask(PlaceOrder(order=json.dumps({"id": name, "for": party, "lines": lines})), NOW)["order"]


def reserve(stage: Stage, order: str) -> dict[str, Any]:
    return stage.ask(ReserveOrder(order=order), NOW)


def kept(stage: Stage, order: str) -> list[tuple[str, int, bool]]:
    with stage.database.read() as connection:
        found = find_order(connection, order).order
    return [
        (f"{each.unit.lot}/{each.unit.unit}", each.quantity // 1_000_000, each.picked) for each in found.reservations
    ]


def state_of(stage: Stage, order: str) -> str:
    with stage.database.read() as connection:
        return find_order(connection, order).order.state


def confirm(stage: Stage, order: str, scan: str) -> dict[str, Any]:
    return stage.ask(ConfirmPick(order=order, scan=scan), NOW)


def stops(stage: Stage, order: str) -> dict[str, str | None]:
    with stage.database.read() as connection:
        found = find_order(connection, order)
        return {f"{row.lot}/{row.name}": row.stopped for row in found.reserved.values()}


def told(stage: Stage, kind: str) -> list[Any]:
    return [row.subject for row in stage.rows(events, events.c.kind == kind)]


def test_an_order_is_placed_reserved_picked_and_shipped(stage):
    assert place(stage, 1, uom="case", name="SO-1") == "SO-1"
    assert reserve(stage, "SO-1") == {
        "order": "SO-1",
        "lines": [
            {
                "line": 1,
                "reserved": [["VAX", "A", "1", "10"], ["VAX", "A", "2", "2"]],
                "short": "0",
                "passed_over": [],
            }
        ],
    }
    assert state_of(stage, "SO-1") == "reserved"
    assert stage.ask(StartPick(order="SO-1"), NOW)["picker"] == "quinn"
    assert confirm(stage, "SO-1", "VAX A 2")["left"] == 1
    confirm(stage, "SO-1", "VAX A 1")
    assert state_of(stage, "SO-1") == "picked"
    stage.ask(ShipOrder(order="SO-1", shipment="TOUR"), NOW)
    assert state_of(stage, "SO-1") == "shipped"
    [row] = stage.rows(movements, movements.c.do == "ship")
    shipped = json.loads(row.recorded)
    assert (shipped["shipment"], shipped["to"], shipped["document"]) == ("TOUR", "FARM", "SO-1")
    assert [(each["unit"], each["quantity"], each.get("as")) for each in shipped["units"]] == [
        ("1", 10, None),
        ("2", 2, "SO-1/2"),
    ]
    with stage.database.read() as connection:
        assert stored.reserved(connection) == {}


def test_what_is_reserved_for_one_order_no_other_gets(stage):
    place(stage, 25, name="SO-1")
    place(stage, 10, name="SO-2")
    reserve(stage, "SO-1")
    second = reserve(stage, "SO-2")["lines"][0]
    assert second["reserved"] == [["VAX", "B", "1", "5"]]
    assert second["short"] == "5"
    assert second["passed_over"] == [["VAX", "A", "1", "reserved"], ["VAX", "A", "2", "reserved"]]
    stage.ask(CancelOrder(order="SO-1", reason="wrong customer"), NOW)
    assert reserve(stage, "SO-2")["lines"][0]["reserved"] == [["VAX", "A", "1", "5"]]
    assert state_of(stage, "SO-2") == "reserved"


def test_reserving_again_changes_nothing_when_all_is_reserved(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    assert reserve(stage, "SO-1")["lines"] == []
    assert kept(stage, "SO-1") == [("A/1", 5, False)]


def test_only_units_at_the_wanted_location_are_reserved(stage):
    place(stage, 5, name="SO-1", location="SHELF")
    reserve(stage, "SO-1")
    assert kept(stage, "SO-1") == [("A/2", 5, False)]


def test_lots_too_short_for_the_customer_are_passed_over(stage):
    later = NOW + 51 * DAY  # the 1st of March
    order = {"id": "SO-1", "for": "CITY", "lines": [{"product": "VAX", "quantity": 5}]}
    stage.ask(PlaceOrder(order=json.dumps(order)), later)
    [line] = stage.ask(ReserveOrder(order="SO-1"), later)["lines"]
    assert line["reserved"] == [["VAX", "B", "1", "5"]]
    assert [each[1:] for each in line["passed_over"]] == [["A", "1", "too_short"], ["A", "2", "too_short"]]


@pytest.mark.parametrize(
    ("scan", "why"),
    [
        ("VAX B 1", "is of another lot than is wanted; right would be VAX A 1 at ROOM"),
        ("VAX A 2", "is another unit of the lot than is wanted; right would be VAX A 1 at ROOM"),
        ("BULK Q 1", "is not on this list; right would be VAX A 1 at ROOM"),
        ("nonsense", "is not on this list"),
    ],
)
def test_a_wrong_scan_is_refused_with_what_would_be_right(stage, scan, why):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    with pytest.raises(ConflictError, match=why):
        confirm(stage, "SO-1", scan)
    assert kept(stage, "SO-1") == [("A/1", 5, False)]


def test_a_unit_is_confirmed_once(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    confirm(stage, "SO-1", "VAX A 1")
    with pytest.raises(ConflictError, match="is picked already"):
        confirm(stage, "SO-1", "VAX A 1")


def test_a_status_that_arrives_meanwhile_stops_the_pick_and_another_lets_it_go_on(stage):
    place(stage, 15, name="SO-1")
    reserve(stage, "SO-1")
    stage.ask(StartPick(order="SO-1"), NOW)
    confirm(stage, "SO-1", "VAX A 1")
    record(stage, done("status", 2, **unit("A/1"), status="quarantined"))
    assert stops(stage, "SO-1") == {"A/1": "quarantined", "A/2": None}
    assert told(stage, "order.pick_stopped") == [{"order": "SO-1", "picker": "quinn"}]
    confirm(stage, "SO-1", "VAX A 2")
    with pytest.raises(ConflictError, match="cannot be shipped: VAX A 1: quarantined"):
        stage.ask(ShipOrder(order="SO-1"), NOW)
    record(stage, done("status", 3, **unit("A/1"), status="released"))
    assert stops(stage, "SO-1") == {"A/1": None, "A/2": None}
    assert told(stage, "order.pick_resumed") == [{"order": "SO-1", "picker": "quinn"}]
    stage.ask(ShipOrder(order="SO-1"), NOW)


def test_a_recall_of_what_it_was_made_of_stops_the_pick(stage):
    bulk = received("Q/1", 40)
    made = done("make", 2, inputs=[item("Q/1", 10)], outputs=[unit("B/2") | {"quantity": 9, "location": "ROOM"}])
    record(stage, bulk, made, done("destroy", 2, units=[unit("A/1"), unit("A/2"), unit("B/1")]))
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    record(stage, done("status", 3, product="BULK", lot="Q", status="recalled"))
    assert stops(stage, "SO-1") == {"B/2": "blocked_source"}
    with pytest.raises(ConflictError, match="VAX B 2 may not be used: blocked_source"):
        confirm(stage, "SO-1", "VAX B 2")


def test_stopped_reservations_are_given_up_and_others_reserved(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    with pytest.raises(ConflictError, match="no reservation of order SO-1 is stopped"):
        stage.ask(ReleaseReservations(order="SO-1"), NOW)
    record(stage, done("destroy", 2, units=[unit("A/1")]))
    assert stops(stage, "SO-1") == {"A/1": "not_in_stock"}
    stage.ask(ReleaseReservations(order="SO-1"), NOW)
    reserve(stage, "SO-1")
    assert kept(stage, "SO-1") == [("A/2", 5, False)]


def test_what_is_missing_is_shipped_only_as_partial(stage):
    place(stage, 35, name="SO-1")
    reserve(stage, "SO-1")
    for scan in ("VAX A 1", "VAX A 2"):
        confirm(stage, "SO-1", scan)
    with pytest.raises(ConflictError, match="only 2 of 3 reservations of order SO-1 are picked"):
        stage.ask(ShipOrder(order="SO-1"), NOW)
    confirm(stage, "SO-1", "VAX B 1")
    with pytest.raises(ConflictError, match="5 VAX of order SO-1 are missing"):
        stage.ask(ShipOrder(order="SO-1"), NOW)
    stage.ask(ShipOrder(order="SO-1", partial=True), NOW)
    with pytest.raises(ConflictError, match="order SO-1 is shipped already"):
        stage.ask(CancelOrder(order="SO-1"), NOW)


def test_a_refused_shipment_leaves_the_order_as_it_is(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    confirm(stage, "SO-1", "VAX A 1")
    record(stage, done("ship", 2, shipment="S", to="CITY", units=[unit("B/1")]))
    with pytest.raises(ConflictError, match="S"):  # a shipment goes to one party
        stage.ask(ShipOrder(order="SO-1", shipment="S"), NOW)
    assert kept(stage, "SO-1") == [("A/1", 5, True)]
    assert state_of(stage, "SO-1") == "picked"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"for": "NOBODY", "lines": [{"product": "VAX", "quantity": 1}]}, "for .*NOBODY"),
        ({"lines": [{"product": "VAX", "quantity": 1}]}, "for is missing"),
        ({"for": "FARM", "lines": []}, "at least 1"),
        ({"for": "FARM", "lines": [{"product": "NONE", "quantity": 1}]}, r"lines\[0\].product .*NONE"),
        ({"for": "FARM", "lines": [{"product": "VAX", "quantity": 0}]}, r"lines\[0\].quantity .*above 0"),
        ({"for": "FARM", "lines": [{"product": "VAX", "quantity": 1, "uom": "barrel"}]}, "barrel"),
        ({"for": "FARM", "lines": [{"product": "VAX", "quantity": 1, "strategy": "stability"}]}, "stability"),
        ({"for": "FARM", "lines": [{"product": "VAX", "quantity": 1, "colour": "red"}]}, "colour"),
    ],
)
def test_a_wrong_order_is_refused_with_the_field_and_the_value(stage, order, why):
    with pytest.raises(InvalidError, match=why):
        stage.ask(PlaceOrder(order=json.dumps(order)), NOW)


def test_an_order_without_an_id_gets_the_next_free_one(stage):
    place(stage, 1, name="ORDER-2")
    assert place(stage, 1) == "ORDER-3"
    with pytest.raises(ConflictError, match="order ORDER-2 is there already"):
        place(stage, 1, name="ORDER-2")
    with pytest.raises(NotFoundError, match="no order 'ORDER-9'"):
        reserve(stage, "ORDER-9")


def test_everything_done_with_an_order_is_in_the_audit(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    confirm(stage, "SO-1", "VAX A 1")
    stage.ask(ShipOrder(order="SO-1"), NOW)
    rows = stage.rows(audit, audit.c.kind == "order")
    assert [(row.who, row.what, row.key) for row in rows] == [
        ("quinn", what, "SO-1") for what in ("ordered", "reserved", "picked", "shipped")
    ]


def test_units_are_looked_up_by_name_only(stage):
    with stage.database.read() as connection:
        assert [UnitKey(*key) for key in stored.units_called(connection, "1")] == [
            UnitKey("VAX", "A", "1"),
            UnitKey("VAX", "B", "1"),
        ]


def test_what_was_opened_too_long_ago_stops_its_pick_and_is_not_reserved(stage):
    stage.ask(Correct(put=[Item("product", {"id": "VAX", "after_thawing": "1d"}, keeps=True)]), NOW)
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    stage.ask(DateUnit(product="VAX", lot="A", unit="1", thawed_at=NOW - DAY), NOW)
    assert stops(stage, "SO-1") == {"A/1": "expired"}
    place(stage, 12, name="SO-2")
    [line] = reserve(stage, "SO-2")["lines"]
    assert line["reserved"] == [["VAX", "A", "2", "10"], ["VAX", "B", "1", "2"]]
    assert line["passed_over"] == [["VAX", "A", "1", "expired"]]
    stage.ask(DateUnit(product="VAX", lot="A", unit="1"), NOW)
    assert stops(stage, "SO-1") == {"A/1": None}


# --- what people are alerted to, and what is taken without its order ---


def sentences(stage: Stage) -> list[str]:
    return [row.sentence for row in stage.rows(alerts)]


def test_people_are_alerted_when_a_status_stops_a_pick_that_has_begun(stage):
    for name in ("SO-1", "SO-2"):
        place(stage, 5, name=name)
        reserve(stage, name)
    place(stage, 5, name="SO-3")
    reserve(stage, "SO-3")
    record(stage, done("destroy", 2, units=[unit("A/2")]))
    for name in ("SO-1", "SO-2"):
        stage.ask(StartPick(order=name), NOW)
    record(stage, done("status", 2, **unit("A/1"), status="quarantined"))
    assert sentences(stage) == ["Picking of SO-1, SO-2 stopped: VAX A 1 quarantined."]
    record(stage, done("status", 3, **unit("A/1"), status="released"))
    assert len(sentences(stage)) == 1


def test_nobody_is_alerted_where_nobody_picks(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    record(stage, done("status", 2, **unit("A/1"), status="quarantined"))
    assert (stops(stage, "SO-1"), sentences(stage)) == ({"A/1": "quarantined"}, [])


WITHOUT_ITS_ORDER = [
    done("move", 2, units=[item("A/1")], to="DOCK"),
    done("ship", 2, shipment="S", to="FARM", units=[item("A/1")]),
    done("make", 2, inputs=[item("A/1", 6)], outputs=[unit("B/9") | {"quantity": 1, "location": "ROOM"}]),
    done("merge", 2, product="VAX", lot="A", units=["1", "3"], **{"as": "4"}),
    done("destroy", 2, units=[item("A/1", 6)]),
    done("split", 2, **unit("A/1"), into=[{"unit": "5", "quantity": 6}]),
]


@pytest.mark.parametrize("wanted", WITHOUT_ITS_ORDER, ids=lambda each: each["do"])
def test_reserved_stock_is_taken_without_its_order_only_for_a_reason(stage, wanted):
    record(stage, received("A/3", 10))
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    with pytest.raises(ConflictError, match="VAX A 1 is reserved for order SO-1; give a reason"):
        recorded.record(stage, wanted, now=NOW, override=None)
    recorded.record(stage, wanted | {"reason": "asked for by the customer"}, now=NOW, override=None)
    assert stage.rows(movements)[-1].forced["units"] == [{**unit("A/1"), "reason": "reserved"}]


def test_the_rest_of_a_unit_is_free_and_what_was_picked_goes_to_the_dock(stage):
    place(stage, 5, name="SO-1")
    reserve(stage, "SO-1")
    free = [
        done("move", 2, units=[item("A/1", 5, "7")], to="DOCK"),
        done("move", 2, units=[item("A/2")], to="DOCK"),
    ]
    recorded.record(stage, *free, now=NOW, override=None)
    confirm(stage, "SO-1", "VAX A 1")
    recorded.record(stage, done("move", 3, units=[item("A/1")], to="DOCK"), now=NOW, override=None)
    with pytest.raises(ConflictError, match="reserved for order SO-1"):
        recorded.record(stage, done("destroy", 3, units=[item("A/1", 1)]), now=NOW, override=None)
    stage.ask(ShipOrder(order="SO-1"), NOW)
