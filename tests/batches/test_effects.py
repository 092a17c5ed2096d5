"""What each movement means for the stock, and when it is not possible."""

from decimal import Decimal
from typing import Any

import pytest

from tests.batches.stock_room import ask, day, done, item, received, refusal, stock, unit

SHIP = {"shipment": "s1", "to": "CITY"}


def test_a_unit_is_received_and_moved() -> None:
    moved = done("move", 2, units=[item("A/1")], to="DOCK")
    assert stock(received("A/1"), moved) == {"A/1": ("DOCK", 100)}
    assert stock(received("A/1"), moved, at=day(1)) == {"A/1": ("ROOM", 100)}


def test_the_unit_without_a_name_grows_where_it_stands() -> None:
    assert stock(received("A", 10), received("A", 2.5, on=2)) == {"A": ("ROOM", Decimal("12.5"))}
    assert 'VAX A (no unit) cannot begin: it exists already and is in stock at "ROOM"' in refusal(
        received("A"), received("A", location="DOCK", on=2)
    )


def test_a_part_becomes_a_unit_of_its_own_and_the_rest_stays() -> None:
    part = done("move", 2, units=[item("A/1", 40, "2")], to="DOCK")
    assert stock(received("A/1"), part) == {"A/1": ("ROOM", 60), "A/2": ("DOCK", 40)}


def test_a_quantity_without_a_new_name_says_how_much_all_of_it_is() -> None:
    move = done("move", 2, units=[item("A/1", 40)], to="DOCK")
    assert refusal(received("A/1"), move) == ("M.jsonl:2 m2: VAX A 1 has 100, not 40; a part of it needs a name (as)")
    assert stock(received("A/1", 40), move) == {"A/1": ("DOCK", 40)}


def test_a_unit_split_to_nothing_ends_and_begins_no_more() -> None:
    split = done("split", 2, **unit("A/1"), into=[{"unit": "2", "quantity": 60}, {"unit": "3", "quantity": 40}])
    assert stock(received("A/1"), split) == {"A/2": ("ROOM", 60), "A/3": ("ROOM", 40)}
    assert "VAX A 1 cannot begin: it exists already and has ended" in refusal(
        received("A/1"), split, received("A/1", on=3)
    )


def test_units_merge_where_they_all_stand() -> None:
    merge = done("merge", 3, product="VAX", lot="A", units=[None, "1"], **{"as": "2"})
    assert stock(received("A", 5), received("A/1", 6), merge) == {"A/2": ("ROOM", 11)}
    assert 'VAX A 1 stands at "DOCK", VAX A (no unit) at "ROOM"' in refusal(
        received("A", 5), received("A/1", 6, "DOCK"), merge
    )


def test_what_is_made_uses_up_its_inputs() -> None:
    make = done(
        "make", 2, inputs=[item("Q/1", 30), item("Q/2")], outputs=[unit("B/1") | {"quantity": 500, "location": "ROOM"}]
    )
    movements = [received("Q/1"), received("Q/2", 7), make]
    assert stock(*movements) == {"B/1": ("ROOM", 500), "Q/1": ("ROOM", 70)}
    assert ask(movements, "balance", product="BULK", lot="Q") == {
        "received": 107,
        "made": 0,
        "returned": 0,
        "adjusted": 0,
        "used": 37,
        "shipped": 0,
        "destroyed": 0,
        "lost": 0,
        "in_stock": 70,
    }


def test_what_is_shipped_is_on_its_way_until_it_is_delivered() -> None:
    movements = [received("A/1"), done("ship", 2, **SHIP, units=[item("A/1", 30, "2"), item("A/1")])]
    assert stock(*movements) == {}
    assert stock(*movements, at=day(1)) == {"A/1": ("ROOM", 100)}
    delivered = done("deliver", 3, shipment="s1", units=[unit("A/2")])
    rows = ask([*movements, delivered], "recall", units=[unit("A/1") | {"unit": "1"}])["rows"]
    assert [(row["unit"], row["state"], row["where"], row["quantity"]) for row in rows] == [
        ("1", "on_its_way", "CITY", 70),
        ("2", "delivered", "CITY", 30),
    ]
    again = done("deliver", 4, shipment="s1", units=[unit("A/2")])
    assert 'VAX A 2 is not on its way in shipment "s1": it is delivered in shipment "s1"' in refusal(
        *movements, delivered, again
    )


def test_a_shipment_goes_to_one_party_for_ever() -> None:
    first = done("ship", 2, **SHIP, units=[item("A/1")])
    other = done("ship", 3, shipment="s1", to="FARM", units=[item("B/1")])
    assert 'shipment "s1" goes to "CITY", not to "FARM"' in refusal(received("A/1"), received("B/1"), first, other)


def test_nothing_of_a_shipment_can_be_delivered_twice() -> None:
    movements = [received("A/1"), done("ship", 2, **SHIP, units=[item("A/1")]), done("deliver", 3, shipment="s1")]
    assert 'm4: nothing of shipment "s1" is on its way' in refusal(*movements, done("deliver", 4, shipment="s1"))


@pytest.mark.parametrize(
    ("status", "afterwards"),
    [(None, "quarantined"), ("released", "quarantined"), ("rejected", "rejected"), ("recalled", "recalled")],
)
def test_what_comes_back_is_quarantined_unless_it_is_worse(status: str | None, afterwards: str) -> None:
    movements = [received("B/1"), done("ship", 2, **SHIP, units=[item("B/1")])]
    movements += [done("status", 3, **unit("B/1"), status=status)] if status else []
    movements += [done("return", 4, units=[item("B/1")], location="DOCK", **{"from": "CITY"})]
    assert stock(*movements) == {"B/1": ("DOCK", 100)}
    passed_over = ask(movements, "pick", product="VAX", quantity=1)["passed_over"]
    assert passed_over == [{"lot": "B", "unit": "1", "reason": afterwards}]


def test_nothing_comes_back_from_somebody_who_does_not_have_it() -> None:
    ship = done("ship", 2, **SHIP, units=[item("A/1")])
    back = done("return", 3, units=[item("A/1")], location="DOCK", **{"from": "FARM"})
    assert 'VAX A 1 is not with "FARM": it is on its way in shipment "s1"' in refusal(received("A/1"), ship, back)


def test_a_unit_that_has_ended_stands_again_by_an_adjustment() -> None:
    movements = [received("A/1"), done("destroy", 2, units=[item("A/1")])]
    found = done("adjust", 3, **unit("A/1"), by=3, location="SHELF")
    assert stock(*movements, found) == {"A/1": ("SHELF", 3)}
    assert "say at which location it stands again" in refusal(*movements, done("adjust", 3, **unit("A/1"), by=3))
    assert "a location is only for one that has" in refusal(received("A/1"), found)


def test_an_adjustment_to_nothing_ends_a_unit() -> None:
    gone = done("adjust", 2, **unit("A/1"), by=-100)
    assert stock(received("A/1"), gone) == {}
    assert "VAX A 1 has only 100, not 100.5" in refusal(received("A/1"), done("adjust", 2, **unit("A/1"), by=-100.5))


def test_what_is_destroyed_on_its_way_is_lost() -> None:
    movements = [
        received("A/1"),
        done("destroy", 2, units=[item("A/1", 10)]),
        done("ship", 3, **SHIP, units=[item("A/1")]),
        done("destroy", 4, units=[item("A/1", 20)]),
    ]
    balance = ask(movements, "balance", product="VAX", lot="A")
    assert (balance["destroyed"], balance["lost"], balance["shipped"], balance["in_stock"]) == (10, 20, 90, 0)


def test_a_count_changes_nothing_and_tells_the_difference() -> None:
    counted = [
        unit("A/1") | {"quantity": 1, "uom": "case"},
        unit("A/1") | {"quantity": 3},
        unit("B/9") | {"quantity": 0},
    ]
    movements = [received("A/1", 14), received("C/1", 5), done("count", 2, location="ROOM", lines=counted)]
    rows = ask(movements, "count", movement="m3")["rows"]
    assert [(row["lot"], row["expected"], row["counted"], row["difference"]) for row in rows] == [
        ("A", 14, 15, 1),
        ("B", 0, 0, 0),
    ]
    movements[2] |= {"complete": True}
    assert [row["lot"] for row in ask(movements, "count", movement="m3")["rows"]] == ["A", "B", "C"]
    assert stock(*movements) == {"A/1": ("ROOM", 14), "C/1": ("ROOM", 5)}


@pytest.mark.parametrize(
    ("movement", "why"),
    [
        (done("move", 2, units=[item("A/9")], to="DOCK"), "VAX A 9 does not exist at that time"),
        (done("status", 2, **unit("A/9"), status="rejected"), "VAX A 9 does not exist at that time"),
        (done("destroy", 2, units=[item("A/1", 101)]), "VAX A 1 has only 100, not 101"),
        (done("move", 2, units=[item("A/1", 101, "2")], to="DOCK"), "VAX A 1 has only 100, not 101"),
        (done("move", 2, units=[item("A/1", 1, "1")], to="DOCK"), "VAX A 1 cannot begin: it exists already"),
        (done("adjust", 2, **unit("A/1"), by=999_999_900), "VAX A 1 would have 1000000000; it must be below 10⁹"),
        (
            done(
                "make",
                2,
                inputs=[item("A/1"), item("A/1")],
                outputs=[unit("B/1") | {"quantity": 1, "location": "DOCK"}],
            ),
            "VAX A 1 is not in stock: it has ended",
        ),
    ],
)
def test_what_is_not_possible_is_refused_with_what_is_known(movement: dict[str, Any], why: str) -> None:
    assert refusal(received("A/1"), movement).startswith(f"M.jsonl:2 m2: {why}")
