"""Instants of sentences in the reader's zone: every one, and never another."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.moments import in_words, in_zone, moment, parts_of
from domain.times import DAY, MINUTE, parse_instant

BERLIN, KOLKATA, LONDON, DHAKA = map(ZoneInfo, ("Europe/Berlin", "Asia/Kolkata", "Europe/London", "Asia/Dhaka"))
AT = parse_instant("2026-01-03T22:38:00Z")


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        (BERLIN, "2026-01-03 23:38 CET (22:38 UTC)"),
        (KOLKATA, "2026-01-04 04:08 IST (2026-01-03 22:38 UTC)"),
        (LONDON, "2026-01-03 22:38 UTC"),
        (DHAKA, "2026-01-04 04:38 UTC+06 (2026-01-03 22:38 UTC)"),
    ],
)
def test_an_instant_in_a_zone_has_utc_beside_it(zone: ZoneInfo, written: str) -> None:
    assert in_zone(AT, zone) == written


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("above 8.0 °C for 1 h from 2026-01-03 22:38 UTC, peak 9.6 °C", "above 8.0 °C for 1 h from <AT>, peak 9.6 °C"),
        ("Cold room (since 22:38 UTC)", "Cold room (since <AT>)"),
        ("Cold room (2026-01-03 22:38 to 22:40 UTC)", "Cold room (<AT> to <AT+2>)"),
        ("Kühlraum (2026-01-03 22:38 bis 2026-01-03 22:40 UTC)", "Kühlraum (<AT> bis <AT+2>)"),
        ("opened at 09:12, batch 22:38, 2026-01-03", "opened at 09:12, batch 22:38, 2026-01-03"),
        ("since 11:11 UTC", "since 11:11 UTC"),  # of an unknown day
        ("2026-02-31 09:00 UTC", "2026-02-31 09:00 UTC"),
    ],
)
def test_instants_of_a_sentence_are_found(sentence: str, wanted: str) -> None:
    def write(instant: int) -> str:
        return "<AT>" if instant == AT else f"<AT+{(instant - AT) // MINUTE}>"

    assert in_words(sentence, write, (AT + 17, None)) == wanted


@given(st.lists(st.integers(0, 50_000).map(lambda days: days * DAY // 7), max_size=4), st.text(max_size=20))
def test_what_is_written_is_read_again(instants: list[int], words: str) -> None:
    sentence = words + "; ".join(map(moment, instants))
    found = [instant for _, instant in parts_of(sentence) if instant is not None]
    assert found[-len(instants) :] == [instant - instant % MINUTE for instant in instants] if instants else True
    assert "".join(part for part, _ in parts_of(sentence)) == sentence
