"""CONTRACTS 4.1, 4.5: which value holds when, what of two readings at one instant, and the instant `until`."""

import pytest

from tests.oracle.notation import (
    WARM,
    Judge,
    coverage,
    excursions,
    exposures,
    fired,
    heard,
    limit,
    minute,
    site,
    spans,
    version,
)

ROOM = site(version(WARM))
SHORT_GAP = site(version(WARM, max_gap="5min"))


def test_a_value_holds_until_the_next_reading(judge: Judge) -> None:
    answer = judge(ROOM, heard("5 9 _x3 5"), None)
    assert exposures(answer) == ["warm 1..5: 4 min, 4 °min, peak 9, fired 1"]


def test_a_value_holds_at_most_max_gap(judge: Judge) -> None:
    answer = judge(SHORT_GAP, heard("5 9 _x9 5"), None)
    assert exposures(answer) == ["warm 1..6: 5 min, 5 °min, peak 9, fired 1"]


def test_a_reading_exactly_max_gap_later_leaves_nothing_unknown(judge: Judge) -> None:
    answer = judge(SHORT_GAP, heard("9 _x4 9 5"), None)
    assert exposures(answer) == ["warm 0..6: 6 min, 6 °min, peak 9, fired 0"]
    assert coverage(answer) == "1, unknown 0 min, longest 0"


def test_a_reading_later_than_max_gap_leaves_unknown_time_between(judge: Judge) -> None:
    answer = judge(SHORT_GAP, heard("9 _x5 9 5"), None)
    assert spans(answer) == ["warm 0..5", "warm 6..7"]
    assert coverage(answer) == "0.8571, unknown 1 min, longest 1"


def test_max_gap_is_30_minutes_unless_said(judge: Judge) -> None:
    answer = judge(ROOM, heard("9 _x39 5"), None)
    assert exposures(answer) == ["warm 0..30: 30 min, 30 °min, peak 9, fired 0"]


def test_a_fault_starts_unknown_time(judge: Judge) -> None:
    answer = judge(ROOM, heard("9 9 ! _ 9 5"), None)
    assert spans(answer) == ["warm 0..2", "warm 4..5"]
    assert coverage(answer) == "0.6, unknown 2 min, longest 2"


def test_a_fault_of_one_quantity_leaves_the_other_alone(judge: Judge) -> None:
    answer = judge(ROOM, heard("9 _ _ 5") + heard("_ ! 50", quantity="humidity"), None)
    assert spans(answer) == ["warm 0..3"]


@pytest.mark.parametrize("fault_first", [True, False])
def test_a_value_beats_a_fault_at_the_same_instant_without_conflict(judge: Judge, fault_first: bool) -> None:
    rows = [*heard("!"), *heard("9 5")] if fault_first else [*heard("9 5"), *heard("!")]
    answer = judge(ROOM, rows, None)
    assert spans(answer) == ["warm 0..1"]
    assert answer["conflicts"] == []


def test_two_equal_readings_at_one_instant_are_one(judge: Judge) -> None:
    answer = judge(ROOM, heard("9 5") + heard("9 5"), None)
    assert exposures(answer) == ["warm 0..1: 1 min, 1 °min, peak 9, fired 0"]
    assert answer["conflicts"] == []


def test_of_two_different_readings_the_first_received_counts_and_the_other_is_listed(judge: Judge) -> None:
    answer = judge(ROOM, heard("5 5") + heard("9"), None)
    assert exposures(answer) == []
    assert answer["conflicts"] == [
        {
            "sensor": "S1",
            "quantity": "temperature",
            "measured_at": "2026-01-01T00:00:00Z",
            "kept": 5.0,
            "refused": 9.0,
        }
    ]


def test_the_first_received_value_counts_also_after_a_fault(judge: Judge) -> None:
    answer = judge(ROOM, heard("!") + heard("9 5") + heard("6"), None)
    assert spans(answer) == ["warm 0..1"]
    assert [(each["kept"], each["refused"]) for each in answer["conflicts"]] == [(9.0, 6.0)]


def test_conflicts_are_sorted_and_each_refused_value_is_listed_once(judge: Judge) -> None:
    rows = heard("5 5") + heard("_ 7") + heard("9") + heard("6") + heard("9") + heard("50", quantity="humidity")
    answer = judge(ROOM, rows + heard("40", quantity="humidity"), None)
    said = [(each["quantity"], each["measured_at"][14:16], each["refused"]) for each in answer["conflicts"]]
    assert said == [
        ("humidity", "00", 40.0),
        ("temperature", "00", 6.0),
        ("temperature", "00", 9.0),
        ("temperature", "01", 7.0),
    ]


def test_a_file_without_conflicts_gives_one_answer_in_any_order(judge: Judge) -> None:
    rows = heard("5 9x3 5 ! 9 9.5 5")
    assert judge(ROOM, rows[::-1], None) == judge(ROOM, rows, None)


def test_until_is_the_last_reading_or_fault_unless_given(judge: Judge) -> None:
    answer = judge(ROOM, heard("9 9 _ !"), None)
    assert answer["until"] == "2026-01-01T00:03:00Z"
    assert spans(answer) == ["warm 0..3"]


def test_readings_and_conflicts_after_until_are_ignored(judge: Judge) -> None:
    answer = judge(ROOM, heard("5 5 5 9 9") + heard("_ _ _ 7"), minute(2))
    assert exposures(answer) == []
    assert answer["conflicts"] == []


def test_a_reading_at_until_ends_what_it_ends(judge: Judge) -> None:
    assert exposures(judge(ROOM, heard("9 9 5"), None)) == ["warm 0..2: 2 min, 2 °min, peak 9, fired 0"]


def test_a_reading_at_until_starts_what_it_starts(judge: Judge) -> None:
    answer = judge(ROOM, heard("5 5 9"), None)
    assert exposures(answer) == ["warm 2..: 0 min, 0 °min, peak 9, fired 2"]
    assert fired(answer) == ["warm 2 hold"]


def test_what_starts_at_until_has_not_lasted_anything_yet(judge: Judge) -> None:
    answer = judge(site(version(limit(above="8", delay="1s"))), heard("5 5 9"), None)
    assert exposures(answer) == ["warm 2..: 0 min, 0 °min, peak 9, not fired"]


def test_what_is_going_on_counts_to_until(judge: Judge) -> None:
    answer = judge(site(version(WARM), ROOM={"profile": "P"}), heard("5 9"), minute(4))
    assert exposures(answer) == ["warm 1..: 3 min, 3 °min, peak 9, fired 1"]
    assert excursions(answer) == ["ROOM warm 1..: 3 min, 3 °min, peak 9, fired 1"]


def test_the_value_read_at_until_counts_for_the_peak(judge: Judge) -> None:
    assert exposures(judge(ROOM, heard("9 9 12"), None)) == ["warm 0..: 2 min, 2 °min, peak 12, fired 0"]


def test_a_value_that_runs_out_at_until_has_ended(judge: Judge) -> None:
    answer = judge(SHORT_GAP, heard("9"), minute(5))
    assert exposures(answer) == ["warm 0..5: 5 min, 5 °min, peak 9, fired 0"]
