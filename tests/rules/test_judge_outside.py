"""CONTRACTS 4.3: when a sensor and a place are outside, how far, and what unknown time counts as."""

import pytest

from tests.oracle.notation import (
    WARM,
    Judge,
    coverage,
    cumulative,
    exposures,
    heard,
    limit,
    minute,
    site,
    spans,
    version,
)


@pytest.mark.parametrize(
    ("bound", "series", "said"),
    [
        ({"above": "8"}, "7.9 8 8.1 8", ["warm 2..3: 1 min, 0.1 °min, peak 8.1, fired 2"]),
        ({"at_or_above": "8"}, "7.9 8 8.1 7.9", ["warm 1..3: 2 min, 0.1 °min, peak 8.1, fired 1"]),
        ({"below": "2"}, "2.1 2 1.9 2", ["warm 2..3: 1 min, 0.1 °min, peak 1.9, fired 2"]),
        ({"at_or_below": "2"}, "2.1 2 1.9 2.1", ["warm 1..3: 2 min, 0.1 °min, peak 1.9, fired 1"]),
        ({"at_or_above": "8"}, "8 7.9", ["warm 0..1: 1 min, 0 °min, peak 8, fired 0"]),
        ({"above": "-20"}, "-20 -19.5 -20", ["warm 1..2: 1 min, 0.5 °min, peak -19.5, fired 1"]),
    ],
)
def test_each_operator_at_its_limit(judge: Judge, bound: dict[str, str], series: str, said: list[str]) -> None:
    assert exposures(judge(site(version(limit(**bound))), heard(series), None)) == said


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"above": "8", "at_or_below": "25"}, "warm 1..4: 3 min, 19.1 °min, peak 25, fired 1"),
        ({"at_or_below": "25", "above": "8"}, "warm 1..4: 3 min, 31.9 °min, peak 8.1, fired 1"),
        ({"at_or_above": "8", "below": "25"}, "warm 0..3: 3 min, 2.1 °min, peak 10, fired 0"),
    ],
)
def test_two_bounds_are_a_band_measured_from_the_first(judge: Judge, bounds: dict[str, str], said: str) -> None:
    # beyond 8: 0.1 + 2 + 17; short of 25: 16.9 + 15 + 0
    answer = judge(site(version(limit(**bounds))), heard("8 8.1 10 25 25.1"), None)
    assert exposures(answer) == [said]


@pytest.mark.parametrize(
    ("bound", "series", "said"),
    [
        ({"above": "8"}, "8.1 7.9 7.81 7.8", "warm 0..3: 3 min, 0.1 °min, peak 8.1, fired 0"),
        ({"at_or_above": "8"}, "8 7.9 7.81 7.8", "warm 0..3: 3 min, 0 °min, peak 8, fired 0"),
        ({"below": "2"}, "1.9 2.1 2.19 2.2", "warm 0..3: 3 min, 0.1 °min, peak 1.9, fired 0"),
        ({"at_or_below": "2"}, "2 2.1 2.19 2.2", "warm 0..3: 3 min, 0 °min, peak 2, fired 0"),
    ],
)
def test_with_a_deadband_a_sensor_comes_back_only_at_its_far_end(
    judge: Judge, bound: dict[str, str], series: str, said: str
) -> None:
    answer = judge(site(version(limit(**bound, deadband="0.2"))), heard(series), None)
    assert exposures(answer) == [said]


def test_a_deadband_is_compared_as_decimals(judge: Judge) -> None:
    # as floats, 0.3 - 0.1 is less than 0.2
    answer = judge(site(version(limit(above="0.3", deadband="0.1"))), heard("0.4 0.2"), None)
    assert spans(answer) == ["warm 0..1"]


def test_a_deadband_of_0_is_none(judge: Judge) -> None:
    assert spans(judge(site(version(limit(above="8", deadband="0"))), heard("8.1 8"), None)) == ["warm 0..1"]


def test_a_deadband_does_not_make_a_sensor_go_outside(judge: Judge) -> None:
    assert exposures(judge(site(version(limit(above="8", deadband="0.2"))), heard("7.9 8 7.9"), None)) == []


def test_a_cumulative_rule_has_a_deadband_too(judge: Judge) -> None:
    rule = cumulative(above="8", deadband="0.2", total="1h")
    assert spans(judge(site(version(rule)), heard("8.1 7.9 7.8"), None)) == ["total 0..2"]


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ("9 _x4 7.9 5", ["warm 0..6"]),  # known all the time
        ("9 _x5 7.9 5", ["warm 0..5"]),
        ("9 ! 7.9 5", ["warm 0..1"]),
    ],
)
def test_after_unknown_time_a_deadband_starts_afresh(judge: Judge, series: str, said: list[str]) -> None:
    answer = judge(site(version(limit(above="8", deadband="0.2"), max_gap="5min")), heard(series), None)
    assert spans(answer) == said


def test_a_sensor_keeps_its_state_wherever_it_hangs(judge: Judge) -> None:
    where = site(version(limit(above="8", deadband="0.2")), mounts=["S1 OVEN 0..2", "S1 ROOM 2.."])
    answer = judge(where, heard("9 7.9 7.9 7.9 7.8"), None)
    assert exposures(answer) == ["warm 2..4: 2 min, 0 °min, peak 7.9, fired 2"]


def test_a_place_is_outside_while_any_of_its_sensors_is_and_several_count_once(judge: Judge) -> None:
    # °min: 1 + 4 + 4 + 4, the farthest at each instant
    rows = heard("9x3 5 5") + heard("5 12x3 5", "S2")
    answer = judge(site(version(WARM), mounts=["S1 ROOM", "S2 ROOM"]), rows, None)
    assert exposures(answer) == ["warm 0..4: 4 min, 13 °min, peak 12, fired 0"]


def test_a_sensor_inside_does_not_make_up_for_one_outside(judge: Judge) -> None:
    rows = heard("9 5") + heard("2 2", "S2")
    assert spans(judge(site(version(WARM), mounts=["S1 ROOM", "S2 ROOM"]), rows, None)) == ["warm 0..1"]


def test_unknown_time_is_not_outside(judge: Judge) -> None:
    answer = judge(site(version(WARM, max_gap="5min")), heard("5"), minute(10))
    assert exposures(answer) == []
    assert coverage(answer) == "0.5, unknown 5 min, longest 5"


def test_unknown_time_that_counts_as_exposed_has_no_degrees_and_stays_unknown(judge: Judge) -> None:
    answer = judge(site(version(WARM, max_gap="5min", gap_counts_as="exposed")), heard("5"), minute(10))
    assert exposures(answer) == ["warm 5..: 5 min, 0 °min, no peak, fired 5"]
    assert coverage(answer) == "0.5, unknown 5 min, longest 5"


def test_unknown_time_that_counts_as_exposed_joins_what_was_measured(judge: Judge) -> None:
    answer = judge(site(version(WARM, max_gap="5min", gap_counts_as="exposed")), heard("9 _x9 5"), None)
    assert exposures(answer) == ["warm 0..10: 10 min, 5 °min, peak 9, fired 0"]


def test_unknown_time_that_counts_as_safe_is_known_and_inside(judge: Judge) -> None:
    answer = judge(site(version(WARM, max_gap="5min", gap_counts_as="safe")), heard("9 _x9 5"), None)
    assert spans(answer) == ["warm 0..5"]
    assert coverage(answer) == "1, unknown 0 min, longest 0"


def test_a_place_with_one_sensor_left_is_known_and_not_exposed(judge: Judge) -> None:
    where = site(version(WARM, max_gap="5min", gap_counts_as="exposed"), mounts=["S1 ROOM", "S2 ROOM"])
    assert exposures(judge(where, heard("5") + heard("5 _x4 5 _x4 5", "S2"), None)) == []


def test_humidity_is_judged_as_temperature_is(judge: Judge) -> None:
    answer = judge(
        site(version(limit("wet", quantity="humidity", above="60"))), heard("60 61 60", quantity="humidity"), None
    )
    assert exposures(answer) == ["wet 1..2: 1 min, 1 °min, peak 61, fired 1"]
