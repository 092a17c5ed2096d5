"""Questions about stock over the API: storage records and movements alike, and only what a person may see."""

import json
from types import SimpleNamespace

import pytest

from api.access import StaffPolicy
from api.reads.stock import names_of
from domain.model import Batch, Site
from domain.times import SECOND
from ledger.requests import Correct, Item, Record
from tests.api.world import NOW


def at(hour):
    return f"2026-01-01T{hour:02}:00:00Z"


def named(lot, unit=None, product="VAX"):
    return {"product": product, "lot": lot} | ({} if unit is None else {"unit": unit})


# Lot A1-B of acme is received, split and shipped in part; ZZ3, nobody's, is placed; M1 of the other is made from it.
MOVEMENTS = [
    {"do": "receive", "at": at(1), **named("A1-B", "P1"), "quantity": 100.5, "location": "ROOM-1", "from": "CITY"},
    {"do": "make", "at": at(2), "inputs": [named("A1-B", "P1") | {"quantity": 20}],
     "outputs": [named("ZZM", "ZZM1", "ZZPROD") | {"quantity": 5, "location": "ZZROOM"}]},
    {"do": "split", "at": at(3), **named("A1-B", "P1"), "into": [{"unit": "P2", "quantity": 30}]},
    {"do": "ship", "at": at(4), "shipment": "S1", "to": "CITY", "units": [named("A1-B", "P2")]},
    {"do": "count", "at": at(5), "location": "ROOM-1", "lines": [named("A1-B", "P1") | {"quantity": 50}]},
    {"do": "status", "at": at(6), **named("A1-B", "P1"), "status": "quarantined"},
]  # fmt: skip


@pytest.fixture
def stock(any_site):
    """The sample site with these movements on record."""
    api = any_site.api("admin")
    made = {"product": "ZZPROD", "lot": "ZZM", "client": "zzcorp"}
    assert api.post("/batches", made).is_success
    given = [("", json.dumps({"id": f"m{n}", **each})) for n, each in enumerate(MOVEMENTS, 1)]
    any_site.desk.ask("quinn", Record(movements=given[:1]), NOW)
    any_site.desk.ask("quinn", Record(movements=given[1:]), NOW + SECOND)
    any_site.desk.now = NOW + 2 * SECOND
    return any_site


def rows(answer, *names, of="rows"):
    return [tuple(row[name] for name in names) for row in answer.raise_for_status().json()[of]]


def test_stock_is_what_movements_and_storage_records_tell(stock):
    answer = stock.api("viewer").get("/stock", product="VAX")
    assert rows(answer, "lot", "unit", "location", "quantity") == [
        ("A1", "PALLET-7", "ROOM-2", 100),
        ("A1", "PALLET-8", "ROOM-2", 50),
        ("A1-B", "P1", "ROOM-1", 50.5),
    ]
    assert rows(answer, "lot", "unit", "reason", of="not_covered") == [
        ("A2", None, "no_quantity"),
        ("ZZ1", "ZZUNIT", "no_quantity"),
        ("ZZ3", None, "no_quantity"),
    ]
    assert b"50.5" in answer.content
    below = stock.api("viewer").get("/stock", location="ROOM-1", product="VAX", lot="A1-B")
    assert rows(below, "unit", "quantity") == [("P1", 50.5)]


def test_stock_of_the_past_and_as_it_was_known(stock):
    api = stock.api("viewer")
    assert rows(api.get("/stock", lot="A1-B", at=at(1)), "unit", "quantity") == [("P1", 100.5)]
    assert rows(api.get("/stock", lot="A1-B", at=at(0)), "unit") == []
    first_only = api.get("/stock", lot="A1-B", known_at="2026-01-03T00:00:00.5Z")
    assert rows(first_only, "unit", "quantity") == [("P1", 100.5)]


def test_a_balance_adds_up_and_says_what_it_cannot(stock):
    found = stock.api("viewer").get("/batches/VAX/A1-B/balance").raise_for_status().json()
    sums = {name: found[name] for name in ("received", "used", "shipped", "in_stock", "lost")}
    assert sums == {"received": 100.5, "used": 20, "shipped": 30, "in_stock": 50.5, "lost": 0}
    assert found["not_covered"] == []
    placed = stock.api("viewer").get("/batches/VAX/A1/balance").raise_for_status().json()
    assert [row["reason"] for row in placed["not_covered"]] == ["no_movements", "no_movements"]


def test_a_trace_leads_both_ways_and_through_parents_of_storage_records(stock):
    api = stock.api("viewer")
    forward = api.get("/batches/VAX/A1-B/trace", direction="forward")
    assert rows(forward, "product", "lot", "unit", "depth", of="units") == [
        ("VAX", "A1-B", "P1", 0),
        ("VAX", "A1-B", "P2", 0),
        ("ZZPROD", "ZZM", "ZZM1", 1),
    ]
    assert rows(forward, "party", "shipment", "unit", "quantity", of="customers") == [("CITY", "S1", "P2", 30)]
    back = api.get("/batches/ZZPROD/ZZM/trace", unit="ZZM1")
    assert rows(back, "lot", "unit", "depth", of="units") == [("A1-B", "P1", 1), ("ZZM", "ZZM1", 0)]
    assert rows(back, "party", "quantity", of="suppliers") == [("CITY", 100.5)]
    parents = api.get("/batches/VAX/A2/trace")
    assert rows(parents, "lot", "unit", "depth", of="units") == [("A2", None, 0), ("ZZ2", "ZZUNIT-2", 1)]
    assert rows(parents, "lot", "reason", of="not_covered") == [("ZZ2", "no_movements")]


def test_a_recall_tells_where_everything_is(stock):
    api = stock.api("viewer")
    found = api.get("/recall", units=["VAX/A1-B/P1", "ZZPROD/ZZ2"])
    assert rows(found, "lot", "unit", "state", "where", "quantity") == [
        ("A1-B", "P1", "in_stock", "ROOM-1", 50.5),
        ("A1-B", "P1", "used", None, 20),
        ("A1-B", "P2", "on_its_way", "CITY", 30),
        ("ZZM", "ZZM1", "in_stock", "ZZROOM", 5),
    ]
    assert rows(found, "lot", "location", "reason", of="not_covered") == [
        ("A2", "ROOM-2", "no_quantity"),
        ("ZZ2", "ZZROOM", "no_quantity"),
    ]
    posted = api.post("/recall", {"units": [named("A1-B", "P1"), named("ZZ2", product="ZZPROD")]})
    assert posted.json() == found.json()


def test_pick_passes_over_what_may_not_be_used(stock):
    api = stock.api("viewer")
    found = api.get("/pick", product="VAX", quantity="120")
    assert rows(found, "lot", "unit", "quantity", of="lines") == [("A1", "PALLET-7", 100), ("A1", "PALLET-8", 20)]
    assert rows(found, "lot", "unit", "reason", of="passed_over") == [("A1-B", "P1", "quarantined")]
    assert found.json()["short"] == 0
    assert [row["lot"] for row in found.json()["not_covered"]] == ["A2", "ZZ1", "ZZ3"]
    # The hold of that pallet was placed before, and released after this instant.
    held = api.get("/pick", product="VAX", quantity="120", at="2026-01-02T12:00:00Z")
    assert ("A1", "PALLET-7", "held") in rows(held, "lot", "unit", "reason", of="passed_over")


def test_a_count_is_held_against_the_stock_just_before_it(stock):
    found = stock.api("viewer").get("/counts/m5")
    assert rows(found, "lot", "unit", "expected", "counted", "difference") == [("A1-B", "P1", 50.5, 50, -0.5)]
    assert [row["lot"] for row in found.json()["not_covered"]] == ["A1", "ZZ1", "ZZ3"]
    assert stock.api("viewer").get("/counts/m1").status_code == 404
    assert stock.api("viewer").get("/counts/m5", at=at(4)).status_code == 422


def test_a_client_sees_its_own_lots_only(stock):
    acme = stock.api("client")
    assert {row["lot"] for row in acme.get("/stock").json()["rows"]} == {"A1", "A1-B"}
    assert {row["lot"] for row in acme.get("/stock").json()["not_covered"]} == {"A2"}
    forward = acme.get("/batches/VAX/A1-B/trace", direction="forward")
    assert rows(forward, "lot", "unit", of="units") == [("A1-B", "P1"), ("A1-B", "P2")]
    assert rows(acme.get("/batches/VAX/A2/trace"), "lot", of="units") == [("A2",)]
    found = acme.get("/recall", units="VAX/A1-B").json()
    assert {row["lot"] for row in found["rows"]} == {"A1-B"}
    assert {row["product"] for row in found["totals"]} == {"VAX"}
    for path in ("/batches/ZZPROD/ZZM/trace", "/batches/VAX/ZZ1/balance"):
        assert acme.get(path).status_code == 404
    assert acme.get("/pick", product="VAX", quantity=1).status_code == 403
    assert acme.get("/counts/m5").status_code == 403
    for asked in ({"lot": "ZZ1"}, {"product": "ZZPROD"}, {"location": "ZZROOM"}):
        refused = acme.get("/stock", **asked)
        nothing = acme.get("/stock", **dict.fromkeys(asked, "NOBODY"))
        assert refused.status_code == nothing.status_code == 422
    other = stock.api("other").get("/recall", units="ZZPROD/ZZM")
    assert rows(other, "lot") == [("ZZM",)]


@pytest.mark.parametrize(
    ("path", "asked", "why"),
    [
        ("/stock", {"lot": "NONE"}, 'lot "NONE" is none of the site'),
        ("/stock", {"location": "NONE"}, 'location "NONE" is no location'),
        ("/recall", {"units": "A1"}, "must be PRODUCT/LOT or PRODUCT/LOT/UNIT, not 'A1'"),
        ("/recall", {"units": "VAX/NONE"}, 'lot "NONE" is not one of product "VAX"'),
        ("/pick", {"product": "VAX", "quantity": "0"}, "quantity must be a number above 0"),
        ("/pick", {"product": "VAX", "quantity": 1, "uom": "case"}, 'uom "case" is none of product'),
        ("/pick", {"product": "VAX", "quantity": 1, "strategy": "stability"}, "stability is not what product"),
        ("/pick", {"product": "VAX", "quantity": 1, "for": "NOBODY"}, 'for "NOBODY" is no party'),
    ],
)
def test_a_wrong_question_names_the_field_and_the_value(shared_site, path, asked, why):
    answer = shared_site.api("viewer").get(path, **asked)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_pick_passes_over_what_was_opened_too_long_ago(stock):
    api = stock.api("admin")
    product = Item("product", {"id": "VAX", "after_opening": "6h"}, keeps=True)
    stock.desk.ask("quinn", Correct(put=[product]), NOW + 2 * SECOND)
    opened = {"unit": "PALLET-7", "opened_at": "2026-01-02T17:00:00Z"}
    assert api.put("/batches/VAX/A1/dates", opened).is_success
    found = api.get("/pick", product="VAX", quantity=120)
    assert rows(found, "lot", "unit", "quantity", of="lines") == [("A1", "PALLET-8", 50)]
    assert found.json()["short"] == 70
    assert ("A1", "PALLET-7", "expired") in rows(found, "lot", "unit", "reason", of="passed_over")
    in_time = api.get("/pick", product="VAX", quantity=120, at="2026-01-02T22:59:59Z")
    assert "expired" not in [reason for (reason,) in rows(in_time, "reason", of="passed_over")]


def test_whether_a_lot_may_be_seen_is_asked_of_those_that_are_named():
    asked = []

    class Own(StaffPolicy):
        def may_see(self, batch):
            asked.append(batch)
            return batch[1] != "L7"

    lots = {("VAX", f"L{number}"): Batch("VAX", f"L{number}") for number in range(1000)}
    snapshot = SimpleNamespace(site=Site(batches=lots), zone="UTC")
    names = names_of(Own(), snapshot)
    assert ("VAX", "L3") in names.batches
    assert ("VAX", "L7") not in names.batches
    assert ("VAX", "X") not in names.batches
    assert names.batches["VAX", "L9"].lot == "L9"
    assert len(asked) == 3
    assert len(names.batches) == len(list(names.batches)) == 999
