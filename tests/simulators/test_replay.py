"""When each report of a record has its turn."""

import pytest

from simulators.payload import Report
from simulators.replay import play_in_turn, shifted, shuffled, turns
from simulators.times import SECOND

RECORD = [Report(at * SECOND, "S1", str(at)) for at in (100, 110, 130)]
NOW = 1_000 * SECOND + 7


@pytest.mark.parametrize(("speed", "seconds"), [(1, [0, 10, 30]), (10, [0, 1, 3]), (0.5, [0, 20, 60]), (None, [0] * 3)])
def test_turns_keep_the_records_pace_or_a_faster_one(speed: float | None, seconds: list[float]) -> None:
    assert [turn for turn, _ in turns(RECORD, speed)] == seconds


def test_a_shuffled_record_keeps_its_pace() -> None:
    mixed = [RECORD[2], RECORD[0], RECORD[1]]
    assert list(turns(mixed, 1)) == [(0, RECORD[2]), (10, RECORD[0]), (30, RECORD[1])]


def test_the_same_seed_gives_the_same_order_and_loses_nothing() -> None:
    record = RECORD * 20
    assert shuffled(record, 1) == shuffled(record, 1) != shuffled(record, 2)
    assert sorted(shuffled(record, 1)) == sorted(record)


@pytest.mark.parametrize(
    ("speed", "times"),
    [(None, [970, 980, 1000]), (1, [1000, 1010, 1030]), (10, [973, 983, 1003]), (0.5, [1000, 1010, 1030])],
)
def test_a_shifted_record_ends_in_the_present_in_which_it_is_sent(speed: float | None, times: list[int]) -> None:
    assert [report.at // SECOND for report in shifted(RECORD, speed, NOW)] == times


@pytest.mark.parametrize("speed", [None, 0.1, 1, 1.5, 3, 1000])
def test_no_shifted_reading_is_sent_before_it_was_measured(speed: float | None) -> None:
    for turn, report in turns(shifted(RECORD, speed, NOW), speed):
        assert report.at <= NOW + turn * SECOND


def test_each_report_is_sent_when_its_turn_has_come() -> None:
    time, sent = [50.0], []

    def sleep(seconds: float) -> None:
        time[0] += seconds

    play_in_turn(turns(RECORD, 2), lambda report: sent.append((time[0], report.temperature)), lambda: time[0], sleep)
    assert sent == [(50.0, "100"), (55.0, "110"), (65.0, "130")]
