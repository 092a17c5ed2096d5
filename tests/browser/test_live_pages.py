"""Open pages that keep themselves true."""

import re

from playwright.sync_api import expect

from domain.times import MINUTE, SECOND
from ledger.requests import Acknowledge, Correct, Item
from store.people import end_sessions

# What begins to glow, also for a moment that is over before anybody looks.
WATCH_GLOWING = """() => {
    window.glowed = [];
    new MutationObserver((changes) => {
        for (const { target } of changes) {
            if (target.matches(".glow") && target.textContent !== glowed.at(-1)) glowed.push(target.textContent);
        }
    }).observe(document.body, { subtree: true, attributeFilter: ["class"] });
}"""


def grow_warm(served, times=8):
    for _ in range(times):
        served.hear("dev1", 9.6, 10 * MINUTE)


def order(page):
    return page.locator("#places tr").evaluate_all("rows => rows.map(row => row.id)")


def rename(served, place, name):
    doc = {"id": place, "parent": "SITE-A", "kind": "room", "profile": "zzroom", "name": name}
    served.ask("zzadmin", Correct(put=[Item("location", doc)]))


def test_a_problem_appears_by_itself_with_its_hold_and_its_number(served, open_page):
    page = open_page("qa")
    expect(page.locator("#open-problems")).to_be_hidden()
    grow_warm(served)
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 problem.")
    expect(page.get_by_role("link", name="ROOM-1 is at 9.6 °C")).to_be_visible()
    expect(page.locator("#open-problems")).to_have_text("1")
    expect(page.locator("#place-ROOM-1")).to_contain_text("Hold")


def test_a_changed_value_glows_and_what_has_not_changed_is_left_as_it_is(served, open_page):
    served.hear("dev1", 5.2, MINUTE)
    page = open_page("viewer")
    value = page.locator("#place-ROOM-1 .val")
    page.evaluate("document.querySelector('#place-ZZROOM').mark = 'the same element'")
    page.evaluate(WATCH_GLOWING)
    served.hear("dev1", 5.7, 3 * SECOND)
    expect(value).to_have_text("5.7 °C")
    assert page.evaluate("glowed") == ["5.7\N{NO-BREAK SPACE}°C"]
    assert page.evaluate("document.querySelector('#place-ZZROOM').mark") == "the same element"
    expect(value).not_to_have_class(re.compile("glow"))


def test_rows_keep_their_order_while_the_pointer_is_on_them(served, open_page):
    served.hear("dev1", 5.2, MINUTE)
    served.hear("zzdev2", 5.2, SECOND)
    page = open_page("viewer")
    before = order(page)
    page.locator("#place-ROOM-2").hover()
    served.hear("zzdev2", 9.9, 3 * SECOND)
    expect(page.locator("#place-ZZROOM .val")).to_have_text("9.9 °C")
    assert order(page) == before
    page.mouse.move(1, 1)
    served.hear("zzdev2", 9.8, 3 * SECOND)
    expect(page.locator("#place-ZZROOM .val")).to_have_text("9.8 °C")
    assert order(page) != before


def test_what_a_person_is_about_to_choose_stays(served, open_page):
    page = open_page("viewer")
    page.get_by_role("combobox", name="Any state").select_option("silent")
    rename(served, "ROOM-1", "Renamed")
    expect(page.locator("#place-ROOM-1")).to_contain_text("Renamed")
    expect(page.get_by_role("combobox", name="Any state")).to_have_value("silent")


def test_the_focus_stays_where_it_was(served, open_page):
    grow_warm(served)
    page = open_page("qa")
    button = page.get_by_role("button", name="Acknowledge")
    button.focus()
    rename(served, "ROOM-2", "Renamed")
    expect(page.locator("#place-ROOM-2")).to_contain_text("Renamed")
    expect(button).to_be_focused()


def test_what_one_person_does_the_others_see(served, open_page):
    grow_warm(served)
    qa, viewer = open_page("qa"), open_page("viewer", "/problems")
    expect(viewer.locator("#problem-list tr")).to_contain_text("new")
    qa.get_by_role("button", name="Acknowledge").click()
    expect(viewer.locator("#problem-list tr")).to_contain_text("by qa-person")


def test_a_page_that_is_cut_off_says_so_and_catches_up(served, open_page):
    page = open_page("viewer")
    page.clock.set_system_time(served.desk.now / 1e6)  # and goes on: it says so after a while
    rename(served, "ROOM-1", "First")
    expect(page.locator("#place-ROOM-1")).to_contain_text("First")
    notice = page.get_by_text("not live: reconnecting")
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('live:refresh'))")
    expect(notice).to_be_visible()
    rename(served, "ROOM-1", "Renamed")
    page.context.set_offline(False)
    expect(page.locator("#place-ROOM-1")).to_contain_text("Renamed")
    expect(notice).to_be_hidden()


def test_a_person_who_was_signed_out_is_led_to_the_sign_in(served, open_page):
    page = open_page("viewer", "/problems")
    with served.database.begin() as connection:
        end_sessions(connection, "viewer-person")
    served.desk.now += MINUTE
    page.wait_for_url("**/sign-in?next=%2Fproblems")


def test_without_scripts_the_page_is_whole_and_its_deeds_work(served, open_page):
    grow_warm(served)
    page = open_page("qa", java_script_enabled=False)
    expect(page.locator("#place-ROOM-1")).to_contain_text("9.6 °C")
    page.get_by_role("combobox", name="Any state").select_option("fine")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("No location found")).to_be_visible()
    page.get_by_role("button", name="Acknowledge").click()
    page.goto(served.url)
    expect(page.get_by_text("acknowledged")).to_be_visible()


def test_an_acknowledgement_by_a_program_shows_at_once(served, open_page):
    grow_warm(served)
    page = open_page("qa")
    served.ask("quinn", Acknowledge(alert=max(row.id for row in served.desk.rows("alerts"))))
    expect(page.locator("article")).to_contain_text("by quinn")
    expect(page.get_by_role("link", name=re.compile("^Open"))).to_be_visible()


def test_a_page_that_costs_much_is_not_fetched_for_every_reading(served, open_page):
    page = open_page("viewer", "/account")
    with page.expect_request(lambda request: "x-live" in request.headers):  # it looks once when it is connected
        page.goto(f"{served.url}/batches/VAX/A1")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url) if "x-live" in request.headers else None)
    for _ in range(3):
        served.hear("dev1", 5.2, 3 * SECOND)
        page.wait_for_timeout(700)
    assert fetched == []
    with page.expect_request(lambda request: "x-live" in request.headers):
        rename(served, "ROOM-1", "Renamed")
