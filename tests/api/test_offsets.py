"""Shown is what is judged: every value that is told is with the offset in force when it was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.forecast.forecasts import read
from api.forecast.sensors import forecast_sensors
from api.offsets import WithOffsets
from api.snapshot import Snapshots
from domain.model import Dated
from domain.offsets import offset_at
from domain.readings import Reading
from domain.times import HOUR, format_instant
from ledger.inputs import Arrived, Batch
from store.columns import load_columns
from store.series import SeriesKey, find
from tests.api.world import NOW, START
from tests.store.test_history import defined

SPLIT = START + 6 * HOUR
# One degree less from 06:00 on: of the 90 min at 9.6 °C the last 30 are at 8.6 °C.
OFFSETS = {"temperature": [{"value": -1, "from": "2026-01-01T06:00:00Z"}]}
KEY = SeriesKey("dev1", "", "temperature")


@pytest.fixture
def calibrated(site):
    """The site after S1 was found to say one degree too much since 06:00."""
    site.api("admin").put("/sensors/S1", {"id": "S1", "device": "dev1", "offsets": OFFSETS}).raise_for_status()
    return site


class Kept:
    """A store that answers what its definition says, of one series."""

    def __init__(self, readings):
        self.readings = readings

    def window(self, keys, since, until, buckets):
        return {key: defined(self.between(since, until), since, until, buckets) for key in keys}

    def load(self, key, since, until):
        found = self.between(since, until)
        return list(found), list(found.values())

    def between(self, since, until):
        return {at: value for at, value in sorted(self.readings.items()) if since <= at < until}


@given(
    readings=st.dictionaries(st.integers(0, 99), st.none() | st.integers(-9, 9)),
    steps=st.dictionaries(st.integers(-5, 105), st.integers(-9, 9), min_size=1, max_size=3),
    buckets=st.integers(1, 12),
)
def test_a_window_is_that_of_readings_that_say_it_with_their_offsets(readings, steps, buckets):
    offset = Dated(tuple(sorted(steps.items())))
    said = Kept({at: value if value is None else value + offset_at(offset, at) for at, value in readings.items()})
    judged = WithOffsets(Kept(readings), {KEY: offset})
    assert judged.window([KEY], 0, 100, buckets) == said.window([KEY], 0, 100, buckets)
    assert judged.load(KEY, 3, 97) == said.load(KEY, 3, 97)


def test_a_series_without_an_offset_is_told_as_it_came():
    kept = Kept({0: 5, 1: None})
    judged = WithOffsets(kept, {})
    assert judged.window([KEY], 0, 2, 1) == kept.window([KEY], 0, 2, 1)
    assert judged.load(KEY, 0, 2) == ([0, 1], [5, None])


@pytest.mark.parametrize("path", ["/batches/VAX/A1/history", "/locations/ROOM-1/history"])
@pytest.mark.parametrize("query", [{"raw": True}, {"buckets": 3}])
def test_conditions_are_told_with_the_offset_from_its_instant_on(calibrated, path, query):
    asked = {"since": "2026-01-01T05:00:00Z", "until": "2026-01-01T06:30:00Z", **query}
    stretches = calibrated.api("qa").get(path, **asked).json()["stretches"]
    points = [point for stretch in stretches for line in stretch["lines"] for point in line["points"]]
    assert {(point["at"] < "2026-01-01T06:00:00Z", point["min"], point["max"], point["last"]) for point in points} == {
        (True, 9.6, 9.6, 9.6),
        (False, 8.6, 8.6, 8.6),
    }


def test_what_was_judged_is_what_is_shown(calibrated):
    """The whole time at 9.6 °C, but the peak of a hold that began at 06:00 would be 8.6 °C."""
    assert calibrated.api("qa").get("/batches/VAX/A1/verdict").json()["units"][0]["exposures"][0]["peak"] == 9.6
    from_five = {"temperature": [{"value": -1, "from": "2026-01-01T05:00:00Z"}]}
    sensor = {"id": "S1", "device": "dev1", "offsets": from_five}
    calibrated.api("admin").put("/sensors/S1", sensor).raise_for_status()
    assert calibrated.api("qa").get("/batches/VAX/A1/verdict").json()["units"][0]["exposures"][0]["peak"] == 8.6


def test_as_known_before_the_offset_was_entered_it_does_not_count(calibrated):
    then = {"known_at": format_instant(NOW - HOUR), "until": "2026-01-01T06:20:00Z"}
    exposures = [
        calibrated.api("qa").get("/batches/VAX/A1/verdict", **asked).json()["units"][0]["exposures"][0]
        for asked in (then, then | {"known_at": format_instant(NOW)})
    ]
    assert [each["degree_minutes"] for each in exposures] == [1.6 * 80, 1.6 * 60 + 0.6 * 20]


def test_what_a_sensor_said_last_is_told_with_its_offset(calibrated):
    api = calibrated.api("viewer")
    (reading,) = api.get("/sensors/S1/latest").json()["readings"]
    assert reading["value"] == 2.717
    assert api.items("/readings/latest")[0] == api.get("/sensors/S1/latest").json()


def test_a_fault_stays_a_fault(calibrated):
    said = Reading("dev1", "", "temperature", None, NOW)
    calibrated.desk.writer.step(Batch([Arrived("t", b"", False, NOW, "t", [said])]), NOW)
    (reading,) = calibrated.api("viewer").get("/sensors/S1/latest").json()["readings"]
    assert reading["value"] is None


def test_what_hangs_nowhere_is_told_as_it_came(site):
    spare = {"id": "ZZSPARE", "device": "zzspare", "offsets": {"temperature": "-1"}}
    site.api("admin").put("/sensors/ZZSPARE", spare).raise_for_status()
    (device,) = [each for each in site.api("viewer").items("/unassigned-devices") if each["device"] == "zzspare"]
    assert [reading["value"] for reading in device["readings"]] == [4.0]


def test_a_forecast_rests_on_what_is_judged(calibrated):
    with calibrated.database.read() as connection:
        (s1,) = [each for each in forecast_sensors(connection, Snapshots().get(connection), NOW) if each.sensor == "S1"]
        raw = load_columns(connection, find(connection, [KEY])[KEY], START, NOW)
        said = read(connection, s1.probe, START, NOW)
    expected = [value / 1e6 - (at >= SPLIT) for at, value in zip(*raw, strict=True)]
    assert said.values.tolist() == pytest.approx(expected)
    assert len(expected) > 100
