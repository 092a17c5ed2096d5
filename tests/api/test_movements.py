"""Movements over HTTP: recorded once, all or none, exact, and read by those whose they are."""

import json

import pytest

from api.people.register import add_account
from api.people.sign_in import change_password
from domain.times import format_instant
from tests.api.world import NOW

AT = format_instant(NOW - 3_600_000_000)


def received(name="M1", **more):
    unit = {"product": "VAX", "lot": "A1-B", "unit": "P1"}
    return {"id": name, "at": AT, "do": "receive", **unit, "quantity": 100, "location": "ROOM-2"} | more


def post(api, body, **headers):
    return api.ask("POST", "/movements", json=body, headers=headers)


def test_what_is_recorded_is_answered_and_listed(site):
    api = site.api("qa")
    answer = post(api, received()).json()
    assert answer["units"] == [{"product": "VAX", "lot": "A1-B", "unit": "P1"}]
    assert [(each["id"], each["is_new"]) for each in answer["movements"]] == [("M1", True)]
    assert api.items("/movements")[0]["movement"] == received()
    assert api.get("/" + answer["movements"][0]["href"]).json()["who"] == "quinn"


def test_several_are_recorded_all_or_none(site):
    api = site.api("warehouse")
    move = {
        "id": "M2",
        "at": AT,
        "do": "move",
        "units": [{"product": "VAX", "lot": "A1-B", "unit": "P2"}],
        "to": "ROOM-1",
    }
    refused = post(api, [received(), move])
    assert (refused.status_code, refused.json()["detail"]) == (409, "[1] M2: VAX A1-B P2 does not exist at that time")
    assert api.items("/movements") == []
    move["units"][0]["unit"] = "P1"
    assert post(api, [received(), move]).is_success
    assert len(api.items("/movements")) == 2


def test_a_number_is_taken_as_it_is_written(site):
    api = site.api("qa")
    text = json.dumps(received(quantity=1)).replace('"quantity": 1', '"quantity": 100000000.000001')
    answer = api.ask("POST", "/movements", content=text)
    assert '"quantity":100000000.000001' in answer.text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "[", '[{"id": 1},]', "[] []", '"x"', "{", "[1]", '{"id":"a","id":"b"}'])
def test_what_is_no_movement_is_refused(site, text):
    assert site.api("qa").ask("POST", "/movements", content=text).status_code == 422


def test_the_same_key_is_done_once_and_another_request_with_it_is_refused(site):
    api, key = site.api("qa"), {"Idempotency-Key": "k1"}
    unnamed = {name: value for name, value in received().items() if name != "id"}
    first, again = post(api, unnamed, **key), post(api, unnamed, **key)
    assert first.is_success and first.json() == again.json()
    assert len(api.items("/movements")) == 1
    assert post(api, unnamed | {"unit": "P2"}, **key).status_code == 409
    assert post(site.api("admin"), unnamed | {"unit": "P2"}, **key).is_success


def test_an_id_on_record_with_the_same_content_changes_nothing_another_content_is_refused(site):
    api = site.api("qa")
    post(api, received())
    again = post(api, received(reason=None)).json()
    assert [each["is_new"] for each in again["movements"]] == [False] and again["units"] == []
    assert post(api, received(quantity=99)).status_code == 422


def test_filters(site):
    api = site.api("qa")
    move = {
        "id": "M2",
        "at": AT,
        "do": "move",
        "units": [{"product": "VAX", "lot": "A1-B", "unit": "P1"}],
        "to": "ROOM-1",
    }
    count = {"id": "M3", "at": AT, "do": "count", "location": "ROOM-1", "lines": []}
    status = {"id": "M4", "at": AT, "do": "status", "product": "VAX", "lot": "A1-B", "status": "released"}
    assert post(api, [received(), move, count, status]).is_success

    def found(**query):
        return [each["id"] for each in api.items("/movements", **query)]

    assert found(product="VAX", lot="A1-B") == ["M4", "M2", "M1"]
    assert found(unit="P1") == ["M2", "M1"]
    assert found(location="ROOM-1") == ["M3", "M2"]
    assert found(location="ROOM-2") == ["M2", "M1"]
    assert found(do="count") == ["M3"]
    assert found(to=AT) == []
    assert found(**{"from": AT}, limit=1) == ["M4", "M3", "M2", "M1"]


def test_a_client_sees_what_happened_to_its_own_stock_and_no_more(site):
    mixed = {"id": "M2", "at": AT, "do": "move", "to": "ROOM-1", "reason": "zz"}
    batch = {"product": "VAX", "lot": "ZZNEW", "client": "zzcorp"}
    assert site.api("qa").post("/batches", batch).is_success
    other = {"product": "VAX", "lot": "ZZNEW", "unit": "ZZ1"}
    mine = {"product": "VAX", "lot": "A1-B", "unit": "P1"}
    post(site.api("qa"), [received(), received("M0", **other), mixed | {"units": [mine, other]}]).raise_for_status()
    answer = site.api("client").get("/movements")
    assert "zz" not in answer.text.lower()
    assert [each["id"] for each in answer.json()["items"]] == ["M2", "M1"]
    assert answer.json()["items"][0]["movement"]["units"] == [mine]
    assert site.api("client").get("/movements/M0").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "client"])
def test_who_may_not_write_is_refused(site, role):
    assert post(site.api(role), received()).status_code == 403


# --- what is refused, overridden and blocked ---


def quarantined(api):
    post(api, received()).raise_for_status()
    unit = {"product": "VAX", "lot": "A1-B", "unit": "P1"}
    return post(api, {"at": AT, "do": "status", **unit, "status": "quarantined"}).json()


def test_units_that_a_movement_blocks_are_answered(site):
    unit = {"product": "VAX", "lot": "A1-B", "unit": "P1", "reason": "quarantined"}
    assert quarantined(site.api("qa"))["blocked"] == [unit]


def test_an_override_is_signed_by_a_person_of_qa(site):
    api = site.api("qa")
    quarantined(api)
    with site.database.begin() as connection:
        for name, role in (("paula", "qa"), ("walt", "warehouse")):
            add_account(connection, name, name.title(), role, None, "test", site.desk.now)
    for name in ("paula", "walt"):
        change_password(site.database, name, "", "correct horse battery", site.desk.now)
    make = {
        **{"at": AT, "do": "make", "inputs": [{"product": "VAX", "lot": "A1-B", "unit": "P1"}]},
        "outputs": [{"product": "VAX", "lot": "A1-B", "unit": "P2", "quantity": 1, "location": "ROOM-2"}],
    }

    def override(name=None, password=None, who="qa"):
        signed = {} if name is None else {"X-Signer": name, "X-Signer-Password": password}
        return site.api(who).ask("POST", "/movements?override=agreed", json=make, headers=signed)

    assert post(api, make).status_code == 409
    refused = [
        override(),
        override("paula", "wrong"),
        override("nobody", "x"),
        override("walt", "correct horse battery"),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403, 403]
    assert override("paula", "correct horse battery", "warehouse").status_code == 403
    assert override("Paula", "correct horse battery").is_success
    [forced] = [row.forced for row in site.desk.rows("movements") if row.forced]
    assert forced["signature"] == {"name": "Paula", "meaning": "stock movement overridden"}


def test_a_received_lot_is_not_told_again_with_another_expiry(site):
    api, lot = site.api("admin"), {"product": "VAX", "lot": "A1-B"}
    api.post("/batches", {**lot, "expires_on": "2027-06-30"}).raise_for_status()
    api.post("/batches", {**lot, "expires_on": "2027-07-31"}).raise_for_status()
    post(api, received()).raise_for_status()
    refused = api.post("/batches", {**lot, "expires_on": "2027-08-31"})
    assert (refused.status_code, "received with expiry 2027-07-31, not 2027-08-31" in refused.text) == (409, True)
    assert api.post("/batches", {**lot, "expires_on": "2027-07-31"}).status_code == 200
    doc = api.get("/batches/VAX/A1-B").json()["doc"]
    assert api.put("/batches/VAX/A1-B", {**doc, "expires_on": "2027-08-31"}).is_success
