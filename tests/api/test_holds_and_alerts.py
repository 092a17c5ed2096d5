"""Holds and their disposition, alerts and their acknowledgement, excursions, exposures, events."""

import pytest

from domain.times import HOUR
from ledger.inputs import Batch
from ledger.requests import Correct, Item
from tests.api.world import NOW, _message


def test_a_hold_says_what_it_rests_on(shared_site):
    hold = shared_site.api("qa").get("/holds/1").json()
    assert (hold["lot"], hold["unit"], hold["rule"], hold["state"]) == ("A1", "PALLET-7", "too-warm", "released")
    assert hold["disposed_by"] == "zzperson"
    why = hold["why"]
    assert (why["from"], why["to"], why["minutes"]) == ("2026-01-01T05:00:00Z", "2026-01-01T06:30:00Z", 90.0)
    assert (why["peak"], why["degree_minutes"], why["version"]) == (9.6, 144.0, 1)
    assert why["places"] == ["ROOM-1"]
    assert len(why["exposures"]) == len(why["excursions"]) == 1


@pytest.mark.parametrize(
    ("filters", "lots"),
    [
        ({}, ["ZZ2", "ZZ2", "ZZ2", "ZZ3", "ZZ1", "A2", "A1"]),
        ({"state": "released"}, ["ZZ1", "A1"]),
        ({"state": "held", "product": "VAX"}, ["ZZ3", "A2"]),
        ({"founded": "false"}, []),
        ({"lot": "A1"}, ["A1"]),
    ],
)
def test_holds_come_newest_first_and_as_asked_for(shared_site, filters, lots):
    assert [hold["lot"] for hold in shared_site.api("viewer").items("/holds", **filters)] == lots


@pytest.mark.parametrize("what", ["release", "reject"])
def test_a_person_disposes_of_holds_with_name_and_reason(site, what):
    more = {"allow": {"minutes": 60, "up_to": 50}} if what == "release" else {}
    answer = site.api("qa").post(f"/holds/{what}", {"ids": [2, 4], "reason": " seen ", **more})
    assert answer.status_code == 200
    state = f"{what}d" if what == "release" else "rejected"
    assert [(h["id"], h["state"], h["disposed_by"], h["reason"]) for h in answer.json()] == [
        (2, state, "quinn", "seen"),
        (4, state, "quinn", "seen"),
    ]
    assert answer.json()[0]["disposed_at"] == "2026-01-03T00:00:00Z"


def test_a_release_while_data_are_outstanding_says_so_and_takes_an_allowance(site):
    qa = site.api("qa")
    refused = qa.post("/holds/release", {"ids": [2], "reason": "r"})
    assert refused.status_code == 409
    assert "still outstanding" in refused.json()["detail"] and "allow" in refused.json()["detail"]
    seen = qa.get("/holds/2").json()
    shown = {"id": 2, "revision": seen["revision"], "minutes": seen["why"]["minutes"], "peak": seen["why"]["peak"]}
    body = {"ids": [2], "reason": "r", "allow": {"minutes": 30, "up_to": 12.5}}
    old = qa.post("/holds/release", {**body, "shown": [{**shown, "revision": shown["revision"] + 1}]})
    assert old.status_code == 409 and "is not what you saw" in old.json()["detail"]
    [hold] = qa.post("/holds/release", {**body, "shown": [shown]}).json()
    decision = hold["decision"]
    assert (decision["state"], decision["who"], decision["signature"]) == ("released", "quinn", None)
    same = ("minutes", "degree_minutes", "peak", "version", "profile")
    assert {name: decision[name] for name in same} == {name: seen["why"][name] for name in same}
    assert decision["revision"] == seen["revision"]
    assert decision["allow"] == {"minutes": 30.0, "up_to": 12.5, "used_minutes": 0.0, "used_peak": None}
    assert qa.get("/holds/2/decisions").json() == [decision]


@pytest.mark.parametrize(
    "allow",
    [
        {"minutes": 30},
        {"up_to": 12},
        {"minutes": 0, "up_to": 12},
        {"minutes": "30", "up_to": 12},
        {"minutes": 30, "up_to": "12"},
        {"minutes": 30, "up_to": True},
        {"minutes": 30, "up_to": 1e9},
        {"minutes": 30, "up_to": 3},
    ],
)
def test_an_allowance_that_is_none_is_refused(site, allow):
    answer = site.api("qa").post("/holds/release", {"ids": [2], "reason": "r", "allow": allow})
    assert answer.status_code == 422
    assert site.api("qa").get("/holds/2").json()["state"] == "held"


def test_a_rejection_is_undone_by_two_people(site):
    qa, admin, body = site.api("qa"), site.api("admin"), {"ids": [2], "reason": "the wrong pallet"}
    qa.post("/holds/reject", {"ids": [2], "reason": "spoilt"}).raise_for_status()
    [first] = qa.post("/holds/undo-rejection", body).json()
    assert (first["state"], first["decision"]["state"]) == ("rejected", "undo_asked")
    assert qa.post("/holds/undo-rejection", body).status_code == 409
    [second] = admin.post("/holds/undo-rejection", body).json()
    assert (second["state"], second["disposed_by"], second["decision"]["state"]) == ("held", None, "undone")
    states = [each["state"] for each in qa.get("/holds/2/decisions").json()]
    assert states == ["rejected", "undo_asked", "undone"]
    assert site.api("viewer").post("/holds/undo-rejection", body).status_code == 403


def test_a_client_reads_the_numbers_of_a_decision_but_not_who_took_it(shared_site):
    [decision] = shared_site.api("client").get("/holds/1/decisions").json()
    assert (decision["state"], decision["minutes"]) == ("released", 90.0)
    assert (decision["who"], decision["reason"], decision["signature"]) == (None, None, None)
    assert shared_site.api("other").get("/holds/1/decisions").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": [2, 99], "reason": "r"}, 404),
        ({"ids": [2, 1], "reason": "r"}, 409),
        ({"ids": [], "reason": "r"}, 422),
        ({"ids": [2], "reason": " "}, 422),
        ({"ids": [2]}, 422),
        ({"ids": ["2"], "reason": "r"}, 422),
    ],
)
def test_holds_are_disposed_of_all_or_none(site, body, status):
    assert site.api("qa").post("/holds/release", body).status_code == status
    assert site.api("qa").get("/holds/2").json()["state"] == "held"


def test_an_unknown_hold_or_alert_is_not_there(shared_site):
    api = shared_site.api("qa")
    assert api.get("/holds/99").json()["detail"] == "no hold 99"
    assert api.get("/alerts/99").json()["detail"] == "no alert 99"
    assert api.get("/holds/x").status_code == 422
    assert api.get(f"/holds/{1 << 70}").status_code == 422


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [2, 1]),
        ({"open": "true"}, []),
        ({"open": "false"}, [2, 1]),
        ({"acknowledged": "true"}, [1]),
        ({"acknowledged": "false"}, [2]),
        ({"founded": "false"}, []),
    ],
)
def test_alerts_come_newest_first_and_as_asked_for(shared_site, filters, ids):
    assert [alert["id"] for alert in shared_site.api("viewer").items("/alerts", **filters)] == ids


def test_an_alert_is_acknowledged_once(site):
    api = site.api("qa")
    alert = api.post("/alerts/2/acknowledge", {"comment": "on my way"}).json()
    assert (alert["acknowledged_by"], alert["acknowledged_at"]) == ("quinn", "2026-01-03T00:00:00Z")
    assert alert["comment"] == "on my way"
    again = api.post("/alerts/2/acknowledge", {})
    assert (again.status_code, again.json()["detail"]) == (409, "alert 2 was acknowledged by quinn already")
    assert api.post("/alerts/99/acknowledge", {}).status_code == 404


def test_an_alert_says_its_state_as_the_standards_name_it(site):
    api = site.api("qa")
    assert [alert["state"] for alert in api.items("/alerts")] == ["RTNUN", "NORM"]
    assert api.post("/alerts/2/acknowledge", {}).json()["state"] == "NORM"


def test_a_client_does_not_learn_the_state_of_an_alert(shared_site):
    told = {(alert["state"], alert["suppressed"]) for alert in shared_site.api("client").items("/alerts")}
    assert told == {(None, None)}


def going(site):
    """Let ROOM-1 be too warm now; return the number of the problem."""
    said = [_message("dev1", "zz/1/readings", 48 * 60 - 80 + minute, 9.5) for minute in range(0, 80, 10)]
    site.desk.writer.step(Batch(said), NOW)
    return next(row.id for row in site.desk.rows("alerts") if row.until is None and not row.lot)


def test_an_alert_is_shelved_for_a_while_and_taken_off_the_shelf(site):
    api, number = site.api("qa"), going(site)
    answer = api.post(f"/alerts/{number}/shelve", {"for": "2h", "reason": "door repair"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "SHLVD"
    assert answer.json()["suppressed"] == {"state": "SHLVD", "until": "2026-01-03T02:00:00Z", "reason": "door repair"}
    off = api.post(f"/alerts/{number}/unshelve", {"reason": "repaired"})
    assert (off.json()["state"], off.json()["suppressed"]) == ("UNACK", None)
    assert api.post(f"/alerts/{number}/unshelve", {}).status_code == 409


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("qa", {"for": "9h", "reason": "r"}, 422),
        ("qa", {"for": "soon", "reason": "r"}, 422),
        ("qa", {"for": "1h"}, 422),
        ("qa", {"for": "1h", "reason": ""}, 422),
        ("viewer", {"for": "1h", "reason": "r"}, 403),
        ("client", {"for": "1h", "reason": "r"}, 403),
    ],
)
def test_who_may_not_or_does_not_say_why_shelves_nothing(site, role, body, status):
    number = going(site)
    assert site.api(role).post(f"/alerts/{number}/shelve", body).status_code == status
    assert site.api("qa").get(f"/alerts/{number}").json()["state"] == "UNACK"


def test_the_load_of_alarms_is_measured_over_days(site):
    load = site.api("viewer").get("/alerts/kpis", days=2).json()
    assert (load["days"], load["alarms"], load["per_day"], load["peak"]) == (2, 2, 1.0, 2)
    assert sorted(source["place"] for source in load["top"]) == ["ROOM-1", "ZZROOM"]
    assert sum(load["by_severity"].values()) == 2
    assert load["minutes_to_acknowledge"] == 18 * 60
    assert (load["floods"], load["chattering"], load["stale"]) == ([], [], 0)


def test_what_was_told_stays_a_load_when_it_is_shelved_later(site):
    api, number = site.api("qa"), going(site)
    assert api.get("/alerts/kpis").json()["alarms"] == 3
    api.post(f"/alerts/{number}/shelve", {"for": "1h", "reason": "r"}).raise_for_status()
    assert api.get("/alerts/kpis").json()["alarms"] == 3


def test_what_nobody_was_ever_told_of_is_no_load_until_it_is_told(site):
    fields = {"location": "ROOM-1", "from": "2026-01-02T20:00:00Z", "to": "2026-01-03T02:00:00Z", "reason": "seal"}
    site.desk.ask("quinn", Correct(put=[Item("quiet", fields)]), NOW)
    api = site.api("qa")
    going(site)
    assert api.get("/alerts/kpis").json()["alarms"] == 2
    site.desk.now = NOW + 2 * HOUR
    site.desk.writer.step(Batch(), site.desk.now)
    assert api.get("/alerts/kpis").json()["alarms"] == 3


def test_the_load_of_alarms_is_the_sites_business(shared_site):
    assert shared_site.api("client").get("/alerts/kpis").status_code == 403
    assert shared_site.api("viewer").get("/alerts/kpis", days=0).status_code == 422


def test_exposures_and_excursions_can_be_asked_for_by_time_rule_and_place(shared_site):
    api = shared_site.api("viewer")
    assert len(api.items("/excursions", location="ZZROOM")) == 3
    assert len(api.items("/excursions", location="ZZROOM", since="2026-01-01T03:30:00Z")) == 0
    assert len(api.items("/excursions", location="ZZROOM", since="2026-01-01T03:29:59Z")) == 1
    assert len(api.items("/excursions", location="ZZROOM", until="2026-01-01T01:00:00Z")) == 0
    assert len(api.items("/excursions", location="ZZROOM", until="2026-01-01T01:00:00.000001Z")) == 1
    assert len(api.items("/exposures", rule="zzrule", fired="true")) == 3
    assert len(api.items("/exposures", fired="false")) == 0
    assert [each["unit"] for each in api.items("/exposures", lot="A1")] == ["PALLET-7"]


def test_only_the_revision_in_force_is_listed(site):
    api = site.api("admin")
    mount = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T06:10:00Z"}
    api.post("/mounts", mount).raise_for_status()
    (exposure,) = api.items("/exposures", lot="A1")
    assert (exposure["revision"], exposure["to"]) == (2, "2026-01-01T06:10:00Z")


def test_events_follow_each_other_without_gaps_after_any_number(shared_site):
    api = shared_site.api("viewer")
    whole = api.get("/events", limit=1000).json()
    numbers = [event["number"] for event in whole["items"]]
    assert numbers == list(range(1, len(numbers) + 1))
    part = api.get("/events", after=3, limit=2).json()
    assert (part["items"], part["next"]) == (whole["items"][3:5], 5)
    assert api.get("/events", after=numbers[-1]).json() == {"items": [], "next": numbers[-1]}
    assert api.get("/events", after=-1).status_code == 422


def test_no_answer_shows_microseconds_or_scaled_values(shared_site):
    api = shared_site.api("admin")
    for path in ("/holds", "/alerts", "/exposures", "/excursions", "/events", "/batches/VAX/A1/verdict", "/placements"):
        text = api.get(path).text
        assert str(NOW)[:5] not in text, path
        assert "9600000" not in text, path
