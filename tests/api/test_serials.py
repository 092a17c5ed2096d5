"""Serials over HTTP: each in one batch of its product for ever, found with its unit, by those whose they are."""

import json

import pytest

from domain.model import UnitKey
from domain.times import MINUTE, format_instant
from ledger.requests import Override, Record
from ledger.stock.serials import units_meant
from tests.api.world import NOW

PATH = "/batches/VAX/A1/serials"


def record(api, *serials, unit="PALLET-7", path=PATH):
    return api.post(path, {"unit": unit, "serials": list(serials)})


def ranges(api, path=PATH):
    return [(each["unit"], each["from"], each["to"], each["count"]) for each in api.items(path)]


def test_serials_are_recorded_in_ranges_and_found_one_by_one(site):
    api = site.api("warehouse")
    answer = record(api, {"from": "SN0001", "to": "SN0100"}, "SN0101", "X")
    assert answer.status_code == 201
    assert ranges(api) == [("PALLET-7", "SN0001", "SN0101", 101), ("PALLET-7", "X", "X", 1)]
    found = api.get("/serials/VAX/SN0042").json()
    assert (found["lot"], found["unit"], found["state"], found["location"]) == ("A1", "PALLET-7", "in_stock", "ROOM-2")
    for serial in ("SN0102", "SN42", "sn0042", "SNO042"):
        assert api.get(f"/serials/VAX/{serial}").status_code == 404


def test_what_is_told_again_changes_nothing_and_another_unit_moves_it(site):
    api = site.api("qa")
    record(api, {"from": "SN01", "to": "SN09"})
    record(api, {"from": "SN03", "to": "SN05"})
    assert ranges(api) == [("PALLET-7", "SN01", "SN09", 9)]
    assert record(api, {"from": "SN04", "to": "SN05"}, unit="PALLET-8").is_success
    assert ranges(api) == [
        ("PALLET-7", "SN01", "SN03", 3), ("PALLET-7", "SN06", "SN09", 4), ("PALLET-8", "SN04", "SN05", 2)
    ]  # fmt: skip
    assert api.get("/serials/VAX/SN05").json()["unit"] == "PALLET-8"
    assert [row.what for row in site.desk.rows("audit") if row.kind == "serials"] == ["recorded", "recorded"]


@pytest.mark.parametrize(
    ("serial", "status", "why"),
    [
        ("SN05", 409, "serial 'SN05' is of VAX A1 already"),
        ({"from": "SN00", "to": "SN99"}, 409, "serial 'SN01' is of VAX A1 already"),
        ("SNO5", 409, "serial 'SNO5' can be taken for 'SN05' of VAX A1"),
        ("sn05", 409, "serial 'sn05' can be taken for 'SN05' of VAX A1"),
        ("SN 5", 422, "' ' cannot stand in a GS1 symbol"),
        ({"from": "SN20", "to": "SN19"}, 422, "the last comes before the first"),
    ],
)
def test_what_is_another_batchs_or_looks_alike_or_cannot_be_is_refused(site, serial, status, why):
    api = site.api("qa")
    record(api, {"from": "SN01", "to": "SN09"})
    refused = record(api, "Z1", serial, unit=None, path="/batches/VAX/A2/serials")
    assert (refused.status_code, why in refused.json()["detail"]) == (status, True)
    assert ranges(api, "/batches/VAX/A2/serials") == []


def test_a_unit_that_is_not_there_is_refused(site):
    refused = record(site.api("qa"), "SN1", unit="PALLET-99")
    assert (refused.status_code, "there is no unit VAX A1 PALLET-99" in refused.text) == (409, True)


def test_a_client_finds_its_own_only_and_records_none(site):
    record(site.api("qa"), "ZZSN1", unit="ZZUNIT", path="/batches/VAX/ZZ1/serials")
    record(site.api("qa"), "SN1")
    api = site.api("client")
    assert api.get("/serials/VAX/SN1").json()["unit"] == "PALLET-7"
    assert api.get("/serials/VAX/ZZSN1").status_code == 404
    assert api.get("/batches/VAX/ZZ1/serials").status_code == 404
    assert record(api, "SN2").status_code == 403


def test_a_serial_says_why_its_unit_may_not_be_used(site):
    unit = {"product": "VAX", "lot": "A1-B", "unit": "P1"}
    at = format_instant(NOW - MINUTE)
    lines = [
        {"do": "receive", **unit, "quantity": 5, "location": "ROOM-2", "at": at},
        {"do": "status", **unit, "status": "quarantined", "at": at},
    ]
    site.desk.ask("q", Record(movements=[("", json.dumps(each)) for each in lines], override=Override("so")), NOW)
    api = site.api("qa")
    record(api, "SN77", unit="P1", path="/batches/VAX/A1-B/serials")
    found = api.get("/serials/VAX/SN77").json()
    assert (found["may_be_used"], found["reason"], found["state"]) == (False, "quarantined", "in_stock")


# --- what leads to a batch ---


@pytest.fixture
def stocked(site):
    """A batch that movements tell of, with a serial, its supplier's number and an expiry date."""
    api, lot = site.api("admin"), {"product": "VAX", "lot": "A1-B"}
    api.post("/batches", {**lot, "supplier_lot": "L-7731", "expires_on": "2026-11-30"}).raise_for_status()
    at = format_instant(NOW - MINUTE)
    received = {
        "do": "receive",
        **lot,
        "unit": "BOX-1",
        "quantity": 5,
        "location": "ROOM-2",
        "at": at,
        "reason": "late",
    }
    site.desk.ask("q", Record(movements=[("", json.dumps(received))], override=Override("so")), NOW)
    record(api, "SN77", unit="BOX-1", path="/batches/VAX/A1-B/serials")
    return site


@pytest.mark.parametrize(
    "asked",
    [
        {"unit": "BOX-1"},
        {"serial": "SN77"},
        {"supplier_lot": "L-7731"},
        {"expires_on": "2026-11-30"},
        {"expires_until": "2026-11-30", "client": "acme"},
    ],
)
def test_batches_are_found_by_unit_serial_suppliers_lot_and_expiry(stocked, asked):
    assert [each["doc"]["lot"] for each in stocked.api("client").items("/batches", **asked)] == ["A1-B"]
    other = {name: "2020-01-01" if "expires" in name else f"{value}-" for name, value in asked.items()}
    assert stocked.api("qa").items("/batches", **other) == []


def test_a_wrong_day_is_refused(stocked):
    refused = stocked.api("qa").get("/batches", expires_until="soon")
    assert (refused.status_code, "expires_until: 'soon' is no date" in refused.text) == (422, True)


def boxed(site):
    """Two boxes of A1-B with a serial each; the second one is quarantined."""
    api = site.api("qa")
    at = format_instant(NOW - MINUTE)
    box = {"product": "VAX", "lot": "A1-B"}
    received = {"do": "receive", "at": at, **box, "quantity": 10, "location": "ROOM-2"}
    blocked = {"do": "status", "at": at, **box, "unit": "BOX-2", "status": "quarantined"}
    given = [received | {"unit": "BOX-1"}, received | {"unit": "BOX-2"}, blocked]
    site.desk.ask("quinn", Record(movements=[("", json.dumps(each)) for each in given]), NOW)
    for name in ("1", "2"):
        record(api, f"SN{name}", unit=f"BOX-{name}", path="/batches/VAX/A1-B/serials").raise_for_status()
    return site


def test_stock_and_pick_are_asked_by_serial(site):
    api = boxed(site).api("qa")
    [row] = api.get("/stock", serial="SN1").json()["rows"]
    assert (row["lot"], row["unit"], row["quantity"]) == ("A1-B", "BOX-1", 10)
    assert api.get("/stock", serial="SN1", location="ROOM-1").json()["rows"] == []
    picked = api.get("/pick", product="VAX", quantity=4, serial="SN1").json()
    assert (picked["lines"], picked["short"], picked["passed_over"]) == (
        [{"lot": "A1-B", "unit": "BOX-1", "location": "ROOM-2", "quantity": 4}], 0, []
    )  # fmt: skip
    passed = api.get("/pick", product="VAX", quantity=4, serial="SN2").json()
    assert (passed["lines"], passed["short"]) == ([], 4)
    assert passed["passed_over"] == [{"lot": "A1-B", "unit": "BOX-2", "reason": "quarantined"}]


def test_a_serial_that_is_not_there_or_of_another_lot_is_refused(site):
    api = boxed(site).api("qa")
    assert api.get("/stock", serial="SN9").json()["detail"] == "no serial SN9"
    assert api.get("/pick", product="VAX", quantity=1, serial="SN9").json()["detail"] == "no serial SN9 of VAX"
    other = api.get("/stock", lot="A1", serial="SN1")
    assert (other.status_code, other.json()["detail"]) == (422, "lot: serial SN1 is of lot A1-B, not A1")


def test_a_client_asks_stock_by_its_own_serials_only(site):
    record(site.api("qa"), "ZZSN1", unit="ZZUNIT", path="/batches/VAX/ZZ1/serials")
    record(site.api("qa"), "SN1")
    api = site.api("client")
    assert [row["unit"] for row in api.get("/stock", serial="SN1").json()["rows"]] == ["PALLET-7"]
    refused = api.get("/stock", serial="ZZSN1")
    assert (refused.status_code, refused.json()["detail"]) == (404, "no serial ZZSN1")


def test_a_scan_of_a_serial_alone_means_its_unit(site):
    api = boxed(site).api("qa")
    with site.database.read() as connection:
        assert units_meant(connection, "SN1") == [UnitKey("VAX", "A1-B", "BOX-1")]
        assert units_meant(connection, "BOX-2") == [UnitKey("VAX", "A1-B", "BOX-2")]
        assert units_meant(connection, "NONE") == []
    assert api.get("/serials/VAX/SN1").json()["unit"] == "BOX-1"
