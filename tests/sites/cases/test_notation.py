"""Series in short notation, and points of time."""

from pathlib import Path

import pytest

from domain.errors import InvalidError
from domain.times import MINUTE, parse_instant
from sites.cases.notation import read_offset, read_series, show_offset

START = parse_instant("2026-01-01T00:00:00Z")


def told(series: str, every: int = 5) -> list[str]:
    """Return `minute value` of each reading."""
    return [
        f"{reading.offset / MINUTE:g} {'fault' if reading.value is None else f'{reading.value / 1e6:g}'}"
        for reading in read_series(series, every * MINUTE).readings
    ]


def end(series: str) -> float:
    return read_series(series, 5 * MINUTE).end / MINUTE


@pytest.mark.parametrize(
    ("series", "readings"),
    [
        ("5", ["0 5"]),
        ("5, -6.25", ["0 5", "5 -6.25"]),
        ("5 x 15min", ["0 5", "5 5", "10 5"]),
        ("5 x 12min, 6", ["0 5", "5 5", "10 5", "12 6"]),
        ("5 x 10min*3, 6", ["0 5", "10 5", "20 5", "30 6"]),
        ("5 * 3, 6", ["0 5", "5 5", "10 5", "15 6"]),
        ("5, _, 6", ["0 5", "10 6"]),
        ("5, _ x 2h, 6", ["0 5", "125 6"]),
        ("_ x 10min*2, 6", ["20 6"]),
        ("fault", ["0 fault"]),
        ("5, fault x 10min, 6", ["0 5", "5 fault", "10 fault", "15 6"]),
        ("5..8 x 15min, 8", ["0 5", "5 6", "10 7", "15 8"]),
        ("8..5 x 10min*3", ["0 8", "10 7", "20 6"]),
        ("-1..1 x 10min, 1", ["0 -1", "5 0", "10 1"]),
        ("0..1 x 15min", ["0 0", "5 0.333333", "10 0.666667"]),
        ("(5, 9)*2, 6", ["0 5", "5 9", "10 5", "15 9", "20 6"]),
        ("((5)*2, 9)*2", ["0 5", "5 5", "10 9", "15 5", "20 5", "25 9"]),
    ],
)
def test_steps_follow_each_other(series: str, readings: list[str]) -> None:
    assert told(series) == readings


@pytest.mark.parametrize(
    ("series", "minutes"),
    [
        ("5", 0),
        ("5, 6", 5),
        ("5 x 75min", 75),
        ("5 x 10min*6", 60),
        ("5 * 2", 10),
        ("5, _ x 2h", 125),
        ("5..6 x 1h", 60),
    ],
)
def test_a_series_ends_with_its_last_span_or_with_its_last_single_reading(series: str, minutes: float) -> None:
    assert end(series) == minutes


@pytest.mark.parametrize(
    ("series", "problem"),
    [
        ("", "cannot be read: ''"),
        ("5,, 6", "cannot be read: ''"),
        ("5 y 6min", "cannot be read: '5 y 6min'"),
        ("_..5 x 1h", "cannot be read: '_..5 x 1h'"),
        ("5..6", "a ramp says how long it takes"),
        ("5 x 0min", "lasts no time: '5 x 0min'"),
        ("5 * 0", "lasts no time: '5 * 0'"),
        ("5 x 5m", "not a duration such as 90s"),
        ("(5, 6", "a bracket is left open: '(5, 6'"),
        ("(5, 6)", "cannot be read: '(5, 6)'"),
        ("5 x 100000d", "more than 1,000,000 readings"),
        ("((5)*100000)*100000", "more than 1,000,000 steps"),
    ],
)
def test_what_cannot_be_read_is_named(series: str, problem: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_series(series, 5 * MINUTE)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+0", 0), ("+75min", 75), ("+1d2h15min", 1575), ("+ 1h 30min", 90), ("2026-01-01T02:00:00+01:00", 60)],
)
def test_points_of_time_count_from_the_start(text: str, minutes: int) -> None:
    assert read_offset(text, START) == START + minutes * MINUTE


@pytest.mark.parametrize("text", ["75min", "+", "-5min", "+5", "noon", ""])
def test_other_points_of_time_are_refused(text: str) -> None:
    with pytest.raises(InvalidError, match=r"neither like|not a duration"):
        read_offset(text, START)


@pytest.mark.parametrize(("minutes", "shown"), [(0, "+0"), (75, "+75min"), (120, "+2h"), (0.5, "+30s"), (-5, "-5min")])
def test_points_of_time_are_shown_as_they_are_read(minutes: float, shown: str) -> None:
    assert show_offset(START + round(minutes * MINUTE), START) == shown


def documented() -> list[str]:
    """Return the steps of the table in the documentation."""
    page = (Path(__file__).parents[3] / "docs/test-rules.md").read_text(encoding="utf-8")
    section = page.partition("## Series")[2].partition("\n## ")[0]
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("step", documented())
def test_every_step_of_the_documentation_can_be_read(step: str) -> None:
    assert read_series(step, 5 * MINUTE).end >= 0
    assert len(documented()) == 9
