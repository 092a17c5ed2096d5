"""One-time links: they let in one person, once, within an hour, and looking at one uses nothing up."""

import hashlib
import threading

import pytest
from sqlalchemy import select

from api.people.register import disable, set_password
from api.people.sign_in import LINK_LASTS, add_link, sign_in_by_link
from domain.errors import ConflictError, NotFoundError
from store.tables import audit, sign_in_links
from tests.api.web.browser import Browser, add_person


def link(world, name="quentin"):
    with world.database.begin() as connection:
        return add_link(connection, name, "test", world.desk.now)


@pytest.fixture
def person(site):
    return add_person(site, "qa", "quentin")


def use(browser, secret):
    return browser.send(f"/sign-in/link?key={secret}", "/sign-in/link")


def test_one_click_and_one_button_let_in(site, browser, person):
    secret = link(site)
    page = browser.get(f"/sign-in/link?key={secret}")
    assert "Sign in as Quentin" in page.text
    assert "You have no password yet" in page.text
    assert page.text.count("<button") == 1 and "autofocus" in page.text
    answer = use(browser, secret)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Quentin" in browser.get("/account").text


def test_programs_that_look_at_a_link_do_not_use_it_up(site, browser, person):
    secret = link(site)
    for method in ("GET", "HEAD", "GET"):
        browser.ask(method, f"/sign-in/link?key={secret}")
    assert use(browser, secret).status_code == 303


def test_a_link_is_used_once(site, portal, browser, person):
    secret = link(site)
    fields = browser.form(f"/sign-in/link?key={secret}", "/sign-in/link")
    assert browser.post("/sign-in/link", fields).status_code == 303
    other = Browser(site, portal)
    assert other.post("/sign-in/link", fields).status_code == 404
    assert other.cookie is None
    page = other.get(f"/sign-in/link?key={secret}")
    assert page.status_code == 404
    assert "This sign-in link is no longer valid" in page.text


def test_of_many_who_use_a_link_at_once_one_gets_in(any_site):
    add_person(any_site, "qa", "quentin")
    secret = link(any_site)
    together = threading.Barrier(8)
    cookies = []

    def go():
        together.wait()
        cookies.append(sign_in_by_link(any_site.database, secret, any_site.desk.now))

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cookies) == 8
    assert len([cookie for cookie in cookies if cookie]) == 1


@pytest.mark.parametrize(("age", "lets_in"), [(LINK_LASTS - 1, True), (LINK_LASTS, False)])
def test_a_link_lasts_an_hour(site, browser, person, age, lets_in):
    secret = link(site)
    site.desk.now += age
    assert browser.get(f"/sign-in/link?key={secret}").status_code == (200 if lets_in else 404)
    assert browser.post("/sign-in/link", {"key": secret}).status_code == (303 if lets_in else 404)


@pytest.mark.parametrize("secret", ["", "x", "a" * 43, "ü" * 10])
def test_what_is_no_link_lets_nobody_in(site, browser, person, secret):
    link(site)
    assert browser.get("/sign-in/link", params={"key": secret}).status_code == 404
    assert browser.post("/sign-in/link", {"key": secret}).status_code == 404


def test_of_a_link_only_its_hash_is_kept(site, browser, person):
    secret = link(site)
    assert len(secret) == 43
    with site.database.read() as connection:
        (row,) = connection.execute(select(sign_in_links)).all()
    assert row.hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    assert browser.get(f"/sign-in/link?key={row.hash}").status_code == 404


def test_a_disabled_persons_link_lets_nobody_in_and_none_is_made(site, browser, person):
    secret = link(site)
    with site.database.begin() as connection:
        disable(connection, "quentin", "test", site.desk.now)
    assert browser.post("/sign-in/link", {"key": secret}).status_code == 404
    with pytest.raises(ConflictError, match="quentin is disabled"):
        link(site)
    with pytest.raises(NotFoundError, match="no person 'nobody-knows'"):
        link(site, "nobody-knows")


def test_a_new_password_ends_the_links_before_it(site, browser, person):
    secret = link(site)
    with site.database.begin() as connection:
        set_password(connection, "quentin", "x", "test", site.desk.now)
    assert browser.post("/sign-in/link", {"key": secret}).status_code == 404


def test_links_made_and_used_are_in_the_audit_trail_without_their_secrets(site, browser, person):
    secret = link(site)
    use(browser, secret)
    with site.database.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.kind == "person").order_by(audit.c.id)).all()
    assert [(row.who, row.what, row.key) for row in rows] == [
        ("test", "added", "quentin"),
        ("test", "link_made", "quentin"),
        ("quentin", "signed_in_by_link", "quentin"),
    ]
    assert secret not in str(rows) and hashlib.sha256(secret.encode()).hexdigest() not in str(rows)
