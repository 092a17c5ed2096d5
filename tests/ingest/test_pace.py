"""Steps are as large as the time for one allows."""

import pytest

from domain.readings import Reading
from ingest.pace import FIRST, LEAST, MOST, Pace
from ledger.inputs import Arrived, Batch


def message(readings: int, name: str = "") -> Arrived:
    """A message with so many readings."""
    each = Reading("D", "", "temperature", 1, 1)
    return Arrived(name, b"", False, 1, readings=[each] * readings)


def after(*steps: tuple[int, float]) -> int:
    pace = Pace(step_s=0.05)
    for readings, seconds in steps:
        pace.took([message(readings)], seconds)
    return pace.at_most


def parts(pace: Pace, *readings: int) -> list[list[int]]:
    """How many readings the messages of each step have."""
    batch = Batch([message(count) for count in readings], {("source", "key"): b"kept"})
    found = list(pace.parts(batch))
    assert [part.memory for part in found] == [{}] * (len(found) - 1) + [batch.memory]
    return [[len(each.readings) for each in part.messages] for part in found]


@pytest.mark.parametrize(
    ("seconds", "at_most"),
    [(0.05, FIRST), (0.04, FIRST * 5 // 4), (0.1, FIRST // 2), (0.01, FIRST * 2), (1.0, FIRST // 2)],
    ids=["as long as it may", "quicker", "slower", "much quicker", "much slower"],
)
def test_a_step_is_followed_by_one_that_fits_better_by_a_factor_of_two_at_most(seconds: float, at_most: int) -> None:
    assert after((FIRST, seconds)) == at_most


def test_steps_stay_within_limits() -> None:
    assert after(*[(MOST, 0.001)] * 10) == MOST
    assert after(*[(FIRST, 100.0)] * 10) == LEAST


def test_what_was_taken_is_committed_in_steps_of_so_many_readings() -> None:
    most = FIRST
    assert parts(Pace(0.05), most - 1, 1) == [[most - 1, 1]]
    assert parts(Pace(0.05), most, 1, most - 1, 1) == [[most], [1, most - 1], [1]]
    assert parts(Pace(0.05), 1, 10 * most, 1) == [[1], [10 * most], [1]]


def test_a_message_without_readings_counts_like_one() -> None:
    assert parts(Pace(0.05), FIRST - 1, 0, 0) == [[FIRST - 1, 0], [0]]
    assert after(*[(0, 0.001)] * 100) == FIRST


def test_of_nothing_there_is_no_step() -> None:
    assert list(Pace(0.05).parts(Batch())) == []


def test_fewer_messages_are_taken_where_they_have_more_readings() -> None:
    pace = Pace(0.05)
    assert pace.messages == FIRST
    parts(pace, *[50] * 10)
    assert pace.messages == FIRST // 50
    parts(pace, 100 * FIRST)
    assert pace.messages == 1


def test_a_step_of_less_than_half_the_readings_says_nothing() -> None:
    assert after((FIRST // 2 - 1, 0.001)) == FIRST
    assert after((FIRST // 2, 0.001)) > FIRST
