"""A span of time in the address: of charts on the pages of a place, a batch and a problem, of the lists of the past."""

import re
from zoneinfo import ZoneInfo

import pytest

from api.web.components.date_range import DateRange, OfRange, read_range
from domain.errors import InvalidError
from domain.times import HOUR, parse_instant
from tests.api.web.reading import words

BERLIN = ZoneInfo("Europe/Berlin")
SPAN = {"from": "2026-01-01T04:00", "to": "2026-01-01T10:00"}
MILLISECONDS = ('data-from="1767236400000"', 'data-to="1767258000000"')


def asked(begins="", ends=""):
    return OfRange.model_validate({"from": begins, "to": ends})


# --- reading it ---


def test_times_are_in_the_sites_zone_unless_they_say_theirs():
    assert read_range(asked("2026-07-01T12:00", "2026-07-01T12:00Z"), BERLIN) == DateRange(
        parse_instant("2026-07-01T10:00:00Z"), parse_instant("2026-07-01T12:00:00Z")
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-01-01", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_is_whole_also_when_the_clocks_change(day, hours):
    found = read_range(asked(day, day), BERLIN)
    assert found.until - found.since == hours * HOUR


def test_one_side_may_be_open():
    assert read_range(asked("", "2026-01-01T01:00"), BERLIN) == DateRange(None, parse_instant("2026-01-01T00:00:00Z"))
    assert read_range(asked(), BERLIN) == DateRange()


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [("2026-01-02", "2026-01-01", "from 2026-01-02 is not before to 2026-01-01"), ("soon", "", "soon"),
     ("2026-01-01T05:00", "2026-01-01T05:00", "is not before")],
)  # fmt: skip
def test_what_is_no_span_is_named(begins, ends, said):
    with pytest.raises(InvalidError, match=said):
        read_range(asked(begins, ends), BERLIN)


# --- charts ---


@pytest.mark.parametrize("path", ["/places/ROOM-1", "/batches/VAX/A1", "/problems/1"])
def test_the_chart_of_a_page_is_of_the_span_in_its_address(browse, path):
    browser = browse("qa")
    page = browser.get(path, params=SPAN).text
    assert all(each in page for each in MILLISECONDS)
    assert 'name="from" value="2026-01-01T04:00"' in page
    assert "since=2026-01-01T03%3A00%3A00Z&amp;until=2026-01-01T09%3A00%3A00Z" in page  # the same as CSV and SVG
    assert "Times in Europe/Berlin" in words(page)
    assert "data-from=" not in browser.get(path).text


def test_the_picker_begins_with_what_is_shown(browse):
    page = browse("viewer").get("/places/ROOM-1").text
    assert 'name="from" value="2026-01-02T01:00"' in page
    assert 'name="to" value="2026-01-03T01:00"' in page


def test_the_picker_keeps_the_unit(browse):
    page = browse("viewer").get("/batches/VAX/A1?unit=PALLET-7").text
    form = re.search(r"<form[^>]*data-range>.*?</form>", page, re.S)[0]
    assert '<input type="hidden" name="unit" value="PALLET-7">' in form


def test_a_client_chooses_a_span_of_its_own_batch_only(browse):
    client = browse("client")
    assert all(each in client.get("/batches/VAX/A1", params=SPAN).text for each in MILLISECONDS)
    assert client.get("/places/ROOM-1", params=SPAN).status_code == 403


@pytest.mark.parametrize("path", ["/places/ROOM-1", "/batches/VAX/A1", "/problems/1", "/problems", "/holds"])
def test_a_span_that_is_none_is_refused_with_its_name(browse, path):
    answer = browse("qa").get(path, params={"from": "2026-02-30", "to": ""})
    assert answer.status_code == 422
    assert "2026-02-30" in answer.text


# --- lists ---


def test_problems_are_listed_by_when_they_went_on(browse):
    browser = browse("viewer")

    def listed(begins, ends):
        page = browser.get("/problems", params={"show": "all", "from": begins, "to": ends}).text
        return set(re.findall(r'href="/problems/(\d+)"', page))

    assert listed("2026-01-01", "2026-01-01") == {"1", "2"}
    assert listed("2026-01-01T05:30", "2026-01-01T23:00") == {"1"}
    assert listed("2026-01-02", "") == set()
    assert "Nothing in this range" in words(browser.get("/problems?show=all&from=2026-01-02").text)


def test_holds_are_listed_by_when_they_were_placed(browse):
    browser = browse("viewer")
    everything = browser.get("/holds").text
    assert "ZZUNIT-2" in everything
    assert "ZZUNIT-2" in browser.get("/holds?from=2026-01-02&to=2026-01-02").text
    assert "ZZUNIT-2" not in browser.get("/holds?from=2026-01-03").text
    assert "from=2026-01-02" in browser.get("/holds?from=2026-01-02").text  # the other states keep the days
