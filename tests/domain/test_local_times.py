"""Local times in order: what is placed is right, whatever the zone and the order; the rest is in doubt."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import InvalidError
from domain.local_times import Placed, instants_of, place, wall_of
from domain.readings import Flag
from domain.times import HOUR, MINUTE, datetime_of, format_instant, parse_instant

# When clocks went back, in both hemispheres; on Lord Howe by half an hour.
BACK = {
    "Europe/Berlin": "2026-10-25T01:00:00Z",
    "Europe/London": "2026-10-25T01:00:00Z",
    "America/New_York": "2026-11-01T06:00:00Z",
    "Australia/Sydney": "2026-04-04T16:00:00Z",
    "Australia/Lord_Howe": "2026-04-04T15:00:00Z",
    "America/Santiago": "2026-04-05T03:00:00Z",
}
BERLIN = ZoneInfo("Europe/Berlin")


def wall_at(instant: int, zone: ZoneInfo) -> int:
    return wall_of(datetime_of(instant).astimezone(zone).replace(tzinfo=None))


def shown(placed: list[Placed]) -> list[str | None]:
    return [None if each.doubt else format_instant(each.at)[11:16] for each in placed]


def berlin(text: str, **more: object) -> list[str | None]:
    """Place times of the night in which clocks went back in Berlin, e.g. `01:55 02:00`."""
    midnight = wall_at(parse_instant("2026-10-24T22:00:00Z"), BERLIN)
    walls = [midnight + int(each[:2]) * HOUR + int(each[3:]) * MINUTE for each in text.split()]
    return shown(place(walls, BERLIN, **more))  # type: ignore[arg-type]


@given(
    zone=st.sampled_from(sorted(BACK)),
    start=st.integers(-100, 100),
    steps=st.lists(st.integers(1, 70), max_size=30),
    newest_first=st.booleans(),
    arrival=st.none() | st.integers(0, 4),
    waited=st.booleans(),
)
@example("Europe/Berlin", -90, [5] * 36, False, None, True)
@example("Europe/Berlin", -50, [60, 60, 60], True, None, True)
def test_what_is_placed_is_right(
    zone: str, start: int, steps: list[int], newest_first: bool, arrival: int | None, waited: bool
) -> None:
    instants = [parse_instant(BACK[zone]) + start * MINUTE]
    for step in steps:
        instants.append(instants[-1] + step * MINUTE)
    values = [i % 3 for i in range(len(instants))]
    more = {}
    if arrival is not None:
        more = {"latest": instants[-1] + arrival * MINUTE + 5 * MINUTE}
        more |= {} if waited else {"live_at": instants[-1] + arrival * MINUTE}
    if newest_first:
        instants.reverse()
        values.reverse()
    walls = [wall_at(at, ZoneInfo(zone)) for at in instants]
    for at, placed in zip(instants, place(walls, ZoneInfo(zone), values=values, **more), strict=True):
        assert placed.doubt is Flag.TWICE or placed == Placed(at)


@pytest.mark.parametrize("zone", sorted(BACK))
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_night_in_order_is_placed_whole(zone: str, newest_first: bool) -> None:
    instants = [parse_instant(BACK[zone]) + minutes * MINUTE for minutes in range(-90, 91, 5)]
    if newest_first:
        instants.reverse()
    walls = [wall_at(at, ZoneInfo(zone)) for at in instants]
    assert place(walls, ZoneInfo(zone), values=[0] * 37) == [Placed(at) for at in instants]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("01:30 03:00", ["23:30", "02:00"]),
        ("02:30", [None]),
        ("01:50 02:10 03:00", ["23:50", None, "02:00"]),
        ("02:50 02:10", [None, None]),  # it may be newest first
        ("01:50 02:50 02:10", ["23:50", "00:50", "01:10"]),
        ("03:10 02:10 02:50", ["02:10", "01:10", "00:50"]),
        ("01:10 02:10 02:10 03:10", ["23:10", "00:10", "01:10", "02:10"]),
        ("03:10 01:10 02:10 02:10", ["02:10", "23:10", None, None]),  # no order at all
    ],
)
def test_the_order_decides_or_nothing_does(given_: str, expected: list[str | None]) -> None:
    assert berlin(given_) == expected


def test_nothing_is_later_than_its_arrival_allows() -> None:
    arrival = parse_instant("2026-10-25T00:31:00Z")
    assert berlin("02:10 02:30", latest=arrival + 5 * MINUTE) == ["00:10", "00:30"]


def test_a_live_message_is_nearest_to_its_arrival() -> None:
    assert berlin("02:30", live_at=parse_instant("2026-10-25T00:31:00Z")) == ["00:30"]
    assert berlin("02:30", live_at=parse_instant("2026-10-25T01:31:00Z")) == ["01:30"]
    assert berlin("02:30", live_at=parse_instant("2026-10-25T03:31:00Z")) == [None]


def test_alike_neighbours_may_be_one_reading_sent_twice() -> None:
    assert berlin("02:05 02:10 02:10 02:15", values=[1, 2, 2, 1]) == [None] * 4
    assert berlin("01:10 02:10 02:10 03:10", values=[1, 1, 1, 1]) == ["23:10", "00:10", "01:10", "02:10"]


def test_an_hour_that_never_was_is_in_doubt() -> None:
    wall = wall_at(parse_instant("2026-03-29T00:59:00Z"), BERLIN)
    assert instants_of(wall + 30 * MINUTE, BERLIN) == ()
    assert [each.doubt for each in place([wall, wall + 30 * MINUTE, wall + 90 * MINUTE], BERLIN)] == [
        Flag.NONE,
        Flag.SKIPPED,
        Flag.NONE,
    ]


def test_a_year_that_nobody_can_print_is_refused() -> None:
    first = wall_of(datetime_of(parse_instant("0001-01-01T00:00:00Z")).replace(tzinfo=None))
    with pytest.raises(InvalidError):
        place([first], ZoneInfo("Asia/Tokyo"))
    with pytest.raises(InvalidError):
        place([first - timedelta(days=1) // timedelta(microseconds=1)], BERLIN)
