"""What a problem's page makes of rows: units, revisions, messages, coverage. Pure."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.web.frame.formats import Clock
from api.web.frame.naming import batch_address, name_units
from api.web.problem.lots import lot_rows
from api.web.problem.measured import known_of
from api.web.problem.notified import notified
from api.web.problem.record import Record
from api.web.problem.revisions import revisions
from domain.times import HOUR, MINUTE, parse_instant
from ledger.models.audit_entry import AuditEntry
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.hold import hold_of
from rules.alarms.problems import Fired
from rules.judgement import Firing
from rules.subjects.whereabouts import UnitKey
from tests.alerts import alert
from tests.api.web.reading import words

START = parse_instant("2026-11-20T09:00:00Z")
CLOCK = Clock(ZoneInfo("UTC"), START + 5 * HOUR)
FIRING = Firing(
    *("warm", START, "hold", "critical", "cold", 1, "limit", "temperature", "high", ("ROOM-1",), START, None),
    "warm: above 8.0 °C",
)
A1, A2, WHOLE = ("VAX", "A1", "P1"), ("VAX", "A1", "P2"), ("INS", "B2", None)


def at(minute):
    return START + minute * MINUTE


def named(unit):
    return dict(zip(("product", "lot", "unit"), unit, strict=True))


def lot(unit, since=0, until=75, rules=("warm",)):
    return {
        **named(unit),
        "client": "acme",
        "hold": None,
        "rules": list(rules),
        "since": at(since),
        "until": until and at(until),
    }


def interval(unit=A1, number=1, revision=1, since=0, until=None, known=0, superseded=None, **more):
    row = {"id": number, "revision": revision, "rule": "warm", "since": at(since), "until": until and at(until)}
    numbers = {"minutes": 75.0, "degree_minutes": 90.5, "peak": 9_600_000, "fired_at": None}
    where = named(unit) if isinstance(unit, tuple) else {"location": unit}
    times = {"known_at": at(known), "superseded_at": superseded and at(superseded)}
    columns = {**row, **numbers, **where, **times, "cause": None, "superseded_because": None, **more}
    return exposure_of(columns) if isinstance(unit, tuple) else excursion_of(columns)


def hold(unit, number=1, state="held", founded=True, minutes=75.0, **more):
    rule = {"kind": "limit", "profile": "cold", "version": 1, "quantity": "temperature", "direction": "high"}
    why = {"since": at(0), "until": at(75), "minutes": minutes, "degree_minutes": 90.5, "peak": 9_600_000}
    told = {**named(unit), "rule": "warm", "state": state, "founded": founded, "fired_at": at(60), "placed_at": at(60)}
    why |= {"severity": "critical", "exposures": [1]}
    return hold_of({"id": number, **told, "why": {**rule, **why, **more}})


def record(lots=(), gone=(), **rows):
    told = alert(id=1, since=START, lots=list(lots), gone=list(gone))
    empty = {name: () for name in ("holds", "exposures", "excursions", "firings", "entries", "messages", "comments")}
    return Record(**{"alert": told, "attempts": {}, **empty, **rows})


# --- units ---


@pytest.mark.parametrize(
    ("holds", "state"),
    [
        ([], "noted"),
        ([hold(A1)], "held"),
        ([hold(A1, founded=False)], "unfounded"),
        ([hold(A1, state="released")], "released"),
        ([hold(A1, state="released", founded=False)], "released"),
        ([hold(A1, state="released"), hold(A1, 2)], "held"),
        ([hold(A1, state="released"), hold(A1, 2, state="rejected")], "rejected"),
        ([hold(A1, state="released"), hold(A1, 2, founded=False)], "unfounded"),
    ],
)
def test_a_unit_is_as_bad_as_its_worst_hold(holds, state):
    [row] = lot_rows(record([lot(A1)], holds=holds), at(90))
    assert row.state == state


def test_a_unit_to_review_says_so():
    review = Fired(UnitKey(*A1), replace(FIRING, action="review"))
    assert [row.state for row in lot_rows(record([lot(A1), lot(A2)], firings=[review]), at(90))] == ["review", "noted"]


def test_a_units_numbers_are_its_holds_else_its_exposures_else_the_time_alone():
    exposures = [
        interval(A2, 1, until=9, minutes=9.0, peak=8_100_000),
        interval(A2, 2, since=35, until=75, minutes=40.0),
    ]
    rows = lot_rows(record([lot(A1), lot(A2), lot(WHOLE, 0, 30)], holds=[hold(A1)], exposures=exposures), at(90))
    assert [(row.name, row.minutes, row.peak) for row in rows] == [
        (A1, 75.0, 9_600_000),
        (WHOLE, 30.0, None),
        (A2, 49.0, 9_600_000),
    ]


def test_a_hold_for_silence_has_no_exposures_and_counts_the_time():
    [row] = lot_rows(record([lot(A1, 0, None)], holds=[hold(A1, minutes=0.0, exposures=[])]), at(50))
    assert (row.minutes, row.is_going_on) == (50.0, True)


def test_a_unit_exposed_for_no_longer_than_allowed_is_listed_as_such():
    allowed = [interval(A2, until=9, minutes=9.0), interval(A2, 2, since=86, minutes=3.0)]
    rows = lot_rows(record([lot(A1)], [lot(WHOLE)]), at(90), allowed, {A2[:2]: "acme"})
    assert [(row.name, row.state, row.minutes) for row in rows] == [
        (A1, "noted", 75.0),
        (A2, "allowed", 9.0),
        (WHOLE, "gone", None),
    ]
    assert (rows[1].is_going_on, rows[1].client) == (True, "acme")


def test_a_unit_that_was_not_there_has_no_numbers_and_comes_last():
    rows = lot_rows(record([lot(A2)], [lot(A1)]), at(90))
    assert [(row.name, row.state, row.minutes) for row in rows] == [(A2, "noted", 75.0), (A1, "gone", None)]


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([WHOLE], "INS B2"),
        ([A1], "P1 of VAX A1"),
        ([A2, A1, A1], "P1 and P2 of VAX A1"),
        ([A1, WHOLE], "INS B2 and P1 of VAX A1"),
        ([("V", "1", f"P{i}") for i in (10, 9, 2)], "P2, P9 and P10 of V 1"),
        ([("V", "1", f"P{i}") for i in range(4)], "4 units of V 1"),
        ([("V", str(i), None) for i in range(4)], "4 units of 4 lots"),
        ([("V", "1", None), ("V", "1", "P1")], "2 units of V 1"),
        ([("<b>", "1", None)], "&lt;b&gt; 1"),
    ],
)
def test_units_are_named_as_briefly_as_can_be_said(units, said):
    assert name_units(units) == said


def test_a_batchs_address_bears_any_sign():
    assert batch_address("V/X", "A 1?") == "/batches/V%2FX/A%201%3F"


# --- revisions ---


def said(rows=(), entries=()):
    places = [row for row in rows if isinstance(row, Excursion)]
    units = [row for row in rows if isinstance(row, Exposure)]
    items = revisions(record(excursions=places, exposures=units, entries=entries), CLOCK, {})
    return [(item.at, words(" ".join([item.title, *item.details])), item.tone) for item in items]


def test_places_and_units_outside_at_the_same_instant_are_one_entry():
    rows = [interval("ROOM-1"), interval(A1, 2), interval(A2, 3)]
    assert said(rows) == [(at(0), "Outside limits: ROOM-1 and P1 and P2 of VAX A1 since 09:00 rule warm", "plain")]


def test_what_became_known_late_says_how_late():
    assert "detected 2 h later" in said([interval("ROOM-1", known=120)])[0][1]
    assert "later" not in said([interval("ROOM-1", known=4)])[0][1]


def test_the_end_that_the_alert_tells_is_not_told_twice():
    rows = [interval(A1, known=0, superseded=75), interval(A1, revision=2, until=75, known=75)]
    assert "Back within limits: P1 of VAX A1 since 10:15 rule warm" in [words for _, words, _ in said(rows)]
    ended = AuditEntry(id=1, at=at(75), who="engine", what="ended", kind="alert", key="1")
    assert len(said(rows, [ended])) == 1


def test_that_it_fired_meanwhile_is_told_by_the_alert():
    rows = [interval(A1, superseded=60), interval(A1, revision=2, known=60, fired_at=at(60))]
    assert len(said(rows)) == 1


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"since": -9, "until": 75}, "started 08:51, not 09:00"),
        ({"until": 80}, "ended 10:20, not 10:15"),
        ({"until": None}, "ongoing, did not end 10:15"),
        ({"until": 75, "peak": 9_900_000}, "peak 9.9 °C, not 9.6 °C"),
        ({"until": 75, "peak": None}, "peak no value, not 9.6 °C"),
        ({"until": 75, "minutes": 70.0}, "outside limits for 1 h 10 min"),
    ],
)
def test_a_correction_says_what_it_was_before(after, words):
    rows = [interval(A1, until=75, superseded=200), interval(A1, revision=2, known=200, **after)]
    [(_, told, tone)] = [each for each in said(rows) if each[0] == at(200)]
    assert told.replace("\N{NO-BREAK SPACE}", " ").startswith(f"Corrected: P1 of VAX A1 {words}")
    assert tone == "warn"


def test_what_was_not_so_is_taken_back():
    assert (at(200), "Removed: P1 of VAX A1 was not outside limits rule warm", "warn") in said(
        [interval(A1, until=75, superseded=200)]
    )


# --- messages ---


def message(number=1, channel="qa-mail", state="delivered", event="raised", **more):
    row = {"id": number, "created_at": at(60), "event": event, "channel": channel, "state": state, "attempts": 1}
    return {**row, "done_at": at(60) + 80_000, "last_error": None, **more}


def told_of(*messages, attempts=None):
    return [
        (words(item.title), [words(line) for line in item.details], item.tone)
        for item in notified(record(messages=messages, attempts=attempts or {}), CLOCK)
    ]


def test_one_event_on_several_channels_is_one_entry():
    both = told_of(message(), message(2, "erp", done_at=at(62)))
    assert both == [
        ("Notification sent to qa-mail and erp", ["qa-mail: delivered in 0.08 s", "erp: delivered in 2 min"], "plain"),
    ]


def test_what_did_not_arrive_stands_out():
    refused = {"at": at(61), "took": 1, "error": "connection refused"}
    lost = message(state="failed", last_error="unknown host")
    assert told_of(lost, attempts={1: [refused]}) == [
        (
            "Notification sent to qa-mail",
            ["qa-mail: not delivered, given up: unknown host", "10:01 qa-mail: connection refused"],
            "warn",
        )
    ]


def test_what_waits_says_whether_it_was_tried():
    assert told_of(message(state="waiting", attempts=0))[0][1] == ["qa-mail: sending…"]
    begun = message(state="waiting", attempts=1)
    assert told_of(begun)[0][1] == ["qa-mail: sending…"]
    tried, refused = message(state="waiting", attempts=3, last_error="refused"), {"at": at(60), "error": "refused"}
    assert told_of(tried, attempts={1: [refused] * 2})[0][1] == ["qa-mail: retrying after 2 failed attempts: refused"]


def test_what_nobody_was_to_hear_is_not_told():
    assert told_of(message(state="skipped")) == []


# --- coverage and state ---


def test_a_reading_counts_until_the_next_one_and_never_longer_than_the_gap():
    assert known_of([0, 10, 50], [1, None, 3], 30, 60) == [(0, 10), (50, 60)]
    assert known_of([0, 50], [1, 2], 30, 100) == [(0, 30), (50, 80)]
    assert known_of([], [], 30, 100) == []
