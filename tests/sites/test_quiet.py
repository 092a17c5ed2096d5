"""Times at which nobody is told, as a site file says them."""

import pytest

from domain.errors import Refused
from domain.times import format_instant, parse_instant
from sites.entries import entry
from sites.file import load
from sites.quiet import quiet_times

MAINTENANCE = {
    "location": "F1",
    "from": "2026-03-01T08:00:00Z",
    "to": "2026-03-01T12:00:00Z",
    "reason": "door seal",
}
DEFROST = {"location": "F1", "daily": "03:00", "for": "45min", "timezone": "Europe/Berlin", "reason": "defrost"}


def around(fields, at, zone="UTC"):
    [quiet] = quiet_times([entry("quiet", fields).doc], zone)
    assert quiet.location == "F1"
    found = quiet.around(parse_instant(at))
    return [(each.state, format_instant(each.since), format_instant(each.until), each.reason) for each in found]


def test_a_location_is_out_of_service_for_a_time():
    assert around(MAINTENANCE, "2026-03-01T09:00:00Z") == [
        ("OOSRV", "2026-03-01T08:00:00Z", "2026-03-01T12:00:00Z", "door seal")
    ]


def test_every_day_has_its_window_by_the_clock_on_the_wall():
    assert around(DEFROST, "2026-01-10T02:10:00Z") == [
        ("DSUPR", f"2026-01-{day:02}T02:00:00Z", f"2026-01-{day:02}T02:45:00Z", "defrost") for day in (9, 10, 11)
    ]


def test_without_a_time_zone_it_is_the_sites():
    fields = {name: value for name, value in DEFROST.items() if name != "timezone"}
    assert around(fields, "2026-01-10T12:00:00Z", "Asia/Tokyo")[1][1] == "2026-01-09T18:00:00Z"


@pytest.mark.parametrize(
    ("daily", "day", "begins"),
    [
        ("03:00", "2026-03-29", "2026-03-29T01:00:00Z"),  # summer time has just begun
        ("02:30", "2026-03-29", "2026-03-29T01:30:00Z"),  # the hour that is left out
        ("02:30", "2026-10-25", "2026-10-25T00:30:00Z"),  # the hour that comes twice
    ],
)
def test_clocks_that_are_put_forward_and_back_leave_one_window_a_day(daily, day, begins):
    found = around(DEFROST | {"daily": daily}, f"{day}T12:00:00Z")
    assert [since for _, since, _, _ in found if since.startswith(day)] == [begins]


def test_a_daily_window_counts_only_within_its_time():
    fields = DEFROST | {"from": "2026-01-10T02:30:00Z", "to": "2026-01-11T02:00:00Z"}
    assert around(fields, "2026-01-10T12:00:00Z") == [
        ("DSUPR", "2026-01-10T02:30:00Z", "2026-01-10T02:45:00Z", "defrost")
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from": None}, "from: is missing: what is out of service is so for a time, or it is quiet daily"),
        ({"to": None}, "to: is missing: what is out of service is so for a time, or it is quiet daily"),
        ({"for": "45min"}, "for: needs a time of the day"),
        ({"timezone": "Europe/Berlin"}, "timezone: needs a time of the day"),
        ({"reason": ""}, "reason: must not be empty"),
        ({"daily": "3 am"}, "daily: not a time of the day such as 03:00: '3 am'"),
        ({"daily": "03:00"}, "for: is missing: how long it lasts every day"),
        ({"daily": "03:00", "for": "1d"}, "for: must be shorter than a day: '1d'"),
    ],
)
def test_what_is_wrong_is_named(fields, said):
    with pytest.raises(Refused) as caught:
        entry("quiet", MAINTENANCE | fields)
    assert list(caught.value.problems) == [said]


def test_a_file_is_refused_for_a_place_that_is_not_there_and_a_time_that_runs_backward():
    text = """
locations: [{id: F1}]
quiet:
  - {location: F2, daily: 03:00, for: 45min, reason: defrost}
  - {location: F1, from: 2026-03-01T12:00:00Z, to: 2026-03-01T08:00:00Z, reason: seal}
"""
    with pytest.raises(Refused) as caught:
        load(text, "S.yaml")
    assert list(caught.value.problems) == [
        'S.yaml:4 quiet[0].location: no location "F2"',
        "S.yaml:5 quiet[1].to: 2026-03-01T08:00:00Z is not after 2026-03-01T12:00:00Z",
    ]
