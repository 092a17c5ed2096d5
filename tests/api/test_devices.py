"""What devices said, and what could not be read."""

import pytest

from domain.readings import Reading
from ledger.inputs import Arrived, Batch
from ledger.writer import Writer
from tests.api.world import NOW, START


def test_a_sensor_shows_what_it_said_last(shared_site):
    api = shared_site.api("viewer")
    assert api.get("/sensors/S1/latest").json() == {
        "sensor": "S1",
        "device": "dev1",
        "probe": None,
        "readings": [{"quantity": "temperature", "value": 3.717, "measured_at": "2026-01-01T21:50:00Z", "fault": None}],
    }
    assert api.get("/sensors/S2/latest").json()["readings"] == []
    assert api.get("/sensors/NONE/latest").status_code == 404


def test_all_sensors_show_what_they_said_last_in_one_list(shared_site):
    api = shared_site.api("viewer")
    said = api.items("/readings/latest", limit=1)
    assert [(each["sensor"], [reading["value"] for reading in each["readings"]]) for each in said] == [
        ("S1", [3.717]),
        ("S2", []),
        ("ZZS2", [4.5]),
        ("ZZSPARE", [4.0]),
    ]
    assert said[0] == api.get("/sensors/S1/latest").json()
    assert shared_site.api("client").get("/readings/latest").status_code == 403


def test_a_fault_said_last_is_no_old_value(site):
    said = Reading("dev1", "", "temperature", 85_000_000, NOW)
    site.desk.writer.step(Batch([Arrived("t", b"", False, NOW, "t", [said])]), NOW)
    (reading,) = site.api("viewer").get("/sensors/S1/latest").json()["readings"]
    assert (reading["value"], reading["measured_at"]) == (None, "2026-01-03T00:00:00Z")
    assert reading["fault"] == "power-on value, 85.0 °C"


def test_devices_that_hang_nowhere_are_listed_until_they_are_mounted(site):
    api = site.api("admin")
    assert [(each["device"], each["sensor"]) for each in api.items("/unassigned-devices")] == [
        ("zzfree", None),
        ("zzspare", "ZZSPARE"),
    ]
    api.post("/sensors", {"id": "NEW", "device": "zzfree"}).raise_for_status()
    api.post("/mounts", {"sensor": "NEW", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"}).raise_for_status()
    assert [each["device"] for each in api.items("/unassigned-devices")] == ["zzspare"]


def test_a_dead_letter_is_kept_as_it_came(shared_site):
    api = shared_site.api("viewer")
    (letter,) = api.items("/dead-letters")
    assert letter == {
        "id": letter["id"],
        "topic": "zz/dead",
        "reason": "zz: no JSON",
        "retained": False,
        "received_at": "2026-01-01T01:00:00Z",
        "state": "waiting",
        "size": 12,
    }
    assert api.get(f"/dead-letters/{letter['id']}").json() == letter
    payload = api.get(f"/dead-letters/{letter['id']}/payload")
    assert payload.content == b"zz no json \xff"
    assert payload.headers["content-type"] == "application/octet-stream"
    assert payload.headers["content-disposition"].startswith("attachment")
    assert payload.headers["x-content-type-options"] == "nosniff"
    assert api.get("/dead-letters/99/payload").status_code == 404
    assert api.items("/dead-letters", state="redriven") == []


@pytest.mark.parametrize(
    ("error", "state", "reason"), [(None, "redriven", "zz: no JSON"), ("worse", "waiting", "worse")]
)
def test_a_dead_letter_is_driven_again(site, error, state, reason):
    def decode(messages):
        said = Reading("dev2", "", "temperature", 5_000_000, START)
        return Batch([Arrived(m.topic, m.payload, False, m.received_at, "s", [said], error) for m in messages])

    site.desk.writer = Writer(site.database, decode=decode)
    api = site.api("admin")
    (letter,) = api.items("/dead-letters")
    (after,) = api.post("/dead-letters/redrive", {"ids": [letter["id"]]}).json()
    assert (after["state"], after["reason"]) == (state, reason)
    assert len(api.get("/sensors/S2/latest").json()["readings"]) == (error is None)


def test_driving_what_is_not_there_changes_nothing(site):
    api = site.api("admin")
    assert api.post("/dead-letters/redrive", {"ids": [1, 99]}).status_code == 404
    assert [letter["state"] for letter in api.items("/dead-letters")] == ["waiting"]
