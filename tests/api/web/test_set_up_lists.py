"""The set-up's lists of sensors, sources and profiles."""

import msgspec
import pytest

from api.web.profiles.view import versions_of
from api.web.sensors import route as sensors_route
from domain.clocks import Run
from domain.model import ProfileVersion
from domain.readings import Reading
from domain.times import HOUR, MINUTE
from ledger.inputs import Arrived, Batch
from ledger.requests import Correct, Item
from store.device_clocks import CLOCKS
from tests.api.conftest import World
from tests.api.web.browser import signed_in
from tests.api.web.reading import words
from tests.api.world import NOW, _message
from tests.thrift import migrated

PAGES = ["/setup/sensors", "/setup/sensors/S1", "/setup/sources", "/setup/profiles"]


@pytest.fixture
def empty(tmp_path, portal):
    """A site of which nothing is known yet."""
    database = migrated(tmp_path / "empty.db")
    yield World(portal, database, {})
    database.close()


def put(site, kind, **fields):
    site.desk.ask("quinn", Correct(put=[Item(kind, fields)]), NOW)


@pytest.mark.parametrize("path", PAGES)
def test_staff_may_see_the_lists_and_a_client_may_not(browse, path):
    assert browse("viewer").get(path).status_code == 200
    assert browse("client").get(path).status_code == 403


# --- sensors ---


def test_a_sensor_is_listed_with_device_place_and_last_reading(browse):
    said = words(browse("viewer").get("/setup/sensors").text)
    assert "4 sensors" in said
    assert "S1 dev1 temperature, humidity – – ROOM-1 since 1 Jan 01:00 3.717 °C 26 h ago" in said
    assert "S2 dev2 temperature, humidity – – not installed no reading yet" in said


def test_a_sensor_says_its_interval_and_the_offset_in_force(site, browse):
    offsets = {"temperature": [{"value": "0.5", "from": None}, {"value": "-0.25", "from": "2026-01-02T00:00:00Z"}]}
    put(site, "sensor", id="S1", device="dev1", interval="10min", offsets=offsets)
    page = browse("viewer").get("/setup/sensors").text
    assert "S1 dev1 temperature, humidity 10 min −0.25 °C ROOM-1" in words(page)
    assert "4.217 °C" in words(page)  # with the offset of the instant at which it was measured


def test_the_page_of_a_sensor_tells_all_its_offsets_and_where_it_was(site, browse):
    offsets = {"temperature": [{"value": "0.5", "from": None}, {"value": "-0.25", "from": "2026-01-02T00:00:00Z"}]}
    put(site, "sensor", id="S1", device="dev1", offsets=offsets)
    put(site, "mount", sensor="S1", location="ROOM-1", **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T20:00:00Z"})
    put(site, "mount", sensor="S1", location="ROOM-2", **{"from": "2026-01-02T20:00:00Z"})
    said = words(browse("viewer").get("/setup/sensors/S1").text)
    assert "Installed in ROOM-2 since 2 Jan 21:00." in said
    assert "ROOM-2 2026-01-02 21:00:00 CET to date ROOM-1 2026-01-01 01:00:00 CET 2026-01-02 21:00:00 CET" in said
    assert "Offset, temperature −0.25 °C 2026-01-02 01:00:00 CET Offset, temperature +0.5 °C always" in said


def test_a_sensor_says_that_its_clock_is_off_and_that_its_source_says_no_zone(site, browse):
    put(site, "source", topic="clocks/#", format="json", clock=[{"value": "refuse", "from": "2026-01-02T00:00:00Z"}])
    late = [Reading("dev1", "", "temperature", 5_000_000, NOW - (m + 42) * MINUTE) for m in range(30)]
    heard = [Arrived("clocks/x", b"", False, NOW - m * MINUTE, readings=[each]) for m, each in enumerate(late)]
    [source] = [row.key for row in site.desk.rows("entries") if row.kind == "source" and row.doc["topic"] == "clocks/#"]
    run = Run(HOUR, NOW, HOUR, HOUR, True)
    site.desk.writer.step(Batch(heard[::-1], {(CLOCKS + source, "dev1"): msgspec.msgpack.encode(run)}), NOW)
    viewer = browse("viewer")
    said = words(viewer.get("/setup/sensors/S1").text)
    assert "The clock of the device is wrong: 42 min behind (± 0 s, 30 live messages)." in said
    assert "local time without a time zone. Its live readings fit Europe/Berlin or UTC+01:00." in said
    assert "until the source clocks/# has a time zone" in said
    listed = words(viewer.get("/setup/sources").text)
    assert "1 device sends local time, and the source has no time zone, live readings fit Europe/Berlin or" in listed
    assert "from 2026-01-02 01:00:00 CET · where a clock is wrong nothing is evaluated" in listed
    assert "The clock" not in words(viewer.get("/setup/sensors/S2").text)


def test_a_sensor_says_which_places_it_counts_for(site, browse):
    put(site, "location", id="SHELF-1", parent="ROOM-1")
    assert "Measures for ROOM-1, SHELF-1" in words(browse("viewer").get("/setup/sensors/S1").text)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("q=room-1", "1 of 4 sensors"), ("which=not_installed", "2 of 4 sensors"), ("which=installed", "2 of 4 sensors"),
     ("which=silent", "2 of 4 sensors"), ("q=nothing", "No sensor matches")],
)  # fmt: skip
def test_sensors_are_found_by_words_and_state(browse, asked, found):
    assert found in words(browse("viewer").get(f"/setup/sensors?{asked}").text)


def test_a_sensor_that_speaks_again_is_not_listed_as_silent(site, browse):
    site.desk.writer.step(Batch([_message("dev1", "zz/1/readings", 2879, 5.0)]), NOW)
    said = words(browse("viewer").get("/setup/sensors?which=silent").text)
    assert "1 of 4 sensors" in said
    assert "S1 dev1" not in said


def test_many_sensors_are_cut_and_can_be_shown(browse, monkeypatch):
    monkeypatch.setattr(sensors_route, "ROWS_AT_MOST", 3)
    browser = browse("viewer")
    assert "1 more sensor is not shown. Show all 4" in words(browser.get("/setup/sensors").text)
    assert "not shown" not in browser.get("/setup/sensors?all=1").text


def test_an_unknown_sensor_is_not_there(browse):
    assert browse("viewer").get("/setup/sensors/nobody").status_code == 404


# --- sources ---


def test_a_source_says_its_format_newest_message_and_mapping_versions(site, browse):
    mapping = [{"value": {"temperature": "t"}, "from": None},
               {"value": {"temperature": "temp_c"}, "from": "2026-01-02T00:00:00Z"}]  # fmt: skip
    put(site, "source", topic="zz/+/readings", format="json", mapping=mapping)
    record = _message("dev1", "zz/1/readings", 2879, 5.0)
    site.desk.writer.step(Batch([type(record)(record.topic, record.payload, False, record.received_at,
                                              '["zz/+/readings"]', record.readings)]), NOW)  # fmt: skip
    said = words(browse("viewer").get("/setup/sources").text)
    assert "1 source" in said
    assert "zz/+/readings Format json Last message 0 s ago on zz/1/readings no unreadable messages" in said
    assert (
        "from 2026-01-02 01:00:00 CET Field Read from temperature temp_c always Field Read from temperature t" in said
    )


def test_unreadable_messages_are_counted_at_the_most_exact_source(site, browse):
    put(site, "source", topic="zz/dead", format="json")
    said = words(browse("viewer").get("/setup/sources").text)
    assert "zz/dead Format json Last message none since 2 Jan 07:00 1 unreadable message, the newest 47 h ago" in said


def test_unreadable_messages_of_no_source_are_told(browse):
    assert "1 unreadable message had a topic without a source." in words(browse("viewer").get("/setup/sources").text)


# --- profiles ---


def version(number, effective_from):
    return ProfileVersion("p", number, effective_from, (), HOUR)


def test_a_version_is_active_from_its_date_to_the_next_ones():
    versions = [version(1, 0), version(2, 10), version(3, 20)]
    at = {now: [row.state for row in versions_of(versions, now)] for now in (9, 10, 19, 20)}
    assert at == {
        9: ["active", "planned", "planned"],
        10: ["past", "active", "planned"],
        19: ["past", "active", "planned"],
        20: ["past", "past", "active"],
    }


def test_profiles_are_listed_with_their_versions_and_what_they_apply_to(site, browse):
    rules = [{"id": "too-warm", "kind": "limit", "above": "9.0", "action": "hold"}]
    put(site, "profile", id="vaccine-2-8", version="2", effective_from="2027-01-01T00:00:00Z", rules=rules)
    said = words(browse("viewer").get("/setup/profiles").text)
    assert "3 profiles" in said
    assert "vaccine-2-8 Products VAX" in said
    assert "Version 2 Planned from 2027-01-01 01:00:00 CET 1" in said
    assert "Version 1 Active 2020-01-01 01:00:00 CET to 2027-01-01 01:00:00 CET 2" in said
    assert "Locations ROOM-1, SITE-A, ZZROOM" in said


def test_only_who_may_try_a_profile_is_led_to_it(browse):
    assert "/backtest" in browse("qa").get("/setup/profiles").text
    assert "/backtest" not in browse("viewer").get("/setup/profiles").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/setup/sensors", "No sensors yet"),
        ("/setup/sources", "No sources yet"),
        ("/setup/profiles", "No profiles yet"),
    ],
)
def test_an_empty_list_says_how_it_is_filled(empty, portal, path, said):
    page = words(signed_in(empty, portal, "viewer").get(path).text)
    assert said in page
    assert "site file" in page
