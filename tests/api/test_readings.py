"""POST /readings: what people enter is on record with who, why and from what, and evaluated like any reading."""

import pytest

AT = "2026-01-01T02:30:17Z"


def entered(**more):
    one = {"sensor": "S1", "measured_at": AT, "temperature": 4.5, "humidity": 61}
    return {"readings": [one], "reason": "paper round", "instrument": "TH-17", **more}


def test_readings_are_taken_and_the_record_says_who_why_and_from_what(site):
    found = site.api("warehouse").post("/readings", entered()).raise_for_status().json()
    assert found == {"readings": 2, "faults": 0, "not_judged": 0, "conflicts": 0, "known": 0}
    [row] = [row for row in site.desk.rows("audit") if row.what == "imported" and row.reason == "paper round"]
    assert row.after["instrument"] == "TH-17"
    assert row.who == "zzwarehouse"


def test_the_same_again_changes_nothing(site):
    api = site.api("warehouse")
    api.post("/readings", entered()).raise_for_status()
    assert api.post("/readings", entered()).json()["known"] == 2


def test_csv_is_taken_as_the_import_takes_files(site):
    csv = f"sensor,measured_at,temperature\nS1,{AT},-1.5\n"
    found = site.api("qa").post("/readings", {"csv": csv, "reason": "paper round"})
    assert found.raise_for_status().json()["readings"] == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (entered(readings=[]), "give readings or csv"),
        (entered(reason=""), "should have at least 1 character"),
        (entered(readings=[{"sensor": "S1", "measured_at": AT}]), "has neither temperature nor humidity"),
        (entered(readings=[{"sensor": "S1", "measured_at": "yesterday", "temperature": 4}]), "not an RFC 3339 time"),
        (entered(readings=[{"sensor": "S1", "measured_at": AT, "temperature": "4"}]), "should be a valid"),
        (entered(readings=[{"sensor": "S1", "measured_at": AT, "temperature": 1e300}]), "less than or equal to 10000"),
        (entered(readings=[{"sensor": "S1", "measured_at": AT, "temperature": True}]), "should be a valid"),
        (entered(readings=[{"sensor": "NOBODY", "measured_at": AT, "temperature": 4}]), "no sensor"),
        ({"csv": f"sensor,measured_at,temperature\nNOBODY,{AT},4\n", "reason": "r"}, "NOBODY"),
        ({"csv": "sensor,measured_at,temperature\nS1,soon,4\n", "reason": "r"}, "soon"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_taken(site, body, said):
    before = len(site.desk.rows("audit"))
    found = site.api("warehouse").post("/readings", body)
    assert found.status_code == 422
    assert said in found.text
    assert len(site.desk.rows("audit")) == before


def test_a_viewer_may_not(site):
    assert site.api("viewer").post("/readings", entered()).status_code == 403
