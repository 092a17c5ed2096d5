"""What is estimated of a device's clock, from its live messages only."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import Estimate, estimated, proposed, zone_near
from domain.times import HOUR, MINUTE, SECOND, parse_instant

NOW = parse_instant("2026-11-30T12:00:00Z")


@given(
    st.integers(-400 * 24 * 60, 400 * 24 * 60),
    st.lists(st.tuples(st.integers(4, 3600), st.integers(-2, 2)), min_size=2, max_size=20),
)
def test_a_clock_that_is_steadily_off_is_known(minutes: int, messages: list[tuple[int, int]]) -> None:
    at, stamps = NOW, []
    for pause, jitter in messages:
        at += pause * SECOND
        stamps.append((at, at + minutes * MINUTE + jitter * SECOND))
    found = estimated(stamps)
    assert found is not None
    assert abs(found.ahead - minutes * MINUTE) <= 2 * SECOND
    assert (found.messages, found.is_off) == (len(messages), abs(found.ahead) > 5 * MINUTE)
    assert found.low <= found.ahead <= found.high


def test_a_buffer_says_nothing_of_the_clock() -> None:
    buffer = [(NOW + i * SECOND // 20, NOW - (36 - i) * 5 * MINUTE) for i in range(36)]
    assert estimated(buffer) is None
    live = [(NOW + minutes * MINUTE, NOW + minutes * MINUTE - 3 * SECOND) for minutes in (5, 10, 15)]
    assert estimated(buffer + live) == Estimate(-3 * SECOND, -3 * SECOND, -3 * SECOND, 3)


def test_of_a_message_with_several_readings_the_newest_counts() -> None:
    stamps = [(NOW + hours * HOUR, NOW + hours * HOUR - back * MINUTE) for hours in range(3) for back in (0, 20, 40)]
    assert estimated(stamps) == Estimate(0, 0, 0, 3)


def test_one_message_says_nothing() -> None:
    assert estimated([(NOW, NOW - HOUR)]) is None
    assert estimated([]) is None


def test_zones_that_people_use_are_found() -> None:
    assert zone_near(5 * HOUR + 45 * MINUTE - 20 * SECOND) == 5 * HOUR + 45 * MINUTE
    assert zone_near(5 * HOUR + 15 * MINUTE) is None
    assert proposed(0, NOW, ZoneInfo("UTC")) == ("UTC",)
    assert proposed(-150 * MINUTE, NOW, ZoneInfo("Europe/Berlin")) == ("UTC-02:30",)
