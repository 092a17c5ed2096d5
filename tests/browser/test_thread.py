"""By hand in the browser: from a problem to why, to the readings it rests on, to the gateway's message, and back."""

import re

from playwright.sync_api import expect

from tests.browser.checking import check

SENTENCE = "too-warm: above 8.0 °C for 1 h 30 min from 1 Jan 06:00, allowed 1 h, peak 9.6 °C, unit PALLET-7 in ROOM-1"


def main(page):
    return page.get_by_role("main")


def test_the_thread_from_a_problem_to_the_message_that_a_reading_came_in(look):
    page = look("qa", "/problems")
    page.get_by_role("tab", name="Ended").or_(page.get_by_role("link", name="Ended")).first.click()
    main(page).get_by_role("link", name=re.compile("ROOM-1 above 8.0 °C")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ROOM-1 was too warm")

    main(page).locator(".why").get_by_role("link", name="VAX A1 PALLET-7").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why too-warm triggered")
    expect(page.locator("#sentence")).to_have_text(SENTENCE)
    check(page)

    page.get_by_role("link", name="Outside limits only").click()
    outside = main(page).get_by_role("row").filter(has_text="outside limits")
    expect(outside).to_have_count(9)
    outside.nth(1).get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journal row 2")
    expect(main(page)).to_contain_text("zz/1/readings")
    expect(main(page)).to_contain_text("2026-01-01T05:11:00Z")
    expect(page.locator("pre.payload")).to_have_text("{}")
    check(page)

    with page.expect_download() as saved:
        page.get_by_role("link", name="Download all bytes").click()
    assert saved.value.path().read_bytes() == b"{}"

    main(page).get_by_role("link", name="2026-01-01 06:10:00 CET").click()  # the reading that came of it
    expect(page.get_by_role("heading", level=1)).to_have_text("Readings of S1")
    row = main(page).get_by_role("row").filter(has_text="06:20:00")
    row.get_by_role("link", name="2", exact=True).click()
    expect(main(page)).to_contain_text("2026-01-01T05:21:00Z")
    page.get_by_role("link", name="All messages in this row").click()
    expect(main(page).get_by_text("unreadable")).to_be_visible()
    check(page)


def test_the_thread_from_a_hold_to_what_people_did_about_it(look):
    page = look("qa", "/holds?state=released")
    page.get_by_role("link", name="Why hold 1").click()
    expect(page.locator("#sentence")).to_have_text(SENTENCE)
    main(page).get_by_role("link", name="Audit trail").click()
    expect(main(page)).to_contain_text("held → released")
    check(page)
    main(page).get_by_role("link", name="zzperson").first.click()
    expect(main(page)).to_contain_text("Acknowledged")
    main(page).get_by_role("row").filter(has_text="Acknowledged").get_by_role("link", name="1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ROOM-1 was too warm")


def test_a_client_follows_it_to_the_readings_of_its_own_hours_and_no_further(look):
    page = look("client", "/batches/VAX/A1")
    main(page).get_by_role("link", name="Why too-warm triggered").first.click()
    expect(page.locator("#sentence")).to_have_text(SENTENCE)
    expect(main(page).get_by_role("row")).to_have_count(11)
    assert main(page).locator('a[href^="/journal"], a[href^="/readings"], a[href^="/audit"]').count() == 0
    assert "zz" not in page.inner_text("main").lower()
    check(page)
