"""A version that was tried is signed and put in force on the same page: who, why and from when."""

import re

import pytest

from api.app import create_app
from api.options import Options
from api.people.passwords import hash_password
from api.people.register import add_account, set_password
from api.people.sessions import begin_session
from ledger.writer import Options as WriterOptions
from ledger.writer import Writer
from tests.api.web.reading import words
from tests.api.web.test_backtest_page import LONGER, PAGE
from tests.api.world import NOW

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
ACTIVATE = "/profiles/vaccine-2-8/activate"


@pytest.fixture
def admin(site, browse):
    """The browser of an admin with a password."""
    browser = browse("admin")
    with site.database.begin() as connection:
        set_password(connection, "admin-person", HASH, "test", NOW)
        browser.cookie = begin_session(connection, "admin-person", NOW)
    return browser


def filled(browser, **fields):
    """Try the version, and fill in the form that comes with the result."""
    tried = browser.post(PAGE, browser.form(PAGE, PAGE) | {"profile": LONGER})
    assert f'action="{ACTIVATE}"' in tried.text
    return {**browser.form(PAGE, PAGE), "profile": LONGER, "reason": "stability data", "password": PASSWORD, **fields}


def activated(site):
    return [row for row in site.desk.rows("audit") if row.what == "activated"]


def test_what_was_tried_is_put_in_force_from_when_the_person_says(site, admin):
    answer = admin.post(ACTIVATE, filled(admin, effective="2026-02-01T00:00"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/profiles/vaccine-2-8/2")
    [row] = activated(site)
    assert (row.who, row.reason, row.after["effective_from"]) == (
        "admin-person",
        "stability data",
        "2026-01-31T23:00:00Z",
    )
    assert row.after["signature"]["meaning"] == "activated"
    said = words(admin.get("/profiles/vaccine-2-8/2").text)
    assert f"Activated by {row.after['signature']['name']} on" in said and ": stability data" in said
    assert "Added by" in words(admin.get("/profiles/vaccine-2-8/1").text)


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"reason": "  "}, 422, "a reason is needed to activate a profile"),
        ({"password": "wrong", "effective": "2026-02-01T00:00"}, 403, "nothing was signed"),
        ({"effective": "soon"}, 422, "soon"),
        ({"profile": "profiles: [{use: eu-gdp-28}]"}, 422, 'did you mean "eu-gdp-2-8"?'),
        ({"profile": LONGER.replace("kind: limit", "kind: limt")}, 422, 'did you mean "limit"?'),
        ({"profile": LONGER.replace("version: 2", "version: 1")}, 409, "give the new one the next version number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_done(site, admin, fields, status, problem):
    answer = admin.post(ACTIVATE, filled(admin, **fields))
    assert (answer.status_code, problem in words(answer.text)) == (status, True), words(answer.text)[:900]
    assert activated(site) == []


def test_only_who_configures_the_site_is_offered_it(site, browse):
    qa = browse("qa")
    tried = qa.post(PAGE, qa.form(PAGE, PAGE) | {"profile": LONGER})
    assert ACTIVATE not in tried.text
    form = {**qa.form(PAGE, PAGE), "profile": LONGER, "reason": "stability data", "password": PASSWORD}
    assert qa.post(ACTIVATE, form).status_code == 403
    assert activated(site) == []


@pytest.fixture
def second(site, browser):
    """The browser of another admin with a password."""
    with site.database.begin() as connection:
        add_account(connection, "anna", "Anna A. Uditor", "admin", None, "test", NOW)
        set_password(connection, "anna", HASH, "test", NOW)
        browser.cookie = begin_session(connection, "anna", NOW)
    return browser


def hidden(page, name):
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)


def test_holds_that_it_reaches_are_shown_before_anything_is_signed(site, admin):
    answer = admin.post(ACTIVATE, filled(admin))
    said = words(answer.text)
    assert answer.status_code == 409
    assert "This version takes effect before 4 holds that are on record." in said
    for row in site.desk.rows("holds"):
        if row.product == "VAX":
            decided = f"released by {row.disposed_by}" if row.state == "released" else "on hold"
            unit = " ".join(part for part in (row.product, row.lot, row.unit) if part)
            assert f"hold {row.id} ({unit}: too-warm, version 1, {decided})" in said
    assert "Nothing is signed yet." in said
    assert [row for row in site.desk.rows("audit") if row.what == "signed"] == []


def test_the_second_person_signs_what_the_first_one_asked_for(site, admin, second):
    page = admin.post(ACTIVATE, filled(admin)).text
    asked = {**filled(admin), "over": hidden(page, "over")}
    answer = admin.post(ACTIVATE, asked)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#waiting")
    assert activated(site) == []
    own = words(admin.get(PAGE).text)
    assert "Version 2 waits for a second signature" in own and "A second person with the right" in own
    page = second.get(PAGE).text
    assert "Requested by Admin-Person on" in words(page) and "stability data" in words(page)
    form = second.form(PAGE, ACTIVATE) | {"over": hidden(page, "over"), "reason": "checked", "password": PASSWORD}
    answer = second.post(ACTIVATE, form)
    assert answer.status_code == 303, words(answer.text)
    assert (answer.status_code, answer.headers["location"]) == (303, "/profiles/vaccine-2-8/2")
    [row] = activated(site)
    assert (row.who, row.reason, row.after["first"]["who"]) == ("anna", "checked", "admin-person")
    assert "waits for a second signature" not in words(second.get(PAGE).text)
    said = words(second.get("/profiles/vaccine-2-8/2").text)
    assert re.search(r"Activated by Anna A\. Uditor on [^:]+:\d\d:\d\d CET: checked", said)
    assert re.search(r"Requested by Admin-Person on [^:]+:\d\d:\d\d CET: stability data", said)


def test_it_says_from_when_what_was_tried_counts(admin):
    form = admin.form(PAGE, PAGE) | {"profile": LONGER, "since": "2026-01-03T00:00"}
    said = words(admin.post(PAGE, form).text)
    assert "The results above are those of this version active from 2026-01-03 00:00:00 CET." in said


@pytest.fixture
def alone(site):
    """A site that does with one person's signature."""
    site.app = create_app(site.database, Options(now=lambda: site.desk.now, four_eyes=False), site._submit)
    site.desk.writer = Writer(site.database, options=WriterOptions(four_eyes=False))


def test_a_site_for_one_does_with_one_signature(alone, site, admin):
    page = admin.post(ACTIVATE, filled(admin)).text
    assert "Sign if that is intended." in words(page) and "second person" not in words(page)
    answer = admin.post(ACTIVATE, {**filled(admin), "over": hidden(page, "over")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/profiles/vaccine-2-8/2")
    assert len(activated(site)) == 1
