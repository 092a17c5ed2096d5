"""A message for people: the sentence first, then the numbers, on lines that nothing in it can break."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coldchain.language import load
from domain import language
from domain.times import parse_instant
from notify.channels import Message
from notify.email_body import MOST_LOTS, email_body
from tests.alerts import lot_row
from tests.notify.payloads import LOTS, TEST, message


def written(**fields: Any) -> Any:
    return email_body(message(**fields))


def test_the_text_says_everything_in_order() -> None:
    assert written().text == (
        "Cold room 1 is above 8.0 °C (peak 9.6 °C, since 2026-01-01 09:38 UTC). 2 units of VAX A1 are on hold: "
        "above 8.0 °C for 1 h 15 min, allowed 1 h. Move the stock, then review it.\n\n"
        "Location         ROOM-1\n"
        "Alarm            too warm\n"
        "Reason           too-warm: above 8.0 °C for 1 h 15 min, allowed 1 h, peak 9.6 °C, unit PALLET-7 in ROOM-1\n"
        "Alarm condition  above 8.0 °C for 1 h or more\n"
        "Peak             9.6 °C\n"
        "Outside limits   1 h 15 min\n"
        "Since            2026-01-01 09:38 UTC\n"
        "Until            ongoing\n"
        "Rules            too-warm\n\n"
        "- VAX A1 PALLET-7: on hold (hold 3), 1 h 15 min outside limits, peak 9.6 °C\n"
        "- VAX A1 PALLET-8: released by quinn (hold 4), 1 h 15 min outside limits, peak 9.6 °C\n\n"
        "https://cold.example.org/problems/12\n"
    )


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({}, "[critical] ROOM-1: too warm, 1 unit on hold"),
        ({"lots": [LOTS[0]] * 3}, "[critical] ROOM-1: too warm, 3 units on hold"),
        ({"lots": [lot_row("V", "1")] * 2, "severity": "warning"}, "[warning] ROOM-1: too warm, 2 units"),
        ({"lots": [], "direction": "low"}, "[critical] ROOM-1: too cold"),
        ({"lots": [], "quantity": "humidity"}, "[critical] ROOM-1: too humid"),
        (
            {"lots": [], "quantity": "humidity", "direction": "silent", "worst": None},
            "[critical] ROOM-1: no humidity data",
        ),
        ({"lots": [], "quantity": "", "direction": "silent", "worst": None}, "[critical] ROOM-1: no data"),
        ({"lots": [], "quantity": "pressure"}, "[critical] ROOM-1: pressure high"),
        ({"event": "ended"}, "[critical] ROOM-1: too warm, cleared"),
        ({"event": "unfounded"}, "[critical] ROOM-1: too warm, no longer supported"),
        ({"event": "acknowledged", "acknowledged_by": "quinn"}, "[critical] ROOM-1: too warm, acknowledged by quinn"),
        ({"event": "acknowledged"}, "[critical] ROOM-1: too warm, acknowledged"),
        ({"place": ""}, "[critical] your stock: too warm, 1 unit on hold"),
        ({"place": "R" * 500}, "[critical] " + "R" * 189),
        ({"place": "ROOM\r\nBcc: x@y"}, "[critical] ROOM Bcc: x@y: too warm, 1 unit on hold"),
    ],
)
def test_the_subject_is_short(fields: dict[str, Any], subject: str) -> None:
    assert written(**fields).subject == subject


def test_a_test_says_so_and_nothing_more() -> None:
    told = email_body(Message("7b1c", "test", TEST))
    assert told.subject == "[test] This is a test of channel qa-mail."
    assert told.text == "This is a test of channel qa-mail.\n"


def test_many_lots_are_counted() -> None:
    told = written(lots=[LOTS[0]] * (MOST_LOTS + 3))
    assert len(told.lots) == MOST_LOTS + 1
    assert told.lots[-1] == ("and 3 more", "")


def test_what_is_no_longer_part_of_it_is_said() -> None:
    gone = lot_row(lot="A2", hold=9)
    assert written(gone=[gone]).lots[-1] == ("VAX A2", "no longer affected")


def test_an_unfounded_alert_says_why_and_an_ended_one_until_when() -> None:
    facts = dict(written(founded=False, until=parse_instant("2026-01-01T11:00:00Z")).facts)
    assert facts["Status"] == "no longer supported by what is on record"
    assert facts["Until"] == "2026-01-01 11:00 UTC"


def test_nothing_in_it_breaks_a_line() -> None:
    told = written(sentence="a\r\nb\x00c", place="R\u2028S", comment="x\n- VAX A9: released")
    assert told.sentence == "a b c"
    assert dict(told.facts)["Location"] == "R S"
    assert dict(told.facts)["Comment"] == "x - VAX A9: released"


def test_what_is_not_known_is_left_out() -> None:
    bare = written(worst=None, lots=[lot_row("V", "1")])
    assert [what for what, _ in bare.facts] == ["Location", "Alarm", "Since", "Until", "Rules"]
    assert bare.lots == [("V 1", "")]


def test_cold_values_have_a_real_minus_sign() -> None:
    assert dict(written(worst={"rule": "too-cold", "peak": -21_250_000}).facts)["Peak"] == "−21.25 °C"


def test_of_time_that_adds_up_the_numbers_of_this_time_are_called_so() -> None:
    reason = "in-all: 32 of 30 min allowed above 8.0 °C used by … (29 min earlier, 3 min this time), peak 13.1 °C"
    of_this_time = {"kind": "cumulative", "minutes": 3.0, "peak": 11_200_000}
    lots = [lot_row("VAX", "A1", "PALLET-7", hold=3, state="held", **of_this_time)]
    text = written(worst={"rule": "in-all", "sentence": reason, **of_this_time}, lots=lots).text
    assert "\nReason          in-all: 32 of 30 min" in text
    assert "\nPeak this time  11.2 °C\nThis time       3 min\n" in text
    assert "- VAX A1 PALLET-7: on hold (hold 3), 3 min outside limits this time, peak 11.2 °C\n" in text


def test_the_location_goes_by_its_name_with_the_id_beside_it() -> None:
    told = message()
    body = email_body(replace(told, payload={**told.payload, "place_name": "Cold room 1"}))
    assert body.subject.startswith("[critical] Cold room 1: too warm")
    assert "\nLocation         Cold room 1 (ROOM-1)\n" in body.text


def test_people_read_times_in_the_zone_of_the_site_with_utc_beside_them() -> None:
    written = email_body(replace(message(until=parse_instant("2026-01-01T20:00:00Z")), zone="Asia/Kolkata"))
    facts = dict(written.facts)
    assert facts["Since"] == "2026-01-01 15:08 IST (09:38 UTC)"
    assert facts["Until"] == "2026-01-02 01:30 IST (2026-01-01 20:00 UTC)"
    assert "(peak 9.6 °C, since 2026-01-01 15:08 IST (09:38 UTC))" in written.sentence
    assert re.search(r"\d\d:\d\d (?!IST|UTC)", written.text) is None


MISSING = {
    "unknown": 272 * 60_000_000, "watched": 901 * 60_000_000, "count": 1, "at": parse_instant("2026-01-01T15:01:00Z"),
    "gaps": [[parse_instant("2026-01-01T10:29:00Z"), parse_instant("2026-01-01T15:01:00Z")]],
}  # fmt: skip


def unknown_lot(**more: Any) -> dict[str, Any]:
    since, until = parse_instant("2026-01-01T10:29:00Z"), parse_instant("2026-01-01T15:01:00Z")
    named = {"product": "VAX", "lot": "A1", "unit": "P1", "client": None}
    return {**named, "since": since, "until": until, **more}


def test_a_lot_whose_verdict_is_unknown_has_its_missing_hours_in_the_zone_of_the_site() -> None:
    body = email_body(replace(message(lots=[], unknown=[unknown_lot(missing=MISSING)]), zone="Europe/Berlin"))
    ((name, said),) = body.lots
    assert name == "VAX A1 P1"
    assert said == (
        "condition unknown from 2026-01-01 11:29 CET (10:29 UTC) to 2026-01-01 16:01 CET (15:01 UTC); too little is "
        "known to call it OK, as of 2026-01-01 16:01 CET (15:01 UTC): no data for 4 h 32 min of 15 h 1 min: "
        "2026-01-01 11:29 CET (10:29 UTC) to 2026-01-01 16:01 CET (15:01 UTC)"
    )


def test_it_says_so_in_german() -> None:
    before = language.use(load(Path("languages/de.po")))
    try:
        ((_, said),) = email_body(message(lots=[], unknown=[unknown_lot(missing=MISSING)])).lots
    finally:
        language.use(before)
    assert "für OK ist zu wenig bekannt" in said
    assert "keine Daten für 4 h 32 min von 15 h 1 min" in said


def test_without_missing_hours_it_says_only_since_when_nothing_is_known() -> None:
    ((_, said),) = email_body(message(lots=[], unknown=[unknown_lot(until=None)])).lots
    assert said == "condition unknown since 2026-01-01 10:29 UTC"
