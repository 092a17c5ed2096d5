"""Signing in with a name and a password: who gets in, who does not, and what they are told."""

import threading
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from api.app import create_app
from api.options import Options
from api.people import passwords
from api.people.register import disable, enable, find_account, set_password
from api.people.sessions import IDLE_AT_MOST, LASTS_AT_MOST, TOUCHED_EVERY, forget_ended
from api.people.sign_in import LOCKED_AFTER, LOCKED_FOR, sign_in
from api.web.frame.session import COOKIE
from store.tables import audit, people, sessions
from tests.api.web.browser import Browser, add_person
from tests.thrift import SHIPPED_HASHER

RIGHT = "correct horse battery"
WRONG = "wrong horse battery"


def person_with_password(world, role="qa", name="quentin"):
    person = add_person(world, role, name)
    hashed = passwords.hash_password(RIGHT)
    with world.database.begin() as connection:
        set_password(connection, name, hashed, "test", world.desk.now)
    return person


@pytest.fixture
def person(site):
    return person_with_password(site)


def enter(browser, name="quentin", password=RIGHT, path="/sign-in"):
    return browser.send(path, "/sign-in", name=name, password=password)


def deeds(world, who="quentin"):
    with world.database.read() as connection:
        query = select(audit.c.what).where(audit.c.kind == "person", audit.c.key == who).order_by(audit.c.id)
        return list(connection.scalars(query))


def test_the_right_password_lets_in_and_leads_to_the_page_asked_for(browser, person):
    away = browser.get("/account?changed=true")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fchanged%3Dtrue")
    answer = enter(browser, path=away.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?changed=true")
    assert "Quentin" in browser.get("/account").text


def test_a_name_is_the_same_in_capitals_and_with_spaces_around_it(browser, person):
    assert enter(browser, name=" Quentin ").status_code == 303


def test_a_password_is_the_same_from_every_keyboard(site):
    add_person(site, "qa", "ute")
    hashed = passwords.hash_password("Kühlhaus am Fluß")
    assert passwords.fits(hashed, "Ku\u0308hlhaus am Fluß")


@pytest.mark.parametrize("name", ["quentin", "nobody-knows", "", "a\0b", "quentin\udc80", "x" * 100_000, "zzadmin"])
def test_whatever_is_wrong_gets_the_same_answer(any_site, portal, name):
    person_with_password(any_site)
    browser = Browser(any_site, portal)
    answer = browser.post("/sign-in", {"name": name.encode(errors="surrogateescape"), "password": WRONG, "next": "/"})
    assert answer.status_code == 422
    assert "Invalid name or password" in answer.text
    assert browser.cookie is None


def test_a_disabled_and_a_locked_person_get_it_too(site, browser, person):
    pages = [enter(browser, password=WRONG).text for _ in range(LOCKED_AFTER + 1)]
    pages.append(enter(browser).text)
    with site.database.begin() as connection:
        disable(connection, "quentin", "test", site.desk.now)
    pages.append(enter(browser).text)
    assert len(set(pages)) == 1


def test_it_takes_a_hash_whoever_is_named(site, person, monkeypatch):
    taken = []
    plain = passwords._hasher
    counting = SimpleNamespace(hash=plain.hash, verify=lambda *given: taken.append(given) or plain.verify(*given))
    monkeypatch.setattr(passwords, "_hasher", counting)
    for name in ("quentin", "nobody-knows", "quentin\0"):
        assert sign_in(site.database, name, WRONG, site.desk.now) is None
    add_person(site, "qa", "no-password")
    assert sign_in(site.database, "no-password", WRONG, site.desk.now) is None
    with site.database.begin() as connection:
        disable(connection, "quentin", "test", site.desk.now)
    assert sign_in(site.database, "quentin", RIGHT, site.desk.now) is None
    assert len(taken) == 5
    assert {bytes(given) for _, given in taken} == {WRONG.encode(), RIGHT.encode()}


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(any_site, portal):
    person_with_password(any_site)
    browser = Browser(any_site, portal)
    for _ in range(LOCKED_AFTER):
        assert enter(browser, password=WRONG).status_code == 422
    assert enter(browser).status_code == 422
    any_site.desk.now += LOCKED_FOR - 1
    assert enter(browser).status_code == 422
    any_site.desk.now += 1
    assert enter(browser).status_code == 303
    assert deeds(any_site)[2:] == [*["sign_in_failed"] * 5, "locked", "signed_in"]


def test_after_a_lock_there_are_five_attempts_again(site, browser, person):
    for _ in range(LOCKED_AFTER):
        enter(browser, password=WRONG)
    site.desk.now += LOCKED_FOR
    for _ in range(LOCKED_AFTER - 1):
        enter(browser, password=WRONG)
    assert enter(browser).status_code == 303


def test_a_right_password_forgives_the_wrong_ones_before_it(browser, person):
    for _ in range(3):
        for _ in range(LOCKED_AFTER - 1):
            enter(browser, password=WRONG)
        assert enter(browser).status_code == 303
        browser.client.cookies.clear()


def test_enabling_ends_a_lock(site, browser, person):
    for _ in range(LOCKED_AFTER):
        enter(browser, password=WRONG)
    with site.database.begin() as connection:
        assert find_account(connection, "quentin").locked_until == site.desk.now + LOCKED_FOR
        enable(connection, "quentin", "test", site.desk.now)
    assert enter(browser).status_code == 303


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(any_site, monkeypatch):
    person_with_password(any_site)
    looked_at = []
    monkeypatch.setattr("api.people.sign_in.fits", lambda hashed, _: looked_at.append(hashed) and False)

    def guess():
        sign_in(any_site.database, "quentin", WRONG, any_site.desk.now)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 12
    assert len([hashed for hashed in looked_at if hashed is not None]) == LOCKED_AFTER
    assert deeds(any_site).count("locked") == 1


def test_a_hash_with_other_parameters_is_renewed_at_the_next_sign_in(site, browser, person, monkeypatch):
    def stored():
        with site.database.read() as connection:
            return connection.scalar(select(people.c.password).where(people.c.name == "quentin"))

    before = stored()
    enter(browser)
    assert stored() == before
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    browser.client.cookies.clear()
    assert enter(browser).status_code == 303
    assert stored() != before
    assert "t=2" in stored()


def test_a_password_is_kept_as_argon2id_with_the_librarys_parameters(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", SHIPPED_HASHER)
    assert passwords.hash_password(RIGHT).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/ /evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/sign-in?next=/sign-in",
        "/a\r\nSet-Cookie: x=y",
        "/%0d%0a\n",
    ],
)
def test_nobody_is_sent_to_another_site(browser, person, wanted):
    answer = browser.get("/sign-in", params={"next": wanted})
    assert 'name="next" value="/"' in answer.text
    answer = browser.post("/sign-in", {"name": "quentin", "password": RIGHT, "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    answer = browser.get("/sign-in", params={"next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_the_cookie_is_new_at_each_sign_in_and_the_session_before_it_ends(site, portal, browser, person):
    browser.cookie = "chosen-by-somebody-else"
    enter(browser)
    first = browser.cookie
    assert first != "chosen-by-somebody-else"
    browser.post("/sign-in", {"name": "quentin", "password": RIGHT})
    assert browser.cookie != first
    assert Browser(site, portal, first).get("/account").status_code == 303
    assert browser.get("/account").status_code == 200


def test_scripts_other_sites_and_plain_http_do_not_get_the_cookie(site, portal, person):
    plain = enter(Browser(site, portal)).headers["set-cookie"]
    assert plain.startswith(f"{COOKIE}=")
    assert "HttpOnly" in plain and "SameSite=lax" in plain and "Path=/" in plain and "Domain" not in plain
    assert "Secure" not in plain
    assert "Secure" in enter(Browser(site, portal, base="https://test")).headers["set-cookie"]
    site.app = create_app(site.database, Options(now=lambda: site.desk.now, secure_cookies=True))
    assert "Secure" in enter(Browser(site, portal)).headers["set-cookie"]


def test_of_a_cookie_only_its_hash_is_kept(site, browser, person):
    enter(browser)
    with site.database.read() as connection:
        (row,) = connection.execute(select(sessions)).all()
    assert len(browser.cookie) == 43
    assert browser.cookie not in str(row)
    browser.cookie = row.hash
    assert browser.get("/account").status_code == 303


def test_a_session_ends_when_it_is_not_used_for_half_a_day(any_site, portal):
    person_with_password(any_site)
    browser = Browser(any_site, portal)
    enter(browser)
    for _ in range(3):
        any_site.desk.now += IDLE_AT_MOST - TOUCHED_EVERY
        assert browser.get("/account").status_code == 200
    any_site.desk.now += IDLE_AT_MOST
    assert browser.get("/account").status_code == 303


def test_a_session_ends_after_a_week_however_much_it_is_used(site, browser, person):
    enter(browser)
    for _ in range(LASTS_AT_MOST // IDLE_AT_MOST * 2 - 1):
        site.desk.now += IDLE_AT_MOST // 2
        assert browser.get("/account").status_code == 200
    site.desk.now += IDLE_AT_MOST // 2
    assert browser.get("/account").status_code == 303


def test_a_session_used_again_soon_is_not_written_to(site, browser, person):
    enter(browser)
    with site.database.read() as connection:
        begun = connection.scalar(select(sessions.c.seen_at))
    for step, seen in ((TOUCHED_EVERY - 1, begun), (1, begun + TOUCHED_EVERY)):
        site.desk.now += step
        browser.get("/account")
        with site.database.read() as connection:
            assert connection.scalar(select(sessions.c.seen_at)) == seen


def test_what_is_over_is_forgotten(any_site, portal):
    person_with_password(any_site)
    enter(Browser(any_site, portal))
    any_site.desk.now += IDLE_AT_MOST - 1
    enter(Browser(any_site, portal))
    any_site.desk.now += 1
    forget_ended(any_site.database, any_site.desk.now)
    with any_site.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 1


def test_a_disabled_persons_session_ends_at_once_and_stays_ended(site, browser, person):
    enter(browser)
    with site.database.begin() as connection:
        disable(connection, "quentin", "test", site.desk.now)
    assert browser.get("/account").status_code == 303
    with site.database.begin() as connection:
        enable(connection, "quentin", "test", site.desk.now)
    assert browser.get("/account").status_code == 303


def test_signing_out_ends_the_session_and_takes_the_cookie_away(site, portal, browser, person):
    enter(browser)
    cookie = browser.cookie
    answer = browser.send("/account", "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert browser.cookie is None
    assert Browser(site, portal, cookie).get("/account").status_code == 303
    assert deeds(site)[-2:] == ["signed_in", "signed_out"]


def test_who_is_signed_in_needs_no_sign_in_page(browser, person):
    enter(browser)
    assert browser.get("/sign-in?next=/account").headers["location"] == "/account"


def test_a_password_manager_finds_its_fields(browser):
    page = browser.get("/sign-in").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    assert page.count("autofocus") == 1
