"""What leads to a batch that movements tell of, and what its page tells of them."""

import json
from urllib.parse import quote

import pytest

from domain.times import MINUTE, format_instant
from ledger.requests import Override, Record
from tests.api.web.reading import words
from tests.api.world import NOW


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
    api.post("/batches/VAX/A1-B/serials", {"unit": "BOX-1", "serials": ["SN77"]}).raise_for_status()
    return site


@pytest.mark.parametrize(
    ("q", "address"),
    [
        ("BOX-1", "/batches/VAX/A1-B?unit=BOX-1"),
        ("SN77", "/batches/VAX/A1-B?unit=BOX-1"),
        ("(01)09506000134352(21)SN77", "/batches/VAX/A1-B?unit=BOX-1"),
        ("L-7731", "/batches/VAX/A1-B"),
        ("2026-11-30", "/batches/VAX/A1-B"),
    ],
)
def test_the_search_field_leads_there(stocked, browse, q, address):
    assert browse("qa").get(f"/search?q={quote(q)}").headers["location"] == address


def test_movements_are_in_the_timeline_of_the_batch(stocked, browse):
    page = words(browse("qa").get("/batches/VAX/A1-B").text)
    assert "Receive: 5 × VAX A1-B BOX-1 → ROOM-2" in page


# --- the verdict rests on where movements put the units ---


@pytest.fixture
def warmed(site):
    """Unit P1 went through the warm hours of ROOM-1; P2 was split off it afterwards, P3 came later."""
    lot = {"product": "VAX", "lot": "A1-B"}
    lines = [
        {"do": "receive", **lot, "unit": "P1", "quantity": 50, "location": "ROOM-1", "at": "2026-01-01T02:00:00Z"},
        {"do": "move", "units": [{**lot, "unit": "P1"}], "to": "ROOM-2", "at": "2026-01-01T20:00:00Z"},
        {"do": "split", **lot, "unit": "P1", "into": [{"unit": "P2", "quantity": 20}], "at": "2026-01-01T21:00:00Z"},
        {"do": "receive", **lot, "unit": "P3", "quantity": 5, "location": "ROOM-2", "at": "2026-01-01T21:00:00Z"},
    ]
    site.desk.ask("q", Record(movements=[("", json.dumps(each)) for each in lines], override=Override("so")), NOW)
    return site


@pytest.mark.parametrize("role", ["qa", "client"])
def test_the_verdict_is_that_of_where_movements_put_the_units(warmed, role):
    verdict = warmed.api(role).get("/batches/VAX/A1-B/verdict").json()
    found = {unit["unit"]: (unit["verdict"], [each["rule"] for each in unit["fired"]]) for unit in verdict["units"]}
    assert found.keys() == {"P1", "P2", "P3"}
    assert (found["P1"], found["P2"]) == (("hold", ["too-warm"]), ("hold", ["too-warm"]))
    assert found["P3"][1] == []
    assert {row.unit for row in warmed.desk.rows("holds") if row.lot == "A1-B"} == {"P1", "P2"}


def test_the_page_of_the_batch_shows_its_units_where_they_are(warmed, browse):
    browser = browse("qa")
    page = words(browser.get("/batches/VAX/A1-B").text)
    assert "3 units" in page and "No storage recorded yet" not in page
    assert "P2" in words(browse("client").get("/batches/VAX/A1-B?unit=P2").text)
    listed = words(browser.get("/batches?q=A1-B").text)
    assert "3 ROOM-2" in listed


def test_the_history_is_that_of_where_the_unit_was(warmed):
    history = warmed.api("qa").get("/batches/VAX/A1-B/history", unit="P2").json()
    assert [each["location"] for each in history["stretches"]] == ["ROOM-1", "ROOM-2"]
    assert warmed.api("qa").get("/batches/VAX/A1-B/history", unit="P9").status_code == 404


def test_a_look_back_knows_the_movements_of_then(warmed):
    api = warmed.api("qa")
    before = api.get("/batches/VAX/A1-B/verdict", known_at=format_instant(NOW - 1)).json()
    assert [unit["unit"] for unit in before["units"]] == [None]
