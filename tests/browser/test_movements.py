"""Movements in a browser: with a scanner, on a phone, and with a connection that comes and goes."""

import os

import pytest
from playwright.sync_api import expect

from store.stock.tables import movements
from tests.api.ordered import order_and_count
from tests.api.world import NOW
from tests.browser.checking import PHONE, check

# As a keyboard wedge does: keys faster than any hand, then Enter, into whatever has the focus. All keys are pressed at
# once (an event has the time when it was made): a busy machine may pause between them.
WEDGE = """text => {
    const keys = [...text, "Enter"].map(key => new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
    for (const event of keys) {
        const target = document.activeElement;
        const isTyped = target.dispatchEvent(event) && event.key !== "Enter" && target.matches("input, textarea");
        if (isTyped) target.value += event.key;
    }
}"""


@pytest.fixture
def stocked(served):
    """The site with stock that movements tell of."""
    order_and_count(served, NOW)
    return served


def on_record(served, do):
    """Return the movements of a kind as they were given, in the order of recording."""
    with served.database.read() as connection:
        rows = connection.execute(movements.select().where(movements.c.do == do).order_by(movements.c.number))
        return [row for row in rows if row.who.endswith("-person")]


def fill(page, **fields):
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def press(page):
    page.locator("button.big").click()


def test_a_pallet_is_moved_by_two_scans_whatever_has_the_focus(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="All movements").focus()
    page.evaluate(WEDGE, "(01)09506000134352(10)P1(21)PAL-2")
    expect(page.locator("#unit")).to_have_value("(01)09506000134352(10)P1(21)PAL-2")
    page.evaluate(WEDGE, "room-2")
    expect(page.locator("#location")).to_have_value("room-2")
    press(page)
    expect(page.locator("#said")).to_have_text("Recorded")
    expect(page.locator("#mine")).to_contain_text("Move: VAX P1 PAL-2 → ROOM-2")
    assert len(on_record(stocked, "move")) == 1


def test_a_scan_into_a_field_that_is_filled_in_leaves_it_as_it_was(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    fill(page, unit="VAX P1 PAL-2")
    page.locator("#quantity").focus()
    page.evaluate(WEDGE, "ROOM-2")
    expect(page.locator("#location")).to_have_value("ROOM-2")
    expect(page.locator("#quantity")).to_have_value("")
    expect(page.locator("#unit")).to_have_value("VAX P1 PAL-2")


def test_what_went_wrong_is_said_at_the_field_with_what_would_be_possible(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    fill(page, unit="VAX P1", location="ROOM-9")
    press(page)
    expect(page.locator("#unit-wrong")).to_contain_text("VAX P1 PAL-1, VAX P1 PAL-2, VAX P1 PAL-3")
    fill(page, unit="PAL-2")
    press(page)
    expect(page.locator("#location-wrong")).to_contain_text("ROOM-1, ROOM-2")
    fill(page, location="ROOM-2", quantity="4")
    press(page)
    expect(page.locator("#part-wrong")).to_contain_text("VAX P1 PAL-2 has 40, not 4")
    fill(page, part="BOX-1")
    press(page)
    expect(page.locator("#mine")).to_contain_text("Move: 4 × VAX P1 PAL-2 (BOX-1) → ROOM-2")


def test_a_movement_is_undone_from_the_list_of_the_last(stocked, open_page):
    page = open_page("warehouse", "/movements/new?do=adjust&unit=PAL-2")
    fill(page, by="-2", reason="broken")
    press(page)
    page.get_by_role("button", name="Undo Adjust: −2 VAX P1 PAL-2").click()
    expect(page.locator("#mine")).to_contain_text("undone")
    assert page.locator("#mine button").count() == 0
    assert on_record(stocked, "adjust")[0].voided_by is not None


def test_blocked_stock_is_shipped_by_qa_with_reason_and_signature_and_asked_for_only_then(stocked, open_page):
    page = open_page("warehouse", "/movements/new?do=status")
    fill(page, unit="VAX P1 PAL-2", reason="wet")
    page.locator("#status").select_option("quarantined")
    press(page)
    expect(page.locator("#said")).to_have_text("Recorded")
    page.goto(stocked.url + "/movements/new?do=ship")
    fill(page, unit="VAX P1 PAL-2", party="City Pharmacy", shipment="DN-1")
    press(page)
    expect(page.locator("#unit-wrong")).to_contain_text("QA may override it")
    expect(page.locator("#password")).to_be_hidden()
    page = open_page("qa", "/movements/new?do=ship")
    expect(page.locator("#password")).to_be_hidden()
    fill(page, unit="VAX P1 PAL-2", party="City Pharmacy", shipment="DN-1")
    press(page)
    expect(page.locator("#password")).to_be_visible()
    fill(page, reason="agreed with the customer", password="not the right one")
    press(page)
    expect(page.locator("#password-wrong")).to_contain_text("signing needs a password")
    assert on_record(stocked, "ship") == []


def test_without_a_connection_movements_wait_in_order_and_are_sent_when_there_is_one(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    page.context.set_offline(True)
    for location in ("ROOM-2", "ROOM-1"):
        fill(page, unit="PAL-3" if location == "ROOM-1" else "PAL-2", location=location)
        press(page)
        expect(page.locator("#said")).to_contain_text("kept on this device")
        expect(page.locator("#unit")).to_have_value("")
    expect(page.locator("#queue li")).to_have_count(2)
    expect(page.locator("#queue")).to_contain_text("waiting for a connection")
    assert on_record(stocked, "move") == []
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_be_hidden()
    given = [row.recorded for row in on_record(stocked, "move")]
    assert ["PAL-2" in given[0], "PAL-3" in given[1], len(given)] == [True, True, 2]


def test_what_waits_is_kept_while_the_page_is_left(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    page.route("**/movements/send", lambda route: route.abort())
    fill(page, unit="PAL-2", location="ROOM-2")
    press(page)
    expect(page.locator("#queue li")).to_have_count(1)
    page.goto(stocked.url + "/orders")
    page.unroute("**/movements/send")
    page.goto(stocked.url + "/movements/new")
    expect(page.locator("#mine")).to_contain_text("VAX P1 PAL-2 → ROOM-2")
    expect(page.locator("#queue")).to_be_hidden()
    assert len(on_record(stocked, "move")) == 1


def test_a_movement_whose_answer_is_lost_is_recorded_once(stocked, open_page):
    page = open_page("warehouse", "/movements/new?do=adjust")
    lost = []

    def lose(route):
        lost.append(route.fetch().status)  # recorded, and nobody hears of it
        route.abort()

    page.route("**/movements/send", lose, times=1)
    fill(page, unit="PAL-2", by="-2", reason="broken")
    press(page)
    expect(page.locator("#queue")).to_be_hidden()
    expect(page.locator("#mine")).to_contain_text("Adjust: −2 VAX P1 PAL-2")
    assert lost == [200]
    assert len(on_record(stocked, "adjust")) == 1


def test_one_that_is_refused_later_says_why_and_is_corrected(stocked, open_page):
    page = open_page("warehouse", "/movements/new")
    page.context.set_offline(True)
    fill(page, unit="PAL-2", location="ROOM-9")
    press(page)
    expect(page.locator("#queue")).to_contain_text("waiting")
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_contain_text("refused: no single location is called ROOM-9")
    page.get_by_role("button", name="Correct").click()
    expect(page.locator("#location-wrong")).to_contain_text("ROOM-2")
    expect(page.locator("#unit")).to_have_value("PAL-2")
    fill(page, location="ROOM-2")
    press(page)
    expect(page.locator("#said")).to_have_text("Recorded")
    assert len(on_record(stocked, "move")) == 1


def test_without_scripts_the_form_is_sent_all_the_same(stocked, open_page):
    page = open_page("warehouse", "/movements/new", java_script_enabled=False)
    fill(page, unit="PAL-2", location="ROOM-2")
    press(page)
    expect(page.locator("#said")).to_have_text("Recorded")
    assert len(on_record(stocked, "move")) == 1


PAGES = [
    "/movements/new",
    "/movements/new?do=ship",
    "/movements/new?do=merge",
    "/movements/new?do=status",
    "/movements",
]


@pytest.mark.parametrize("address", PAGES)
def test_the_pages_can_be_used_by_everybody(shared_orders, look_at, address):
    page = look_at(shared_orders, "qa", address)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Internal error")
    check(page)
    folder = os.environ.get("COLDCHAIN_PICTURES")
    if folder:
        name = address.replace("/", "-").replace("?", "-")
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        page.set_viewport_size(PHONE)
        page.screenshot(path=f"{folder}/{name}-phone.png", full_page=True)


def test_everything_to_press_is_big_enough_for_gloves(shared_orders, look_at):
    page = look_at(shared_orders, "warehouse", "/movements/new")
    page.set_viewport_size(PHONE)
    sizes = "all => all.map(each => [each.textContent || each.name, each.getBoundingClientRect().height])"
    shown = page.locator("main a:visible, main button:visible, main input:visible, main select:visible")
    assert [name for name, height in shown.evaluate_all(sizes) if height < 44] == []
