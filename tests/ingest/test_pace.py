"""Steps are as large as the time for one allows."""

import pytest

from ingest.pace import FIRST, LEAST, MOST, Pace


def after(*steps: tuple[int, float]) -> int:
    pace = Pace(step_s=0.05)
    for messages, seconds in steps:
        pace.took(messages, seconds)
    return pace.at_most


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


def test_a_step_of_less_than_half_the_messages_says_nothing() -> None:
    assert after((FIRST // 2 - 1, 0.001)) == FIRST
    assert after((FIRST // 2, 0.001)) > FIRST
