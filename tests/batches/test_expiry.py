"""When stock expires and when people are warned: ladders, opening and thawing, and the site's zone."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.expiry import (
    EXPIRED,
    Expiry,
    Terms,
    days_left,
    end_of,
    expiry,
    following,
    ladder,
    reached,
    read_warning,
    read_warnings,
)
from domain.errors import InvalidError
from domain.model import Handled
from domain.times import DAY, HOUR, NEVER, format_instant, parse_instant

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MADE = parse_instant("2026-01-01T00:00:00Z")


def steps(expires_on="2026-12-31", made_at=MADE, warnings=("90d", "30d", "10%"), zone=UTC):
    return [(step.text, format_instant(step.at)) for step in ladder(expires_on, made_at, read_warnings(warnings), zone)]


@pytest.mark.parametrize(
    ("text", "normal"),
    [("90d", "90d"), ("2w", "14d"), ("10%", "10%"), ("10.50 %", "10.5%"), ("P3D", "3d"), ("48h", "2d")],
)
def test_a_warning_is_read_as_days_or_as_a_share(text, normal):
    assert read_warning(text).text == normal
    assert read_warning(normal) == read_warning(text)


@pytest.mark.parametrize("text", ["0d", "12h", "90", "0%", "100%", "-5d", "10.005%", "soon", "90 d 3"])
def test_anything_else_is_refused_with_its_text(text):
    with pytest.raises(InvalidError, match=text.replace("%", "")):
        read_warning(text)


def test_a_step_that_is_there_twice_is_refused():
    with pytest.raises(InvalidError, match="14d is there twice"):
        read_warnings(["14d", "2w"])


def test_a_ladder_is_in_order_of_time_and_ends_with_the_expiry():
    # a year has 365 days of which a tenth is 36.5
    assert steps() == [
        ("90d", "2026-10-02T00:00:00Z"),
        ("10%", "2026-11-25T12:00:00Z"),
        ("30d", "2026-12-01T00:00:00Z"),
        (EXPIRED, "2027-01-01T00:00:00Z"),
    ]


def test_days_begin_in_the_sites_zone():
    assert steps("2026-07-10", warnings=["120d"], zone=BERLIN) == [
        ("120d", "2026-03-11T23:00:00Z"),  # winter there
        (EXPIRED, "2026-07-10T22:00:00Z"),
    ]


def test_without_when_it_was_made_nobody_knows_a_share_of_its_life():
    assert [text for text, _ in steps(made_at=None)] == ["90d", "30d", EXPIRED]


def test_without_a_date_there_is_no_ladder():
    assert ladder(None, MADE, read_warnings(["90d"]), UTC) == []


def test_the_last_day_of_the_calendar_never_ends():
    assert end_of("9999-12-31", UTC) == NEVER
    assert [step.text for step in ladder("9999-12-31", MADE, read_warnings(["10%"]), UTC)] == [EXPIRED]
    assert steps("0001-01-05", warnings=["1d"])[0] == ("1d", "0001-01-04T00:00:00Z")


def test_a_step_is_reached_at_its_instant():
    found = ladder("2026-12-31", MADE, read_warnings(["30d"]), UTC)
    at = parse_instant("2026-12-01T00:00:00Z")
    assert [reached(found, at - 1), reached(found, at)] == [None, found[0]]
    assert [following(found, at - 1), following(found, at)] == list(found)
    end = end_of("2026-12-31", UTC)
    assert (reached(found, end), following(found, end)) == (found[1], None)


TERMS = Terms(after_opening=28 * DAY, after_thawing=5 * DAY)


@pytest.mark.parametrize(
    ("handled", "at", "why"),
    [
        (Handled(), "2026-12-31T23:00:00Z", "date"),
        (Handled(opened_at=MADE), "2026-01-29T00:00:00Z", "opened"),
        (Handled(opened_at=MADE, thawed_at=MADE), "2026-01-06T00:00:00Z", "thawed"),
        (Handled(opened_at=MADE, thawed_at=MADE + 25 * DAY), "2026-01-29T00:00:00Z", "opened"),
        (Handled(opened_at=MADE + 360 * DAY), "2026-12-31T23:00:00Z", "date"),
    ],
)
def test_of_date_opening_and_thawing_the_earliest_counts(handled, at, why):
    assert expiry("2026-12-31", handled, TERMS, BERLIN) == Expiry(parse_instant(at), why)


def test_what_the_product_says_nothing_of_does_not_count():
    assert expiry(None, Handled(opened_at=MADE), Terms(), UTC) is None
    assert expiry(None, Handled(opened_at=MADE, thawed_at=MADE), Terms(after_thawing=HOUR), UTC) == (
        MADE + HOUR,
        "thawed",
    )


def test_days_left_are_counted_beside_today():
    assert [days_left("2026-12-31", day) for day in ("2026-12-01", "2026-12-31", "2027-01-01")] == [30, 0, -1]


DATES = st.dates(date(2020, 1, 1), date(2090, 1, 1))
WARNINGS = st.lists(
    st.integers(1, 400).map(lambda days: f"{days}d") | st.integers(1, 99).map(lambda share: f"{share}%"), max_size=6
)
ZONES = st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Sao_Paulo")])


@given(DATES, WARNINGS, ZONES, st.integers(1, 2000))
def test_steps_rise_and_the_expiry_is_last_whatever_the_ladder(day, texts, zone, life):
    made_at = end_of(day.isoformat(), zone) - life * DAY
    found = ladder(day.isoformat(), made_at, read_warnings(dict.fromkeys(texts)), zone)
    assert [step.at for step in found] == sorted(step.at for step in found)
    assert found[-1] == (EXPIRED, end_of(day.isoformat(), zone))
    assert all(step.at < found[-1].at for step in found[:-1])


@given(DATES, st.integers(1, 400), ZONES)
def test_so_many_days_are_left_on_the_day_on_which_the_step_is_reached(day, days, zone):
    [step, _] = ladder(day.isoformat(), None, read_warnings([f"{days}d"]), zone)
    that_day = day - timedelta(days=days)
    assert end_of((that_day - timedelta(days=1)).isoformat(), zone) == step.at
    assert days_left(day.isoformat(), that_day.isoformat()) == days
