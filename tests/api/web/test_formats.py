"""Values and times on the pages read as people say them."""

from zoneinfo import ZoneInfo

import pytest

from api.web.frame.formats import Clock, day, duration, inline, minutes, number, unit_name, value, zone_named
from domain import language
from domain.times import DAY, HOUR, MINUTE, SECOND, parse_instant

NOW = parse_instant("2026-11-20T12:00:00Z")
BERLIN = Clock(ZoneInfo("Europe/Berlin"), NOW)


@pytest.mark.parametrize(
    ("given", "shown"),
    [(9.6, "9.6"), (5.0, "5.0"), (-19.4, "−19.4"), (-0.25, "−0.25"), (0.0, "0.0"), (21.123456, "21.123456")],
)
def test_a_number_has_a_digit_after_the_point_and_a_true_minus(given, shown):
    assert number(given) == shown


def test_a_number_may_go_without_digits_after_the_point():
    assert number(75.0, 0) == "75"


def test_a_value_carries_its_unit_and_none_is_said_in_words():
    assert value(9_600_000) == "9.6\N{NO-BREAK SPACE}°C"
    assert value(45_000_000, "humidity") == "45.0\N{NO-BREAK SPACE}%"
    assert value(None) == "no value"


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (0, "0 s"),
        (-5 * SECOND, "0 s"),
        (59 * SECOND, "59 s"),
        (MINUTE, "1 min"),
        (75 * MINUTE, "1 h 15 min"),
        (HOUR, "1 h"),
        (84 * SECOND, "1 min 24 s"),
        (25 * HOUR, "25 h"),
        (DAY + 5 * MINUTE, "24 h 5 min"),
        (3 * DAY + HOUR, "3 d 1 h"),
    ],
)
def test_a_length_of_time_has_one_notation(length, shown):
    assert duration(length) == shown


def test_minutes_of_an_exposure_are_a_length_of_time():
    assert minutes(75.0) == "1 h 15 min"


def test_a_time_names_the_day_only_where_it_is_another():
    assert BERLIN.time(parse_instant("2026-11-20T08:38:00Z")) == "09:38"
    assert BERLIN.time(parse_instant("2026-11-19T08:38:00Z")) == "19 Nov 09:38"
    assert BERLIN.time(parse_instant("2025-11-19T08:38:00Z")) == "19 Nov 2025 09:38"


def test_the_end_of_an_interval_names_today_if_its_start_was_another_day():
    yesterday, today = NOW - 20 * HOUR, NOW - HOUR
    assert (BERLIN.time(today), BERLIN.time(today, NOW - 2 * HOUR)) == ("12:00", "12:00")
    assert BERLIN.time(today, yesterday) == "20 Nov 12:00"
    assert ">20 Nov 12:00</time>" in BERLIN.at(today, yesterday)


def test_in_a_sentence_that_begins_on_another_day_each_time_has_its_day():
    said = str(BERLIN.in_zone("warm from 2026-11-19 22:00 UTC to 2026-11-20 09:00 UTC"))
    assert ">19 Nov 23:00</time> to <time " in said and ">20 Nov 10:00</time>" in said


def test_today_is_the_zones_today():
    assert BERLIN.time(parse_instant("2026-11-19T23:30:00Z")) == "00:30"


def test_a_time_tells_all_of_itself_to_machines():
    shown = BERLIN.at(parse_instant("2026-11-20T08:38:05Z"))
    assert 'datetime="2026-11-20T08:38:05Z"' in shown
    assert 'title="2026-11-20 09:38:05 CET"' in shown


def test_an_age_can_be_kept_true_by_a_script():
    shown = BERLIN.age(NOW - 8 * SECOND)
    assert f'data-at="{(NOW - 8 * SECOND) // 1000}"' in shown
    assert ">8 s</time>" in shown
    assert ">1 min</time>" in BERLIN.age(NOW - 84 * SECOND)
    assert BERLIN.age(None) == "never"


def test_what_goes_on_counts_to_now():
    assert BERLIN.since(NOW - HOUR, None) == "1 h"
    assert BERLIN.since(NOW - HOUR, NOW - MINUTE) == "59 min"


def test_an_unknown_zone_is_utc():
    assert zone_named("Mars/Olympus").utcoffset(None) is not None
    assert Clock(zone_named("Mars/Olympus"), NOW).time(NOW) == "12:00"


def test_a_calendar_date_is_written_out():
    assert day("2027-06-30") == "30 Jun 2027"
    assert day(None) == "–"


def test_a_lot_without_units_is_whole():
    assert unit_name({"unit": "PALLET-7"}) == "PALLET-7"
    assert unit_name({"unit": None}) == "whole lot"


def test_a_date_names_the_year_only_where_it_is_another():
    instants = [parse_instant(f"{year}-11-19T23:30:00Z") for year in (2026, 2025)]
    assert [BERLIN.date(instant) for instant in instants] == ["20 Nov", "20 Nov 2025"]
    assert BERLIN.time_of_day(instants[0]) == "00:30"


def test_words_within_a_line_keep_their_capitals_in_german():
    assert inline("Warning") == "warning"
    before = language.use(language.Catalogue("de"))
    try:
        assert inline("Warnung") == "Warnung"
    finally:
        language.use(before)
