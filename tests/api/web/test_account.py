"""A person's own account: a first password, another one, the way out; and the signature that a password gives."""

import pytest
from sqlalchemy import select

from api.deps import Caller
from api.people import passwords
from api.people.register import set_password
from api.people.roles import Person
from api.people.sessions import begin_session
from api.people.sign_in import LOCKED_AFTER, LOCKED_FOR, add_link, sign_in
from domain.errors import ForbiddenError
from store.tables import audit, people
from tests.api.web.browser import Browser, add_person

OLD = "correct horse battery"
NEW = "staple of the north pole"


@pytest.fixture
def person(site):
    return add_person(site, "qa", "quentin")


@pytest.fixture
def browser(site, portal, person):
    """The browser of a person who came by a link and has no password yet."""
    with site.database.begin() as connection:
        return Browser(site, portal, begin_session(connection, "quentin", site.desk.now))


def choose(browser, new=NEW, again=None, **filled):
    return browser.send("/account", "/account/password", new=new, again=new if again is None else again, **filled)


def lets_in(world, password):
    return sign_in(world.database, "quentin", password, world.desk.now) is not None


def test_a_first_password_needs_none_before_it(site, browser):
    assert "Choose a password" in browser.get("/account").text
    answer = choose(browser, OLD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?changed=true")
    assert "Password changed." in browser.get(answer.headers["location"]).text
    assert lets_in(site, OLD)


def test_another_password_needs_the_one_before_it(site, browser):
    choose(browser, OLD)
    answer = choose(browser, current="not the old one")
    assert answer.status_code == 422
    assert "That is not your password." in answer.text
    assert lets_in(site, OLD) and not lets_in(site, NEW)
    assert choose(browser, current=OLD).status_code == 303
    assert lets_in(site, NEW) and not lets_in(site, OLD)


def test_the_old_password_cannot_be_left_out(site, browser):
    choose(browser, OLD)
    csrf = browser.form("/account", "/account/password")["csrf"]
    assert browser.post("/account/password", {"csrf": csrf, "new": NEW, "again": NEW}).status_code == 422
    assert lets_in(site, OLD)


def test_guessing_the_old_password_locks_as_at_sign_in(site, browser):
    choose(browser, OLD)
    for _ in range(LOCKED_AFTER):
        answer = choose(browser, current="not the old one")
    assert "After 5 wrong passwords yours is not taken before 2026-01-03T00:15:00Z." in answer.text
    assert choose(browser, current=OLD).status_code == 422
    assert not lets_in(site, OLD)


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        ("short", None, "A password has 12 to 1000 characters, this one has 5."),
        ("x" * 1001, None, "A password has 12 to 1000 characters, this one has 1001."),
        ("aaaaaaaaaaaab", None, "A password has at least 4 different characters."),
        ("Quentin-12345", None, "A password has at least 12 characters besides your name."),
        (NEW, OLD, "The two new passwords do not match."),
    ],
)
def test_a_password_that_cannot_be_is_refused_in_place(site, browser, new, again, why):
    answer = choose(browser, new, again)
    assert answer.status_code == 422
    assert why in answer.text
    with site.database.read() as connection:
        assert connection.scalar(select(people.c.password).where(people.c.name == "quentin")) is None


def test_a_new_password_ends_all_sessions_but_gives_this_browser_a_new_one(site, portal, browser):
    first = browser.cookie
    with site.database.begin() as connection:
        phone = Browser(site, portal, begin_session(connection, "quentin", site.desk.now))
    assert phone.get("/account").status_code == 200
    choose(browser, OLD)
    assert browser.cookie != first
    assert browser.get("/account").status_code == 200
    assert phone.get("/account").status_code == 303
    assert Browser(site, portal, first).get("/account").status_code == 303


def test_signing_out_everywhere_ends_every_session_and_link(site, portal, browser):
    with site.database.begin() as connection:
        phone = Browser(site, portal, begin_session(connection, "quentin", site.desk.now))
        secret = add_link(connection, "quentin", "test", site.desk.now)
    answer = browser.send("/account", "/account/sign-out-everywhere")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert browser.cookie is None
    assert phone.get("/account").status_code == 303
    assert phone.get(f"/sign-in/link?key={secret}").status_code == 404


@pytest.mark.parametrize("role", ["admin", "qa", "viewer", "client"])
def test_an_account_says_what_its_role_may_do(browse, role):
    page = browse(role).get("/account")
    assert page.status_code == 200
    said = {
        "admin": "Administrator",
        "qa": "Quality",
        "viewer": "Viewer",
        "client": "Client acme: sees its own batches",
    }
    assert said[role] in page.text


def caller(world, name="quentin"):
    return Caller(Person(name, "qa"), world.app.state.services)


def sign(world, password):
    return caller(world).sign(password)


def last_deed(world):
    with world.database.read() as connection:
        return connection.execute(select(audit.c.who, audit.c.what).order_by(audit.c.id.desc()).limit(1)).one()


def test_a_signature_is_the_password_once_more_and_gives_the_name_to_print(any_site):
    add_person(any_site, "qa", "quentin")
    give_password(any_site)
    assert sign(any_site, OLD) == "Quentin"
    assert last_deed(any_site) == ("quentin", "signed")
    with pytest.raises(ForbiddenError, match="that is not your password: nothing was signed"):
        sign(any_site, NEW)
    assert last_deed(any_site) == ("quentin", "sign_in_failed")
    with pytest.raises(ForbiddenError, match="that is not your password"):
        sign(any_site, "")


def give_password(world):
    hashed = passwords.hash_password(OLD)
    with world.database.begin() as connection:
        set_password(connection, "quentin", hashed, "test", world.desk.now)


def test_signing_counts_and_locks_together_with_signing_in(site, person):
    give_password(site)
    for _ in range(LOCKED_AFTER - 1):
        assert not lets_in(site, NEW)
    with pytest.raises(ForbiddenError, match="after 5 wrong passwords yours is not taken before 2026-01-03T00:15:00Z"):
        sign(site, NEW)
    with pytest.raises(ForbiddenError, match="after 5 wrong passwords"):
        sign(site, OLD)
    site.desk.now += LOCKED_FOR
    assert sign(site, OLD) == "Quentin"


def test_who_has_no_password_is_told_to_choose_one_first(site, person):
    with pytest.raises(ForbiddenError, match="you have none yet: choose one on your account page"):
        sign(site, "")
