"""How numbers read in a sentence, and the sentence of every kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import DAY, HOUR, MINUTE, SECOND
from rules.kinds.base import KINDS
from rules.messages.reasons import used_by, used_of
from rules.messages.words import duration, parts_of_length, per, percent
from tests.rules.kinds.test_contract import _cases_of, _firings

_DAY = "2026-01-01"
# of the first case of each kind that fires
SENTENCES = {
    "cooling": f"still 50.0 °C 20 min after 57.0 °C at {_DAY} 00:00 UTC, limit 21.0 °C",
    "cumulative": f"5 of 5 min allowed above 8.0 °C used by {_DAY} 00:06 UTC "
    "(2 min earlier, 3 min this time), peak 9.0 °C",
    "dew": f"dew point up to 18.13 °C, less than 2 K below the air, for 1 min from {_DAY} 00:01 UTC",
    "gap": f"11 of 10 min allowed without temperature data used by {_DAY} 00:15 UTC (5 min earlier, 6 min this time)",
    "life": f"100 % of the shelf life used by {_DAY} 00:10 UTC, limit 100 % (1 h at 25.0 °C, 10 min at 37.0 °C)",
    "limit": f"above 8.0 °C for 5 min from {_DAY} 00:00 UTC, allowed 5 min, peak 9.0 °C",
    "mkt": f"mean kinetic temperature 9.0 °C over 10 min to {_DAY} 00:05 UTC, limit 8.0 °C "
    "(time-weighted, ΔH 83.144 kJ/mol, 5 readings, data coverage 50 %)",
    "plausible": f"implausible temperature: −127.0 °C, for 1 min from {_DAY} 00:01 UTC",
    "rate": f"rising by 6.60 °C per hour at {_DAY} 00:05 UTC, for 14 min from {_DAY} 00:05 UTC, "
    "allowed 6.0 °C per hour",
    "silence": f"no data for 6 min from {_DAY} 00:00 UTC, allowed 5 min",
    "spread": f"sensors up to 2.1 °C apart for 9 min from {_DAY} 00:00 UTC, limit 2.0 °C for 5 min",
    "stuck": f"temperature unchanged at 5.0 °C for 11 min by {_DAY} 00:11 UTC, allowed 10 min",
}


@pytest.mark.parametrize("kind", KINDS.names())
def test_every_kind_tells_in_one_sentence_what_was_measured_against_what(kind: str) -> None:
    first = next(case for case in _cases_of(kind) if case.fires)
    assert _firings(kind, first)[0].sentence == f"it: {SENTENCES[kind]}"


@pytest.mark.parametrize("kind", KINDS.names())
def test_the_span_of_the_readings_that_were_used_is_told(kind: str) -> None:
    firing = _firings(kind, next(case for case in _cases_of(kind) if case.fires))[0]
    assert firing.why["readings_from"] <= firing.why["readings_to"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "0 s"),
        (-5 * SECOND, "0 s"),
        (30 * SECOND, "30 s"),
        (MINUTE, "1 min"),
        (84_360_000, "1 min 24 s"),
        (10 * MINUTE - SECOND, "9 min 59 s"),
        (34 * MINUTE + 16 * SECOND, "34 min"),
        (75 * MINUTE, "1 h 15 min"),
        (HOUR, "1 h"),
        (24 * HOUR, "24 h"),
        (72 * HOUR, "72 h"),
        (73 * HOUR, "3 d 1 h"),
        (30 * DAY + 4 * HOUR + 5 * MINUTE, "30 d 4 h"),
    ],
)
def test_a_length_of_time_has_no_false_precision(length: int, words: str) -> None:
    assert duration(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (SECOND // 2, "0.5 s"),
        (90 * SECOND, "1 min 30 s"),
        (12 * MINUTE + 30 * SECOND, "12 min 30 s"),
        (14 * DAY, "14 d"),
        (14 * DAY + 30 * MINUTE, "14 d 30 min"),
    ],
)
def test_a_limit_is_said_exactly(length: int, words: str) -> None:
    assert duration(length, exact=True) == words


@pytest.mark.parametrize(
    ("used", "total", "words"),
    [
        (33 * MINUTE, 30 * MINUTE, "33 of 30 min"),
        (84 * SECOND, 30 * MINUTE, "1 min 24 s of 30 min"),
        (65 * MINUTE, HOUR, "1 h 5 min of 1 h"),
        (2 * HOUR, 2 * HOUR, "2 of 2 h"),
    ],
)
def test_what_is_used_of_an_allowance_names_a_common_unit_once(used: int, total: int, words: str) -> None:
    assert used_of(used, total) == words


def test_a_share_is_100_percent_only_if_nothing_is_missing() -> None:
    assert [percent(share) for share in (1.0, 0.99999, 0.5, 0.12345, 0.0)] == ["100", "99.99", "50", "12.34", "0"]


def test_time_that_adds_up_tells_how_much_of_it_is_new() -> None:
    earlier = used_by("above 8.0 °C", 30 * MINUTE, MINUTE, "22:52", (30 * MINUTE, None))
    assert earlier == ("30 of 30 min allowed above 8.0 °C used by 22:52 (29 min earlier, 1 min this time)")
    assert "earlier" not in used_by("above 8.0 °C", 30 * MINUTE, 30 * MINUTE, "22:52", (30 * MINUTE, None))


def test_a_rate_is_per_hour_or_per_a_length() -> None:
    assert (per(3_600_000_000), per(1_800_000_000)) == ("hour", "30 min")


_UNIT = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def _seconds(words: str) -> int:
    numbers = words.split()
    return sum(int(number) * _UNIT[unit] for number, unit in zip(numbers[::2], numbers[1::2], strict=True))


@given(st.integers(1, 20 * 86400), st.integers(0, 20 * 86400), st.integers(0, 999_999))
def test_parts_of_a_length_add_up_to_what_is_told_of_it(whole: int, last: int, rest: int) -> None:
    length = whole * SECOND + rest
    parts = parts_of_length(length, min(last * SECOND, length))
    if parts is not None:
        assert sum(map(_seconds, parts)) == _seconds(duration(length))


def test_a_sum_never_contradicts_its_parts() -> None:
    used = used_by("above 8.0 °C", 32 * MINUTE + 20 * SECOND, 3 * MINUTE + 20 * SECOND, "22:52", (30 * MINUTE, None))
    assert used == "32 of 30 min allowed above 8.0 °C used by 22:52 (29 min earlier, 3 min this time)"
    assert "earlier" not in used_by("above 8.0 °C", 32 * MINUTE, 20 * SECOND, "22:52", (30 * MINUTE, None))
