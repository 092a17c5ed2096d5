"""How settled something is and why it changed, in words; and where the pages say so."""

from zoneinfo import ZoneInfo

import pytest

from api.web.components.causes import words_of
from api.web.components.finality import explained, finality_words
from api.web.frame.formats import Clock
from domain.times import HOUR, MINUTE, parse_instant
from ledger.models.finality import Finality
from ledger.requests import Correct, EntryName, Item
from rules.subjects.finality import Outstanding
from tests.api.web.reading import words
from tests.api.world import NOW
from tests.units import an_exposure

START = parse_instant("2026-11-20T08:00:00Z")
CLOCK = Clock(ZoneInfo("UTC"), START + 4 * HOUR)


def at(minute):
    return START + minute * MINUTE


# --- the word ---


def test_what_is_owed_is_said_by_sensor_with_since_when():
    owed = [Outstanding("S1", at(0), at(70)), Outstanding("S2", at(20), None)]
    assert explained(Finality("provisional", owed), CLOCK).in_words == (
        "Provisional: data missing from S1, 08:00–09:10, data missing from S2 since 08:20; "
        "result may change when they arrive"
    )


def test_of_many_sensors_three_are_named():
    owed = [Outstanding(f"S{i}", at(0), None) for i in range(6)]
    assert "S2 since 08:00, and 3 more;" in explained(Finality("provisional", owed), CLOCK).in_words


def test_what_goes_on_is_provisional_for_that():
    assert explained(Finality("provisional"), CLOCK, goes_on=True).in_words == "Provisional: still in progress"


def test_who_may_not_know_of_sensors_is_told_that_readings_are_to_come():
    not_told = Finality("provisional", None)
    ended, going = (an_exposure("too-warm", at(0), until, finality=not_told) for until in (at(5), None))
    assert finality_words(ended, CLOCK).why == "some data missing; result may change when they arrive"
    assert finality_words(going, CLOCK).why == "still in progress"


def test_what_is_settled_says_whether_something_else_was_said_before():
    assert explained(Finality("confirmed"), CLOCK).in_words == "Confirmed: all data it rests on received"
    assert explained(Finality("revised"), CLOCK).why.startswith("changed since it was first reported")


# --- causes ---


def heard(sensor="S1", since=0, until=70, journal=831):
    return {"sensor": sensor, "quantity": "temperature", "journal": journal, "since": at(since), "until": at(until)}


def corrected(*entries, count=None):
    entries = [{"kind": kind, "key": key, "what": "put"} for kind, key in entries]
    return {"kind": "correction", "who": "anna", "entries": entries, "count": count or len(entries), "event": 7}


PLACEMENT = ("placement", '["VAX","A1","PALLET-7","ROOM-1","2026-01-01T08:00:00Z"]')
MOUNT = ("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            {"kind": "late", "readings": [heard()]},
            "late data from S1, 08:00 to 09:10 ( journal row 831 )",
        ),
        (
            {"kind": "late", "readings": [heard(until=0), heard("S2")]},
            "a late reading of S1 at 08:00, and from 1 other sensor or quantity ( journal row 831 )",
        ),
        ({"kind": "late"}, "late data"),
        (corrected(PLACEMENT), "storage of VAX A1 PALLET-7 corrected by anna"),
        (corrected(PLACEMENT, PLACEMENT, MOUNT), "storage of VAX A1 PALLET-7 and installation of S1 corrected by anna"),
        (corrected(PLACEMENT, count=9), "storage of VAX A1 PALLET-7 and 8 more corrected by anna"),
        (corrected(("profile", '["cold","2"]')), "profile cold 2 corrected by anna"),
        (corrected(("placement", '["p-1"]')), "storage of p-1 corrected by anna"),
        (corrected(("source", '["t/+"]')), "source t/+ corrected by anna"),
        ({"kind": "correction"}, "correction of the site’s records"),
        ({"kind": "import", "who": "anna", "journal": 9}, "readings imported by anna"),
        ({"kind": "import"}, "readings imported"),
        (
            {"kind": "version", "profile": "cold", "version": 2, "at": at(0)},
            "version 2 of cold active from 08:00",
        ),
        ({"kind": "time"}, "time elapsed"),
        ({"kind": "rebuild"}, "complete re-evaluation"),
    ],
)
def test_a_cause_is_said_in_words(cause, said):
    assert words(words_of(cause, CLOCK)) == said


@pytest.mark.parametrize("cause", [None, {"kind": "reading", "readings": []}, {"kind": "decision", "who": "anna"}])
def test_what_came_in_its_time_or_was_decided_needs_no_cause(cause):
    assert words_of(cause, CLOCK) is None


def test_names_in_a_cause_are_no_markup():
    assert "<b>" not in words_of(corrected(("mount", '["<b>S1</b>","ROOM-1","t"]')), CLOCK)


# --- the pages ---

AWAY = Item("placement", {"product": "VAX", "lot": "A1", "unit": "PALLET-7", "location": "ROOM-2",
                          "from": "2026-01-01T02:00:00Z", "to": "2026-01-01T20:00:00Z"})  # fmt: skip
WAS_THERE = EntryName("placement", '["VAX","A1","PALLET-7","ROOM-1","2026-01-01T02:00:00Z"]')


def test_a_batch_says_how_settled_its_verdict_exposures_and_holds_are(browse):
    page = browse("viewer").get("/batches/VAX/A1").text
    said = words(page)
    assert "VAX A1 Unknown · 1 of 2 units revised" in said
    assert "1 h 30 min confirmed 9.6 °C" in said
    assert "Revised: changed since it was first reported; all data it rests on received." in said
    assert 'title="Confirmed: all data it rests on received."' in page


def test_a_batch_tells_what_was_taken_back_and_why(site, browse):
    site.desk.ask("anna", Correct(put=[AWAY], remove=[WAS_THERE]), NOW)
    said = words(browse("viewer").get("/batches/VAX/A1").text)
    taken = "Removed: PALLET-7 was not outside limits above 8.0 °C since 1 Jan 06:00 storage of VAX A1 PALLET-7"
    assert f"{taken} corrected by anna" in said


def test_a_client_reads_that_it_was_corrected_but_not_by_whom(site, browse):
    site.desk.ask("zzanna", Correct(put=[AWAY], remove=[WAS_THERE]), NOW)
    said = words(browse("client").get("/batches/VAX/A1").text)
    assert "Removed: PALLET-7 was not outside limits" in said
    assert "correction of the site’s records" in said
    assert "zzanna" not in said


def test_a_problem_and_the_list_of_holds_say_it_too(browse):
    viewer = browse("viewer")
    assert "ROOM-1 was too warm ended confirmed" in words(viewer.get("/problems/1").text)
    assert "Why confirmed ROOM-1" in words(viewer.get("/holds").text)
