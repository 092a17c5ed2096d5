"""A chart as data for the script, as a picture and in rows."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from api.web.charts.answer import MOST_LINES, answer_of
from api.web.charts.columns import columns_of
from api.web.charts.model import Budget, Chart, Gap, Limit, Mark, SensorSteps, Shade, Stand, Step
from api.web.charts.rows import rows_of
from api.web.charts.svg import as_svg, value_range
from api.web.frame.formats import Clock
from domain.times import HOUR, MINUTE

CLOCK = Clock(ZoneInfo("Europe/Berlin"), 24 * HOUR)
LIMITS = (Limit(0, 10 * HOUR, 8_000_000, 1, ("too-warm",)), Limit(0, 10 * HOUR, 2_000_000, -1, ("too-cold",)))


def heard(name, *values):
    """A value an hour, in tenths of a degree; None: nothing was said."""
    steps = [Step(i * HOUR, (i + 1) * HOUR, v * 100_000, v * 100_000) for i, v in enumerate(values) if v is not None]
    return SensorSteps(name, name, tuple(steps))


def chart(*sensors, until=4 * HOUR, reduced=False, **more):
    columns = columns_of(sensors, LIMITS)
    return Chart("temperature", 0, until, columns, reduced, len(sensors), limits=LIMITS, **more)


def test_the_script_is_told_in_milliseconds_and_degrees_with_labels_in_words():
    shades = (Shade(HOUR, None, "too-warm", 2 * HOUR, 1),)
    gaps = (Gap(2 * HOUR, 3 * HOUR, "silent"),)
    told = answer_of(chart(heard("S1", 50, 96, None, 51), shades=shades, gaps=gaps), "Europe/Berlin", 4 * HOUR)
    assert told["x"] == [0, 3_600_000, 7_200_000, 10_800_000, 14_400_000]
    assert told["high"] == [5.0, 9.6, None, 5.1, None]
    assert told["lines"] == [{"names": [[0, "S1"]], "low": told["low"], "high": told["high"]}]
    assert told["gaps"] == [{"from": 7_200_000, "to": 10_800_000, "kind": "silent", "label": "no data 1 h"}]
    assert told["shades"][0]["label"] == "above limit: too-warm"
    assert told["shades"][0]["to"] > 4e12  # ongoing


def test_what_happened_is_told_in_words():
    marks = (Mark(0, "held", "PALLET-7"), Mark(0, "acknowledged", "anna"), Mark(0, "acknowledged", ""))
    told = answer_of(chart(heard("S1", 50), marks=marks), "UTC", HOUR)
    assert [mark["label"] for mark in told["marks"]] == ["PALLET-7 on hold", "acknowledged by anna", "acknowledged"]


def test_a_budget_is_told_with_what_is_left():
    budgets = (Budget("stability", 12 * HOUR, None, ((0, 12 * HOUR), (HOUR, 11 * HOUR + 15 * MINUTE))),)
    (told,) = answer_of(chart(heard("S1", 50), budgets=budgets), "UTC", HOUR)["budgets"]
    assert (told["rule"], told["label"]) == ("stability", "11 h 15 min of 12 h left")
    assert told["points"] == [[0, 43_200_000], [3_600_000, 40_500_000]]


def test_a_place_of_an_ancestor_says_so_and_one_that_is_not_to_be_told_has_no_name():
    stands = (Stand(0, HOUR, None, True), Stand(HOUR, 2 * HOUR, "ROOM-1", False))
    told = answer_of(chart(heard("S1", 50), stands=stands), "UTC", HOUR)
    assert [place["label"] for place in told["places"]] == ["other location, as part of a parent lot", "ROOM-1"]


def test_too_many_sensors_become_one_band_and_that_is_said():
    crowd = [heard(f"S{i}", 50 + i) for i in range(MOST_LINES + 1)]
    told = answer_of(chart(*crowd), "UTC", HOUR)
    assert told["lines"] == []
    assert told["note"].startswith("13 sensors: the band covers all of them")
    assert (told["low"][0], told["high"][0]) == (5.0, 6.2)


def test_few_columns_are_rows_as_they_are_and_say_what_was_outside():
    rows = rows_of(chart(heard("S1", 50, 96, None, 15)))
    assert [(row.low, row.high, row.is_outside) for row in rows] == [
        (5_000_000, 5_000_000, False),
        (9_600_000, 9_600_000, True),
        (None, None, False),
        (1_500_000, 1_500_000, True),
    ]


def test_many_columns_become_rows_of_equal_time_in_which_no_peak_is_lost():
    values = [50] * 100
    values[63] = 120
    rows = rows_of(chart(heard("S1", *values), until=100 * HOUR), most=10)
    assert len(rows) == 10
    assert [row.high for row in rows if row.is_outside] == []  # the limit ended after ten hours
    assert max(row.high for row in rows) == 12_000_000
    assert {b.since - a.since for a, b in pairwise(rows)} == {10 * HOUR}


def test_a_picture_draws_steps_and_nothing_where_nothing_is_known():
    drawn = str(as_svg(chart(heard("S1", 50, 60, None, 51)), CLOCK, "Temperature"))
    thick = drawn[drawn.index('<path class="thick"') :].partition("/>")[0]
    assert thick.count("M") == 2
    assert thick.count("V") == 1
    assert 'aria-label="Temperature"' in drawn
    assert "≤ 8.0" in drawn


def test_a_picture_shows_limits_places_gaps_and_what_was_outside():
    more = {"stands": (Stand(0, 4 * HOUR, "<ROOM>", False),), "gaps": (Gap(2 * HOUR, 3 * HOUR, "silent"),)}
    drawn = str(as_svg(chart(heard("S1", 50, 96, None, 51), **more), CLOCK, "T"))
    assert drawn.count('class="limit"') == 2
    assert '<path class="outside"' in drawn
    assert "no data 1 h" in drawn
    assert "&lt;ROOM&gt;" in drawn


@pytest.mark.parametrize("sensors", [[], [heard("S1", 50)]])
def test_the_values_drawn_hold_all_limits(sensors):
    low, high = value_range(chart(*sensors))
    assert low < 2_000_000 < 8_000_000 < high
