"""The page of a place, readings as they came, profile versions."""

import functools
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.web.frame.moment import read_moment, show_moment
from domain.errors import InvalidError
from domain.times import MINUTE, parse_instant
from ledger.inputs import Batch
from tests.api.web.reading import without_secret, words
from tests.api.world import MARK, NOW, _message

BERLIN = ZoneInfo("Europe/Berlin")
ROOM = "/places/ROOM-1"


@pytest.fixture
def browse(browse):
    """The same person each time."""
    return functools.cache(browse)


@pytest.fixture
def hear(site):
    """Let ROOM-1's sensor say something now."""

    def say(value):
        site.desk.writer.step(Batch([_message("dev1", "zz/1/readings", 2879, value)]), NOW)

    return say


def test_a_place_that_fell_silent_says_that_nobody_knows(browse):
    said = words(browse("viewer").get(ROOM).text)
    assert "SITE-A / ROOM-1" in said
    assert "No data for 26 h: current conditions are unknown." in said


def test_a_place_says_how_it_is_with_its_limits_and_how_old_that_is(browse, hear):
    hear(5.1)
    assert "In range: 5.1 °C (≤ 8.0), 1 min ago." in words(browse("viewer").get(ROOM).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_place_that_is_outside_says_so_before_a_rule_fires(browse, hear):
    hear(9.1)
    assert "Outside limits: 9.1 °C (≤ 8.0), 1 min ago." in words(browse("viewer").get(ROOM).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_problem_that_goes_on_is_said_first_and_led_to(site, browse):
    heard = [_message("dev1", "zz/1/readings", 2850 + i * 5, 9.9) for i in range(6)]
    site.desk.writer.step(Batch(heard), NOW)
    page = browse("viewer").get(ROOM).text
    assert "ROOM-1 has been above 8.0 °C for 30 min" in words(page).replace("\N{NO-BREAK SPACE}", " ")
    (number,) = [row.id for row in site.desk.rows("alerts") if row.place == "ROOM-1" and row.until is None]
    assert f'<a href="/problems/{number}">' in page


def test_sensors_are_told_with_what_they_said_last_and_lead_to_their_readings(browse):
    page = browse("viewer").get(ROOM).text
    assert re.search(r"S1 3\.717.°C 26 h 1 Jan 01:00 dev1", words(page))
    assert "/readings?sensor=S1&amp;quantity=temperature&amp;at=2026-01-01T21:50:00Z" in page


def test_stock_is_that_of_now_or_of_the_instant_asked_for(browse):
    now = words(browse("viewer").get(ROOM).text)
    then = words(browse("viewer").get(ROOM, params={"at": "2026-01-01T10:00"}).text)
    assert "PALLET-7" not in now[now.index("Stock in this location") :]
    assert "VAX A1 PALLET-7 ROOM-1 1 Jan 03:00 1 Jan 21:00" in then[then.index("Stock in this location at that time") :]


def test_what_stands_in_a_place_stands_in_the_one_around_it(browse):
    said = words(browse("viewer").get("/places/SITE-A").text)
    assert "VAX A1 PALLET-8 ROOM-2" in said
    assert "contains ROOM-1, ROOM-2, ZZROOM" in said


def test_a_place_without_sensors_says_so(browse):
    assert "No sensor is installed here: conditions are unknown." in words(browse("viewer").get("/places/ROOM-2").text)


def test_its_problems_are_told_newest_first(browse):
    page = browse("viewer").get(ROOM).text
    assert '<a class="title" href="/problems/1">' in page
    assert "zzroomrule: above 8.0 °C for 10 min or more – warning" in words(page)


@pytest.mark.parametrize("path", ["/places/NONE", "/readings?sensor=NONE", "/readings?place=NONE", "/profiles/NONE/1"])
def test_what_is_not_there_is_not_found(browse, path):
    assert browse("viewer").get(path).status_code == 404


def test_places_and_readings_are_the_sites_business(browse):
    for path in (ROOM, "/places/NONE", "/readings?sensor=S1"):
        assert browse("client").get(path).status_code == 403


@pytest.mark.parametrize("at", ["nonsense", "2026-13-01T00:00", "0001-01-01T00:00"])
def test_a_time_that_is_none_is_refused(browse, at):
    assert browse("viewer").get(ROOM, params={"at": at}).status_code == 422


def test_a_moment_is_read_in_the_sites_zone_and_shown_in_it():
    assert read_moment("2026-07-01T10:00", BERLIN) == parse_instant("2026-07-01T08:00:00Z")
    assert read_moment("2026-07-01T10:00:00Z", BERLIN) == parse_instant("2026-07-01T10:00:00Z")
    assert read_moment(" ", BERLIN) is None
    assert show_moment(parse_instant("2026-07-01T08:00:00Z"), BERLIN) == "2026-07-01T10:00"
    with pytest.raises(InvalidError, match="not a time: tomorrow"):
        read_moment("tomorrow", BERLIN)


def test_readings_are_shown_as_they_came_with_their_row_of_the_journal(browse):
    said = words(browse("viewer").get("/readings?sensor=S1&at=2026-01-01T05:00:00Z").text)
    assert "Readings of S1 around 2026-01-01 06:00:00 CET" in said
    row = "2026-01-01 06:00:00 CET S1 9.6 °C 1 min later"
    assert re.search(row + r" \d+", said.replace("\N{NO-BREAK SPACE}", " "))


def test_a_place_shows_the_readings_of_all_that_speak_for_it(browse):
    page = browse("viewer").get("/readings?place=ROOM-1&quantity=temperature&at=2026-01-01T05:00:00Z").text
    assert words(page).count(" CET S1 ") == 13


def test_readings_that_are_not_judged_say_why(site, browse):
    ahead = replace(_message("dev1", "zz/1/readings", 2880, 5.0), received_at=NOW - 60 * MINUTE)
    site.desk.writer.step(Batch([ahead]), NOW)
    said = words(browse("viewer").get("/readings?sensor=S1&at=2026-01-03T00:00:00Z").text)
    assert re.search(
        r"2026-01-03 01:00:00 CET S1 5\.0.°C 1 h earlier \d+ not evaluated: clock of the device is ahead", said
    )


@pytest.mark.parametrize(
    "path",
    [
        "/readings",
        "/readings?sensor=S1&place=ROOM-1",
        "/readings?sensor=S1&at=x",
        "/readings?sensor=S1&at=0001-01-01T00:00:00Z",
    ],
)
def test_readings_of_nobody_or_of_two_are_refused(browse, path):
    assert browse("viewer").get(path).status_code == 422


def test_a_profile_is_told_in_plain_words(browse):
    said = words(browse("viewer").get("/profiles/vaccine-2-8/1").text)
    assert "too-warm above 8.0 °C for 1 h or more Hold critical" in said
    assert "A reading counts until the next one, for at most 2 h; time without data is unknown." in said
    assert "Required data coverage: 50 %." in said
    assert "products VAX" in said


def test_a_client_sees_the_profiles_of_its_own_products_and_nobody_elses_use_of_them(browse):
    own = browse("client").get("/profiles/vaccine-2-8/1")
    assert own.status_code == 200
    assert MARK not in without_secret(own.text).lower()
    assert browse("client").get("/profiles/zzprofile/1").status_code == 404
