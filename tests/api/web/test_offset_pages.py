"""Pages show what is judged, and what a sensor said where readings are listed one by one."""

import csv
import io

import pytest

from tests.api.test_offsets import calibrated  # noqa: F401  a fixture
from tests.api.web.browser import signed_in
from tests.api.web.reading import words

SAID = "8.6 °C reading 9.6 °C, offset −1.0 °C"


@pytest.fixture
def person(calibrated, portal):  # noqa: F811
    return signed_in(calibrated, portal, "qa")


def read(person, address):
    return words(person.get(address, follow_redirects=True).text)


@pytest.mark.parametrize(
    "address",
    [
        "/readings?sensor=S1&quantity=temperature&at=2026-01-01T06:10:00Z",
        "/readings?place=ROOM-1&at=2026-01-01T06:10:00Z",
        "/journal/2?message=2026-01-01T06:11:00Z",
        "/why?product=VAX&lot=A1&unit=PALLET-7&rule=too-warm&at=2026-01-01T06:00:00Z",
    ],
)
def test_a_reading_is_listed_as_it_is_judged_and_as_it_came(person, address):
    assert SAID in read(person, address)


def test_a_reading_before_the_offset_is_listed_as_it_came(person):
    page = read(person, "/journal/2?message=2026-01-01T05:11:00Z")
    assert "9.6 °C" in page and "said" not in page


@pytest.mark.parametrize("address", ["/", "/?wall=1", "/places/ROOM-1"])
def test_what_a_place_is_now_is_with_the_offset(person, address):
    page = read(person, address)
    assert "2.717 °C" in page and "3.717 °C" not in page


def test_a_chart_and_its_download_are_with_the_offset_from_its_instant_on(person):
    asked = {"since": "2026-01-01T05:55:00Z", "until": "2026-01-01T06:15:00Z", "width": 800}
    data = person.get("/charts/place/ROOM-1", params=asked).json()
    hour = data["x"][0] + 300_000
    assert [(at < hour, value) for at, value in zip(data["x"], data["high"], strict=True) if value is not None] == [
        (True, 9.6),
        (False, 8.6),
        (False, 8.6),
    ]
    rows = list(csv.DictReader(io.StringIO(person.get("/charts/place/ROOM-1", params=asked | {"form": "csv"}).text)))
    assert [row["value"] for row in rows] == ["8.6", "8.6"]


def test_a_wide_chart_has_the_extremes_of_what_is_judged(person):
    asked = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "width": 5}
    data = person.get("/charts/place/ROOM-1", params=asked).json()
    values = [value for value in data["low"] if value is not None]
    assert data["reduced"] and min(values) == 2.717


def test_a_problem_begins_peaks_and_ends_with_readings_as_they_are_judged(person):
    page = read(person, "/problems/1")
    assert "9.6 °C" in page and "4.3 °C" in page and "5.3 °C" not in page
