"""A person's way from the alert's link to the released unit, and what somebody cannot see who tries."""

import re

import pytest
from playwright.sync_api import expect

from api.people.passwords import hash_password
from api.people.register import set_password
from ledger.requests import Acknowledge, Dispose
from tests.browser.checking import PHONE, check

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)


def give_password(served, role):
    """Give the person of a role a password; return their name."""
    served.session(role)
    with served.database.begin() as connection:
        set_password(connection, f"{role}-person", HASH, "test", served.desk.now)
    return f"{role}-person"


def sign_in(served, page, role):
    page.get_by_label("Name", exact=True).fill(give_password(served, role))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def decide(page, button, reason="stability data cover it", password=PASSWORD):
    page.get_by_role("textbox", name="Reason").fill(reason)
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name=button).click()


def allow_an_hour(page):
    """Allow an hour more: nothing was heard of late."""
    page.get_by_label("Minutes outside").fill("60")
    page.get_by_label("Up to (°C or %)").fill("20")


def states(served):
    return {row.id: row.state for row in served.desk.rows("holds")}


@pytest.mark.parametrize("scripts", [True, False])
def test_the_way_from_the_alerts_link_to_the_released_unit(served, open_page, scripts):
    page = open_page(None, "/problems/2", java_script_enabled=scripts)
    sign_in(served, page, "qa")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ZZROOM was too warm")
    expect(page.locator(".say")).to_contain_text("are on hold")

    page.get_by_label("Comment (optional)").fill("on my way")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".timeline")).to_contain_text("Acknowledged · qa-person")

    page.get_by_label("A2").check()
    allow_an_hour(page)
    if scripts:
        decide(page, "Release VAX A2", password="wrong horse battery")
        expect(page.get_by_role("alert")).to_contain_text("not your password")
        expect(page.get_by_role("textbox", name="Reason")).to_have_value("stability data cover it")
        expect(page.get_by_label("Your password")).to_have_value("")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Release VAX A2").click()
    else:  # what the button said is not what is chosen: it asks
        decide(page, "Release: no units selected")
        assert states(served)[2] == "held"
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Release VAX A2").click()
    expect(page.locator(".timeline")).to_contain_text("Released: VAX A2 · qa-person")
    expect(page.locator(".timeline")).to_contain_text("signed Qa-Person: released for use")
    assert (states(served)[2], states(served)[5]) == ("released", "held")


def test_the_buttons_follow_the_choice(look):
    page = look("qa", "/problems/2")
    release = page.locator("button[value=released]")
    expect(release).to_have_text("Release: no units selected")
    expect(release).to_be_disabled()
    page.get_by_label("ZZUNIT-2").check()
    expect(release).to_have_text("Release ZZUNIT-2 of ZZ2")
    page.get_by_label("A2").check()
    expect(release).to_have_text("Release all 2 units of 2 lots")


def test_an_open_page_shows_what_others_do(served, open_page):
    page = open_page("viewer", "/problems/2")
    served.ask("quinn", Acknowledge(alert=2, comment="I am there"))
    expect(page.locator(".timeline")).to_contain_text("“I am there”")
    served.ask("quinn", Dispose(holds=[2], state="rejected", reason="spoilt"))
    expect(page.locator("#lots")).to_contain_text("Rejected")


def test_it_is_worked_with_the_keyboard_alone(served, open_page):
    page = open_page(None, "/problems/1")
    sign_in(served, page, "qa")
    page.locator("input[name=unit]").focus()
    page.keyboard.press("Space")
    page.get_by_label("Minutes outside").focus()
    page.keyboard.type("60")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.keyboard.type("stability data")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Release VAX ZZ3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Released: VAX ZZ3")


def test_at_night_on_a_phone_lots_severity_and_deed_are_there_without_scrolling(look):
    page = look(
        "qa",
        "/problems/2",
    )
    page.set_viewport_size(PHONE)
    bottom = PHONE["height"] - page.locator("nav.main").bounding_box()["height"]
    for seen in (page.locator("h1"), page.locator(".say"), page.get_by_role("button", name="Acknowledge")):
        box = seen.bounding_box()
        assert box["y"] + box["height"] <= bottom


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}])
def test_the_release_panel_is_within_one_screen_of_the_alerts_link(look, size):
    page = look("qa", "/problems/1")
    page.set_viewport_size(size)
    assert page.locator("#decide").bounding_box()["y"] < size["height"]
    chart = page.locator("figure.chart").bounding_box()
    assert page.locator("#decide").bounding_box()["y"] <= chart["y"] or size != PHONE
    page.locator("#decide").scroll_into_view_if_needed()
    button = page.get_by_role("button", name="Release: no units selected").bounding_box()
    assert button["y"] + button["height"] - page.locator("#decide").bounding_box()["y"] < size["height"]


def test_a_client_who_follows_the_alerts_link_sees_its_own_batch_and_no_more(look):
    page = look("client", "/problems/1")
    expect(page).to_have_url(re.compile("/batches/VAX/A1$"))
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(
        ["Batches", "Expiry", "Stock", "Turnover"]
    )
    for path in ("/problems", "/holds", "/setup", "/setup/people", "/places/ROOM-1", "/readings?sensor=S1"):
        page.goto(page.url.partition("/batches")[0] + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Access denied")
        assert "zz" not in page.inner_text("body").lower()
        page.go_back()
    page.goto(page.url.replace("/VAX/A1", "/VAX/ZZ1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")


@pytest.mark.parametrize(
    "path", ["/problems/1", "/problems/2", "/holds", "/holds?product=VAX&lot=A2", "/holds?state=released"]
)
def test_the_pages_can_be_used_by_everybody(look, path):
    check(look("qa", path))


def test_the_panel_that_comes_back_can_be_used_by_everybody(served, open_page):
    give_password(served, "qa")
    page = open_page(None, "/holds?product=VAX&lot=A2", java_script_enabled=True)
    sign_in(served, page, "qa")
    page.locator("input[name=unit]").check()
    allow_an_hour(page)
    decide(page, "Release VAX A2", password="wrong horse battery")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
