"""Correcting in a browser."""

from playwright.sync_api import expect

from api.addresses import opaque
from api.web.correct import preview
from tests.browser.checking import check

MOUNT = "/corrections/mounts/" + opaque('["S1","ROOM-1","2026-01-01T00:00:00Z"]')
ELSEWHERE = MOUNT + "?location=ROOM-2&from=2026-01-01T01:00&to="


def test_the_correction_of_a_mount_can_be_used_by_everybody(look):
    check(look("admin", ELSEWHERE))


def test_the_storage_history_can_be_used_by_everybody(look):
    check(look("qa", "/corrections/placements?product=VAX&lot=A1"))


def test_a_long_preview_goes_on_by_itself(look, monkeypatch):
    monkeypatch.setattr(preview, "PATIENCE_S", -1.0)
    page = look("admin", ELSEWHERE)
    expect(page.locator("#summary")).to_contain_text("5 would change")
    expect(page.locator(".effects tbody > tr")).to_have_count(6)


def test_a_correction_is_seen_first_and_then_done(open_page):
    page = open_page("admin", "/setup/sensors/S1")
    page.get_by_role("link", name="Correct: S1 in ROOM-1").click()
    page.get_by_label("Location").select_option("ROOM-2")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#effects")).to_contain_text("New hold")
    page.get_by_label("Reason").fill("wrong room entered")
    page.get_by_role("button", name="Correct", exact=True).click()
    expect(page.locator("main")).to_contain_text("Installed in ROOM-2")
