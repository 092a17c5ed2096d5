"""What expires when, over the API and on its page: in order, by step, of one's own stock only."""

import pytest

from domain.times import DAY, HOUR
from ledger.requests import Correct, Item
from tests.api.world import NOW

PRODUCT = {"id": "VAX", "expiry_warnings": ["90d", "30d"], "after_opening": "28d"}
# now is 2026-01-03, 01:00 in Berlin
DATES = {"A1": "2026-03-01", "A2": "2026-01-15", "ZZ1": "2026-01-02", "ZZ3": "2027-01-01", "A1-B": "2026-01-10"}


@pytest.fixture
def dated(site):
    """The site with expiry dates; of A1-B nothing is in stock."""
    lots = [Item("batch", {"product": "VAX", "lot": lot, "expires_on": day}, keeps=True) for lot, day in DATES.items()]
    site.desk.ask("zzperson", Correct(put=[Item("product", PRODUCT, keeps=True), *lots]), NOW)
    return site


def rows(api, **query):
    return [(row["lot"], row["unit"], row["step"], row["days_left"]) for row in api.items("/expiry", **query)]


def test_what_expires_first_comes_first_and_only_what_is_in_stock(dated):
    assert rows(dated.api("qa")) == [
        ("ZZ1", None, "expired", -1),
        ("A2", None, "30d", 12),
        ("A1", None, "90d", 57),
        ("ZZ3", None, None, 363),
    ]


def test_a_row_says_where_how_much_and_what_comes_next(dated):
    [row] = [row for row in dated.api("qa").items("/expiry") if row["lot"] == "A1"]
    assert row == {
        "href": "/api/v1/batches/VAX/A1",
        "product": "VAX",
        "lot": "A1",
        "unit": None,
        "client": "acme",
        "expires_on": "2026-03-01",
        "expires_at": "2026-03-01T23:00:00Z",
        "because": "date",
        "days_left": 57,
        "is_expired": False,
        "step": "90d",
        "next_step": "30d",
        "next_step_at": "2026-01-29T23:00:00Z",
        "units": 2,
        "quantity": 150,
        "locations": ["ROOM-2"],
    }


@pytest.mark.parametrize(
    ("query", "lots"),
    [
        ({"step": "reached"}, ["ZZ1", "A2", "A1"]),
        ({"step": "30d"}, ["A2"]),
        ({"step": "expired"}, ["ZZ1"]),
        ({"client": "acme"}, ["A2", "A1"]),
        ({"product": "ZZPROD"}, []),
        ({"location": "ROOM-1"}, ["ZZ1", "ZZ3"]),
        ({"location": "SITE-A", "step": "expired"}, ["ZZ1"]),
        ({"location": "NONE"}, []),
    ],
)
def test_it_is_narrowed(dated, query, lots):
    assert [lot for lot, *_ in rows(dated.api("qa"), **query)] == lots


def test_pages_follow_each_other(dated):
    api = dated.api("qa")
    first = api.get("/expiry", limit=3).json()
    assert [row["lot"] for row in first["items"]] == ["ZZ1", "A2", "A1"]
    last = api.get("/expiry", limit=3, cursor=first["next"]).json()
    assert ([row["lot"] for row in last["items"]], last["next"]) == (["ZZ3"], None)
    assert api.get("/expiry", cursor="MQ").status_code == 422


def test_a_client_sees_its_own_and_no_more(dated):
    assert [lot for lot, *_ in rows(dated.api("client"))] == ["A2", "A1"]
    page = dated.api("client").get("/expiry").text
    assert "ZZ" not in page


def open_unit(api, unit="PALLET-7", **dates):
    return api.put("/batches/VAX/A1/dates", {"unit": unit, **dates})


def test_a_unit_that_was_opened_expires_sooner_and_alone(dated):
    api = dated.api("qa")
    answer = open_unit(api, opened_at="2026-01-01T06:00:00Z")
    assert answer.json() == {
        "product": "VAX",
        "lot": "A1",
        "unit": "PALLET-7",
        "opened_at": "2026-01-01T06:00:00Z",
        "thawed_at": None,
        "expires_at": "2026-01-29T06:00:00Z",
        "because": "opened",
    }
    assert api.get("/batches/VAX/A1/dates").json() == [answer.json()]
    assert rows(api, client="acme") == [
        ("A2", None, "30d", 12),
        ("A1", "PALLET-7", "90d", 26),
        ("A1", None, "90d", 57),
    ]


def test_its_time_being_over_it_may_not_be_used(dated):
    api = dated.api("qa")
    open_unit(api, opened_at="2026-01-01T06:00:00Z")
    dated.desk.now = NOW + 40 * DAY
    units = {unit["unit"]: unit["may_be_used"]["code"] for unit in api.get("/batches/VAX/A1/verdict").json()["units"]}
    assert units["PALLET-7"] == "expired"
    assert units["PALLET-8"] != "expired"
    assert api.get("/batches/VAX/A1").json()["may_be_used"] == {"allowed": False, "code": "expired", "words": "expired"}
    assert ("A1", "PALLET-7", "in_use", -14) in rows(api)


def test_what_is_dated_by_its_lot_first_stays_with_it(dated):
    api = dated.api("qa")
    answer = open_unit(api, opened_at="2026-01-02T23:30:00Z", reason="for sampling")
    assert answer.json()["because"] == "opened"
    dated.desk.ask(
        "zzperson",
        Correct(put=[Item("batch", {"product": "VAX", "lot": "A1", "expires_on": "2026-01-20"}, keeps=True)]),
        NOW,
    )
    assert [row for row in rows(api) if row[0] == "A1"] == [("A1", None, "30d", 17)]
    assert [entry["reason"] for entry in api.items("/audit", kind="unit")] == ["for sampling"]


@pytest.mark.parametrize(
    ("dates", "status", "said"),
    [
        ({"opened_at": "2026-02-01T00:00:00Z"}, 422, "opened_at: 2026-02-01T00:00:00Z is after now"),
        ({"opened_at": "yesterday"}, 422, "opened_at"),
        ({"closed_at": "2026-01-01T00:00:00Z"}, 422, "closed_at"),
    ],
)
def test_a_date_that_cannot_be_is_refused(dated, dates, status, said):
    answer = open_unit(dated.api("qa"), **dates)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert dated.api("qa").get("/batches/VAX/A1/dates").json() == []


def test_units_are_dated_by_those_who_move_stock_and_read_by_their_owner(dated):
    assert open_unit(dated.api("viewer"), opened_at="2026-01-01T06:00:00Z").status_code == 403
    assert open_unit(dated.api("client"), opened_at="2026-01-01T06:00:00Z").status_code == 403
    open_unit(dated.api("qa"), opened_at="2026-01-01T06:00:00Z")
    assert len(dated.api("client").get("/batches/VAX/A1/dates").json()) == 1
    assert dated.api("client").get("/batches/VAX/ZZ1/dates").status_code == 404
    assert dated.api("qa").put("/batches/VAX/NONE/dates", {"opened_at": None}).status_code == 404


def test_alerts_of_expiry_are_of_their_kind(dated):
    found = {alert["lot"]: alert for alert in dated.api("qa").items("/alerts") if alert["kind"] == "expiry"}
    assert {lot: alert["rules"] for lot, alert in found.items()} == {"A1": ["90d"], "A2": ["30d"], "ZZ1": ["expired"]}
    assert found["A1"]["sentence"] == "VAX A1 expires on 2026-03-01, 57 days left: 2 units in ROOM-2."
    own = [alert for alert in dated.api("client").items("/alerts") if alert["kind"] == "expiry"]
    assert sorted(alert["sentence"] for alert in own) == [
        "VAX A1 expires on 2026-03-01, 57 days left.",
        "VAX A2 expires on 2026-01-15, 12 days left.",
    ]
    number = found["ZZ1"]["id"]
    assert dated.api("qa").post(f"/alerts/{number}/acknowledge", {}).status_code == 200
    dated.desk.now = NOW + HOUR
    again = dated.api("qa").get(f"/alerts/{number}").json()
    assert again["acknowledged_by"] == "quinn"
