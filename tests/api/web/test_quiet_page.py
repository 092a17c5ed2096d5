"""The page of quiet times: who is told of nothing, entering such times, ending them and taking them back."""

import pytest

from domain.times import HOUR
from ledger.requests import Apply, Correct, Item, Shelve
from tests.api.web.browser import Forms
from tests.api.web.reading import words
from tests.api.web.test_page_access import csrf_of
from tests.api.web.test_problem_page import fall_silent
from tests.api.world import NOW  # 2026-01-03T00:00:00Z, in Berlin 01:00

PAGE = "/setup/quiet"


def quiet(site, **fields):
    """Enter a quiet time as somebody else."""
    fields = {"location": "ROOM-1", "reason": "defrost"} | fields
    site.desk.ask("quinn", Correct(put=[Item("quiet", fields)]), NOW)


def docs(site):
    return [row.doc for row in site.desk.rows("entries") if row.kind == "quiet"]


def token_of(browser):
    return next(fields["csrf"] for action, fields in Forms(browser.get(PAGE).text).found if action == PAGE)


def enter(browser, **filled):
    return browser.post(PAGE, {"csrf": token_of(browser), **filled})


def end(browser, **more):
    return browser.post(f"{PAGE}/end", {**browser.form(PAGE, f"{PAGE}/end"), **more})


def test_nothing_is_quiet_and_the_page_says_what_for_it_could_be(browse):
    said = words(browse("viewer").get(PAGE).text)
    assert "No alarm suppression is active" in said
    assert "For a freezer that defrosts every night" in said
    assert "No problem is shelved." in said


def test_what_is_in_force_comes_first_then_what_is_next_then_what_is_over(site, browse):
    quiet(site, location="SITE-A", **{"from": "2026-01-01T08:00:00Z", "to": "2026-01-01T12:00:00Z", "reason": "old"})
    quiet(site, location="ROOM-2", daily="03:00", **{"for": "45min"})
    quiet(site, daily="00:30", **{"for": "1h", "timezone": "UTC", "reason": "ice"})
    quiet(site, daily="00:45", **{"for": "45min", "reason": "fans"})
    page = browse("viewer").get(PAGE).text
    said = words(page)
    assert "1 alarm suppression is active" in said
    order = [said.index(each) for each in ("ROOM-1 fans", "ROOM-1 ice", "ROOM-2 defrost", "SITE-A old")]
    assert order == sorted(order)
    assert "ROOM-1 fans daily at 00:45 for 45 min, Europe/Berlin by quinn, 01:00 active until 01:30" in said
    assert "ROOM-1 ice daily at 00:30 for 1 h, UTC by quinn, 01:00 next 01:30" in said
    assert "SITE-A old out of service 1 Jan 09:00 to 1 Jan 13:00 by quinn, 01:00 ended 1 Jan 13:00" in said
    assert Forms(page).found[1:] == []  # a viewer changes nothing: the first form is the search


def test_of_what_stands_in_the_site_file_the_page_says_so(site, browse):
    fields = {"location": "ROOM-1", "daily": "03:00", "for": "45min", "reason": "defrost"}
    site.desk.ask("quinn", Apply(entries=[Item("quiet", fields)]), NOW)
    assert "site file, 01:00" in words(browse("viewer").get(PAGE).text)


def test_shelved_problems_are_listed_until_they_are_not(site, browse):
    going = fall_silent(site)
    site.desk.ask("quinn", Shelve(alert=going, lasting=HOUR, reason="gateway is changed"), site.desk.now)
    viewer = browse("viewer")
    assert "gateway is changed 02:30 quinn" in words(viewer.get(PAGE).text)
    site.desk.now += HOUR
    assert "No problem is shelved." in words(viewer.get(PAGE).text)


def test_every_day_at_certain_hours_is_entered_from_now_on(site, browse):
    answer = enter(browse("admin"), what="daily", location="ROOM-2", daily="03:00", minutes="45", reason=" defrost ")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert docs(site) == [
        {"location": "ROOM-2", "daily": "03:00", "for": "45min", "timezone": None, "from": "2026-01-03T00:00:00Z",
         "to": None, "reason": "defrost"}
    ]  # fmt: skip
    assert "next 03:00" in words(browse("viewer").get(PAGE).text)


@pytest.mark.parametrize(
    ("since", "begins"), [("", "2026-01-03T00:00:00Z"), ("2026-01-04T08:00", "2026-01-04T07:00:00Z")]
)
def test_out_of_service_is_entered_in_the_sites_zone(site, browse, since, begins):
    filled = {"what": "out", "location": "ROOM-2", "since": since, "until": "2026-01-04T12:00", "reason": "door seal"}
    assert enter(browse("admin"), **filled).status_code == 303
    [doc] = docs(site)
    assert (doc["from"], doc["to"], doc["daily"]) == (begins, "2026-01-04T11:00:00Z", None)


DAILY = {"what": "daily", "location": "ROOM-2", "daily": "03:00", "minutes": "45", "reason": "defrost"}
OUT = {"what": "out", "location": "ROOM-2", "since": "", "until": "2026-01-04T12:00", "reason": "door seal"}


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        (DAILY | {"location": ""}, "Choose a location."),
        (DAILY | {"location": "MOON"}, 'no location "MOON"'),
        (DAILY | {"reason": " "}, "Enter a reason: it is recorded in the audit trail."),
        (DAILY | {"minutes": ""}, "Enter the start time and the duration in minutes."),
        (DAILY | {"minutes": "-5"}, "Enter the start time and the duration in minutes."),
        (DAILY | {"minutes": "1440"}, "must be shorter than a day"),
        (DAILY | {"daily": "25:00"}, "not a time of the day"),
        (OUT | {"until": ""}, "Enter the end."),
        (OUT | {"until": "2026-01-01T00:00"}, "is not after"),
        (OUT | {"until": "tomorrow"}, "tomorrow"),
    ],
)
def test_what_cannot_be_entered_is_said_in_place_and_what_was_written_stays(site, browse, filled, said):
    answer = enter(browse("admin"), **filled)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert docs(site) == []
    assert f'value="{filled["reason"]}"' in answer.text


def test_what_has_begun_is_ended_now_and_stays_on_record(site, browse):
    quiet(site, **{"from": "2026-01-02T08:00:00Z", "to": "2026-01-04T12:00:00Z"})
    admin = browse("admin")
    assert "End now: ROOM-1, defrost" in admin.get(PAGE).text
    assert end(admin).status_code == 303
    [doc] = docs(site)
    assert (doc["from"], doc["to"]) == ("2026-01-02T08:00:00Z", "2026-01-03T00:00:00Z")
    assert "ended 01:00" in words(admin.get(PAGE).text)


def test_what_has_not_begun_is_taken_back(site, browse):
    quiet(site, **{"from": "2026-01-04T08:00:00Z", "to": "2026-01-04T12:00:00Z"})
    admin = browse("admin")
    assert "Cancel: ROOM-1, defrost" in admin.get(PAGE).text
    assert end(admin).status_code == 303
    assert docs(site) == []
    [removed] = [row for row in site.desk.rows("audit") if row.what == "removed"]
    assert (removed.who, removed.kind) == ("admin-person", "quiet")


def test_one_that_somebody_else_has_ended_or_taken_back_is_said(site, browse):
    quiet(site, **{"from": "2026-01-02T08:00:00Z", "to": "2026-01-04T12:00:00Z"})
    admin = browse("admin")
    form = admin.form(PAGE, f"{PAGE}/end")
    assert admin.post(f"{PAGE}/end", form).status_code == 303
    again = admin.post(f"{PAGE}/end", form)
    assert (again.status_code, "It has already ended." in words(again.text)) == (422, True)
    assert admin.post(f"{PAGE}/end", {**form, "key": "[]"}).status_code == 404


@pytest.mark.parametrize("role", ["qa", "viewer", "client"])
def test_only_who_may_set_up_enters_and_ends(site, browse, role):
    quiet(site, **{"from": "2026-01-02T08:00:00Z", "to": "2026-01-04T12:00:00Z"})
    visitor = browse(role)
    token = csrf_of(visitor)
    assert visitor.post(PAGE, {"csrf": token, **DAILY}).status_code == 403
    assert visitor.post(f"{PAGE}/end", {"csrf": token, "key": "x"}).status_code == 403
    assert visitor.get(PAGE).status_code == (403 if role == "client" else 200)
    assert len(docs(site)) == 1


def test_a_form_without_its_token_is_refused(site, browse):
    assert browse("admin").post(PAGE, DAILY).status_code == 403
    assert docs(site) == []
