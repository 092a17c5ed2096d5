"""The set-up in a browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from store.tables import outbox
from tests.browser.checking import check

PAGES = [
    "/setup",
    "/setup/channels/zzhook",
    "/setup/sources",
    "/setup/sensors",
    "/setup/sensors/S1",
    "/setup/profiles",
    "/setup/devices",
    "/setup/dead-letters",
    "/setup/quiet",
    "/setup/people",
    "/setup/health",
]


@pytest.mark.parametrize("path", PAGES)
def test_the_set_up_can_be_used_by_everybody(look, path):
    check(look("admin", path))


def test_the_outcome_of_a_test_appears_by_itself(served, open_page):
    page = open_page("admin", "/setup")
    page.get_by_role("button", name="Test zzhook").click()
    expect(page.get_by_role("status")).to_contain_text("sending…")
    with served.database.begin() as connection:
        delivered = {"state": "delivered", "attempts": 1, "done_at": served.desk.now + 120_000}
        connection.execute(update(outbox).where(outbox.c.event == "test").values(delivered))
    expect(page.get_by_role("status")).to_contain_text("delivered")


def test_a_device_is_hung_up_with_two_choices(served, open_page):
    page = open_page("admin", "/setup/devices")
    device = page.locator("section", has_text="zzfree")
    device.get_by_label("Location").select_option("ROOM-2")
    device.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 unassigned device")
