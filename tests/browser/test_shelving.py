"""What people keep from themselves, in a browser: a shelf, and a place out of service."""

import pytest
from playwright.sync_api import expect

from domain.times import HOUR, MINUTE
from ledger.inputs import Batch
from ledger.requests import Correct, Item
from tests.browser.checking import check

PLACE = "ZZROOM"


def fall_silent(served):
    """Let nothing be heard from a room; return the number of the problem."""
    rule = {"id": "zzsilent", "kind": "silence", "after": "30min"}
    version = {"id": "zzroom", "version": 2, "effective_from": "2026-01-02T00:00:00Z", "rules": [rule]}
    served.ask("quinn", Correct(put=[Item("profile", version)]))
    served.desk.now += 30 * MINUTE  # nobody is told of the time before the rule was there
    served.desk.writer.step(Batch(), served.desk.now)
    return next(row.id for row in served.desk.rows("alerts") if (row.place, row.direction) == (PLACE, "silent"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_shelves_a_problem_sees_it_shelved_and_takes_it_off_the_shelf(served, open_page, scripts):
    path = f"/problems/{fall_silent(served)}"
    page = open_page("qa", path, java_script_enabled=scripts)
    expect(page.locator("#answer")).to_contain_text("unacknowledged")
    page.locator("details.shelve summary").click()
    page.get_by_label("Reason for suspending notifications").fill("gateway is changed")
    page.get_by_role("combobox", name="Duration").select_option("2 h")
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("notifications suspended until 03:30: gateway is changed")
    expect(page.locator(".timeline")).to_contain_text("Shelved until 03:30 · qa-person")

    page.goto(served.url + "/problems")
    expect(page.locator("main")).to_contain_text("until 03:30: gateway is changed")
    page.goto(served.url + "/setup/quiet")
    page.get_by_role("link", name=f"{PLACE} no data").click()

    page.get_by_role("button", name="Unshelve").click()
    expect(page.locator("#answer")).to_contain_text("unacknowledged")
    expect(page.locator(".timeline")).to_contain_text("Unshelved · qa-person")


def test_the_page_of_a_shelved_problem_can_be_used_by_everybody(served, open_page):
    page = open_page("qa", f"/problems/{fall_silent(served)}")
    page.locator("details.shelve summary").click()
    check(page)
    page.get_by_label("Reason for suspending notifications").fill("gateway is changed")
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("gateway is changed")
    check(page)


def test_a_place_is_put_out_of_service_and_back(served, open_page):
    page = open_page("admin", "/setup/quiet")
    form = page.get_by_role("region", name="Maintenance window")
    form.get_by_label("Location").select_option("ROOM-1")
    form.get_by_label("To").fill("2026-01-03T13:00")
    form.get_by_label("Reason").fill("door seal")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 alarm suppression is active")
    check(page)
    served.desk.now += HOUR
    page.reload()
    page.get_by_role("button", name="End now: ROOM-1, door seal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No alarm suppression is active")
    expect(page.locator(".plans")).to_contain_text("ended 02:00")
