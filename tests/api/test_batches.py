"""What is said of a batch, why, and the conditions that it went through."""

import pytest

from domain.times import HOUR, parse_instant
from rules.batch_judge import judge
from rules.messages.verdict import reason_of, reason_of_batch
from sites.build import build
from sites.file import load
from sites.rows import Row
from tests.api.world import _ROOM_1, _ZZROOM, NOW, SITE, START
from tests.units import a_firing, a_verdict

SITE_BUILT = build(load(SITE, "S.yaml"))


def rows():
    for sensor, said in (("S1", _ROOM_1), ("ZZS2", _ZZROOM)):
        for minute, value in said:
            yield Row(sensor, "temperature", START + minute * 60_000_000, round(value * 1_000_000))


@pytest.mark.parametrize("until", [NOW, START + 5 * HOUR + 30 * 60_000_000, START])
@pytest.mark.parametrize("lot", ["A1", "A2", "A1-B", "ZZ1"])
def test_a_verdict_is_what_judge_says_of_the_same_readings(shared_site, lot, until):
    said = judge(SITE_BUILT, list(rows()), until, explained=True)
    expected = next(b for b in said["batches"] if (b["product"], b["lot"]) == ("VAX", lot))
    query = {} if until == NOW else {"until": "2026-01-01T00:00:00Z" if until == START else "2026-01-01T05:30:00Z"}
    verdict = shared_site.api("viewer").get(f"/batches/VAX/{lot}/verdict", **query).json()
    for unit in verdict["units"]:
        for more in ("holds", "reason", "standing", "owed", "may_be_used", "missing"):
            del unit[more]
        for why in unit["why"]:
            why["sentence"] = why["sentence"].removesuffix(f", {_whom(unit)} in {' and '.join(why['places'])}")
    assert {name: verdict[name] for name in expected} == expected


def _whom(unit):
    return f"unit {unit['unit']}" if unit["unit"] else "whole lot"


def test_a_verdict_gives_its_reason_in_one_sentence(shared_site):
    verdict = shared_site.api("viewer").get("/batches/VAX/A1/verdict").json()
    held, unknown = verdict["units"]
    assert held["reason"] == (
        "too-warm triggered at 2026-01-01T06:00:00Z: "
        "above 8.0 °C for 1 h 30 min from 2026-01-01 05:00 UTC, allowed 1 h, peak 9.6 °C"
    )
    (why,) = held["why"]
    assert why["sentence"] == (
        "too-warm: above 8.0 °C for 1 h 30 min from 2026-01-01 05:00 UTC, allowed 1 h, peak 9.6 °C, "
        "unit PALLET-7 in ROOM-1"
    )
    assert (why["bound"], why["measured"], why["limit"], why["unit"]) == ("above 8.0 °C", 90.0, 60.0, "min")
    assert (why["profile"], why["version"], why["readings"] > 0) == ("vaccine-2-8", 1, True)
    assert unknown["reason"] == (
        "insufficient data: data coverage 0 %, required 50 %; "
        "no data for 46 h of 46 h: 2026-01-01 02:00 UTC to 2026-01-03 00:00 UTC"
    )
    assert unknown["missing"] == [{"from": "2026-01-01T02:00:00Z", "to": "2026-01-03T00:00:00Z"}]
    assert verdict["reason"] == f"1 of 2 units, first PALLET-7: {held['reason']}"
    assert [hold["id"] for hold in held["holds"]] == [1]


def test_reasons_of_other_verdicts():
    assert reason_of(SITE_BUILT, "VAX", a_verdict(None, coverage=0.5)) == (
        "no rule triggered a hold or a review; data coverage 50 %"
    )
    fired = [a_firing(name, START + 6 * HOUR, sentence=f"{name}: outside for 90 min") for name in ("too-warm", "cold")]
    assert reason_of(SITE_BUILT, "VAX", a_verdict(None, "hold", fired[:1])) == (
        "too-warm triggered at 2026-01-01T06:00:00Z: outside for 90 min"
    )
    assert reason_of(SITE_BUILT, "VAX", a_verdict(None, "hold", fired)).endswith("(and 1 more)")
    without = build(load("products: [{id: VAX}]", "S.yaml"))
    assert reason_of(without, "VAX", a_verdict(None, "unknown")) == "product VAX has no profile"
    units = [a_verdict("P1"), a_verdict("P2", "hold")]
    assert reason_of_batch(units, ["fine", "warm"], "hold") == "1 of 2 units, first P2: warm"


def test_a_batch_that_is_not_there_has_no_verdict_and_no_history(shared_site):
    api = shared_site.api("viewer")
    for path in ("/batches/VAX/NONE/verdict", "/batches/NONE/A1/verdict", "/batches/VAX/NONE/history"):
        assert api.get(path).status_code == 404
    assert api.get("/batches/VAX/A1/history", unit="NONE").json()["detail"] == "no unit NONE of VAX A1"


def points(stretch):
    return [point for line in stretch["lines"] for point in line["points"]]


def test_a_history_follows_the_batch_from_place_to_place(shared_site):
    history = shared_site.api("viewer").get("/batches/VAX/A1/history", unit="PALLET-7", buckets=5000).json()
    first, second = history["stretches"]
    assert (first["location"], first["from"], first["to"]) == ("ROOM-1", "2026-01-01T02:00:00Z", "2026-01-01T20:00:00Z")
    assert (second["location"], second["to"]) == ("ROOM-2", None)
    assert [line["sensor"] for line in first["lines"]] == ["S1"]
    assert points(first)[0] == {"at": "2026-01-01T02:00:00Z", "min": 5.1, "max": 5.1, "last": 5.1}
    assert len(points(first)) == 108
    assert second["lines"] == []


@pytest.mark.parametrize("buckets", [1, 2, 3, 50, 5000])
def test_a_reduced_history_keeps_the_peak_and_at_most_so_many_points(shared_site, buckets):
    history = shared_site.api("viewer").get("/batches/VAX/A1/history", unit="PALLET-7", buckets=buckets).json()
    found = points(history["stretches"][0])
    assert max(point["max"] for point in found) == 9.6
    assert min(point["min"] for point in found) == 5.1
    assert len(found) <= buckets


def test_a_history_is_cut_to_the_time_asked_about(shared_site):
    api = shared_site.api("viewer")
    query = {"since": "2026-01-01T05:00:00Z", "until": "2026-01-01T05:30:00Z"}
    history = api.get("/batches/VAX/A1/history", **query).json()
    assert (history["from"], history["to"]) == ("2026-01-01T05:00:00Z", "2026-01-01T05:30:00Z")
    assert [point["at"] for point in points(history["stretches"][0])] == [
        "2026-01-01T05:00:00Z",
        "2026-01-01T05:10:00Z",
        "2026-01-01T05:20:00Z",
    ]
    assert (
        api.get("/batches/VAX/A1/history", since="2026-01-03T00:00:00Z", until="2026-01-03T00:00:00Z").status_code
        == 422
    )
    assert (
        api.get("/batches/VAX/A1/history", since="2026-01-02T01:00:00+01:00").json()["from"] == "2026-01-02T00:00:00Z"
    )


def test_units_that_stood_together_are_one_stretch(shared_site):
    stretches = shared_site.api("viewer").get("/batches/VAX/A1/history").json()["stretches"]
    assert [(each["location"], each["from"]) for each in stretches] == [
        ("ROOM-1", "2026-01-01T02:00:00Z"),
        ("ROOM-2", "2026-01-01T02:00:00Z"),
    ]


def test_a_batch_that_never_stood_anywhere_has_an_empty_history(shared_site):
    history = shared_site.api("viewer").get("/batches/VAX/A1-B/history").json()
    assert (history["from"], history["to"], history["stretches"]) == ("2026-01-03T00:00:00Z",) * 2 + ([],)


def test_a_quantity_nobody_measures_has_no_lines(shared_site):
    history = shared_site.api("viewer").get("/batches/VAX/A2/history", quantity="humidity").json()
    assert [each["lines"] for each in history["stretches"]] == [[], []]
    assert shared_site.api("viewer").get("/batches/VAX/A2/history", quantity="pressure").status_code == 422


def test_a_location_shows_its_last_day_by_default_and_what_is_asked_for(shared_site):
    api = shared_site.api("viewer")
    assert points(api.get("/locations/ROOM-1/history").json()["stretches"][0]) == []
    query = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:20:00Z"}
    (stretch,) = api.get("/locations/ROOM-1/history", **query).json()["stretches"]
    assert [point["min"] for point in points(stretch)] == [3.131, 3.131]
    assert api.get("/locations/NONE/history").status_code == 404


def test_a_sensor_that_was_moved_counts_where_it_hung(site):
    api = site.api("admin")
    mount = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T04:00:00Z"}
    api.post("/mounts", mount).raise_for_status()
    api.post("/mounts", {**mount, "sensor": "S2", "from": mount["to"], "to": None}).raise_for_status()
    history = api.get("/batches/VAX/A1/history", unit="PALLET-7").json()
    lines = history["stretches"][0]["lines"]
    assert [(line["sensor"], len(line["points"])) for line in lines] == [("S1", 12), ("S2", 0)]
    assert parse_instant(lines[0]["points"][-1]["at"]) < START + 4 * HOUR


def test_a_history_tells_its_gaps_as_the_verdict_counts_them(shared_site):
    api = shared_site.api("viewer")
    (stretch,) = api.get(
        "/locations/ROOM-1/history", since="2026-01-01T00:00:00Z", until="2026-01-02T00:00:00Z"
    ).json()["stretches"]
    # zzroom has no max_gap of its own: 30 min. The last reading before the silence is at 21:50.
    assert stretch["gaps"] == [{"from": "2026-01-01T22:20:00Z", "to": "2026-01-02T00:00:00Z"}]
    assert stretch["lines"][0]["gaps"] == stretch["gaps"]
    first, second = api.get("/batches/VAX/A1/history", unit="PALLET-7").json()["stretches"]
    assert first["gaps"] == []
    assert second["gaps"] == [{"from": "2026-01-01T20:00:00Z", "to": "2026-01-03T00:00:00Z"}]
    verdict = api.get("/batches/VAX/A1/verdict").json()
    unit = next(unit for unit in verdict["units"] if unit["unit"] == "PALLET-7")
    assert unit["unknown_minutes"] == 28 * 60


def test_readings_can_be_asked_for_as_they_are(shared_site):
    api = shared_site.api("viewer")
    reduced = api.get("/batches/VAX/A1/history", unit="PALLET-7", buckets=10).json()["stretches"][0]["lines"][0]
    assert not reduced["raw"]
    raw = api.get("/batches/VAX/A1/history", unit="PALLET-7", buckets=10, raw=True).json()["stretches"][0]["lines"][0]
    assert raw["raw"]
    assert len(raw["points"]) == 108


def test_too_many_readings_at_once_are_refused(shared_site, monkeypatch):
    monkeypatch.setattr("api.reads.history.MOST_RAW", 107)
    answer = shared_site.api("viewer").get("/batches/VAX/A1/history", unit="PALLET-7", raw=True)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "raw: more than 107 readings of one sensor; ask for a shorter time"


def test_the_hours_after_a_sensor_was_moved_are_more_than_one_point(site):
    api = site.api("admin")
    mount = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T16:00:00Z"}
    api.post("/mounts", mount).raise_for_status()
    api.post("/mounts", {**mount, "from": mount["to"], "to": None}).raise_for_status()
    query = {"since": "2025-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "buckets": 50}
    line = api.get("/locations/ROOM-1/history", **query).json()["stretches"][0]["lines"][0]
    assert len([point for point in line["points"] if point["at"] >= mount["to"]]) == 18
