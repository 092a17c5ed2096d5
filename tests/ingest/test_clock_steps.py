"""Whether the clock was set: it goes on otherwise than one that nobody can set."""

import pytest

from domain.times import HOUR, MINUTE, SECOND
from ingest.batch_client import arrival
from ingest.clock_steps import ClockSteps


@pytest.mark.parametrize("by", [2 * HOUR, -2 * HOUR, 61 * SECOND, -61 * SECOND])
def test_a_step_is_seen_once_either_way(by):
    steps = ClockSteps()
    assert [steps.seen(0, 5.0), steps.seen(10 * SECOND, 15.0)] == [0, 0]
    assert steps.seen(11 * SECOND + by, 16.0) == by
    assert steps.seen(12 * SECOND + by, 17.0) == 0
    assert steps.seen(13 * SECOND, 18.0) == -by


def test_a_clock_that_is_corrected_little_by_little_is_not_set():
    steps = ClockSteps()
    assert {steps.seen(round(i * 1.01 * SECOND), float(i)) for i in range(10_000)} == {0}


def test_arrivals_rise_unless_the_clock_was_set_back():
    assert arrival(10 * MINUTE, 9 * MINUTE) == 10 * MINUTE
    assert arrival(10 * MINUTE - SECOND, 10 * MINUTE) == 10 * MINUTE
    assert arrival(10 * MINUTE, 3 * HOUR) == 10 * MINUTE
