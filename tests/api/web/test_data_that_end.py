"""A sensor that dies while it is too warm, and one whose clock is wrong: pages claim nothing that nobody heard."""

import re

import pytest

from domain.readings import Reading
from domain.times import HOUR, MINUTE
from ledger.inputs import Arrived, Batch
from tests.api.web.reading import words
from tests.api.world import NOW

PAGES = ["/problems/3", "/batches/VAX/ZZ3"]


def hear(site, at, celsius, measured_at=None):
    said = Reading("dev1", "", "temperature", round(celsius * 1_000_000), at if measured_at is None else measured_at)
    site.desk.now = at
    site.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, at, "zz", [said])]), at)


@pytest.fixture
def died(site):
    """ROOM-1 is at 12 °C for more than an hour, then nothing is heard for five."""
    for i in range(1, 9):
        hear(site, NOW + i * 10 * MINUTE, 12.0)
    site.desk.now = NOW + 6 * HOUR
    site.desk.writer.step(Batch(), site.desk.now)


@pytest.mark.parametrize("path", PAGES)
def test_what_ends_where_data_end_is_not_said_to_be_back(died, browse, path):
    page = words(browse("qa").get(path).text)
    said = page[page.index("Timeline") :]
    assert "01:10" in said and "ack within limits" not in said.partition("2 Jan")[0]
    assert "No data: ROOM-1" in said or "The lot without data: above 8.0 °C until then, unknown since" in said


def test_all_numbers_of_it_are_as_far_as_data_reach(died, browse):
    page = words(browse("qa").get("/problems/3").text)
    assert "above 8.0 °C for 3 h 10 min, 01:10 to 04:20, unknown since" in page  # the units' profile: 2 h hold
    assert "ZZUNIT ZZ Corporation 3 h 10 min" in page and "VAX ZZ3 whole lot whole lot – 3 h 10 min" in page
    assert "condition unknown since 04:20: ZZUNIT of VAX ZZ1 and VAX ZZ3" in page


def test_outside_again_after_a_silence_is_neither_back_meanwhile_nor_outside_all_the_time(died, site, browse):
    hear(site, NOW + 7 * HOUR, 12.0)
    hear(site, NOW + 7 * HOUR + 10 * MINUTE, 12.0)
    page = words(browse("qa").get("/problems/3").text)
    assert "Back within limits" not in page[page.index("Timeline") :]
    assert "No data: ROOM-1" in page[page.index("Timeline") :]
    assert "above 8.0 °C for 3 h 20 min in total, since 01:10" in page


def test_the_end_is_said_as_it_was_heard(died, site, browse):
    hear(site, NOW + 7 * HOUR, 5.0)
    page = words(browse("qa").get("/problems/3").text)
    assert "Value within limits at 08:00; not known from 04:20 until then" in page


def test_a_hold_since_a_release_is_told_apart_from_one_without(died, browse):
    page = words(browse("qa").get("/problems/3").text)
    assert "On hold: ZZUNIT of VAX ZZ1 rule too-warm (vaccine-2-8 version 1) since the release of" in page
    assert "On hold: VAX ZZ3 rule too-warm (vaccine-2-8 version 1)" in page


def test_a_place_says_that_its_device_sends_with_a_wrong_clock(site, browse):
    for i in range(1, 31):
        at = NOW + i * 10 * MINUTE
        hear(site, at, 5.0, at - 40 * MINUTE)
    viewer = browse("viewer")
    page = words(viewer.get("/places/ROOM-1").text)
    assert "S1 sends, but the clock of its device is wrong: 40 min behind (± 0 s, 30 live messages)." in page
    assert "clock" not in words(viewer.get("/places/ZZROOM").text)


def test_a_batch_on_hold_again_says_beyond_which_release(died, browse):
    page = words(browse("qa").get("/batches/VAX/ZZ1").text)
    assert re.search(
        r"ZZUNIT is on hold: above 8\.0 °C beyond what the release of [\d :A-Z]+ covers, on hold again", page
    )
