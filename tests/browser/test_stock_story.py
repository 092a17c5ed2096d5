"""Stock from its arrival to its recall, through the pages: received, made, stored, too warm, held, split, released in
part, picked first expired first, shipped, returned and recalled. Pictures: COLDCHAIN_PICTURES=folder.
"""

import os
from datetime import UTC, datetime

from playwright.sync_api import expect

from domain.times import MINUTE
from ledger.requests import Apply, Item
from sites.file import load
from tests.api.world import START
from tests.browser.checking import PHONE, WIDE
from tests.browser.test_movements import WEDGE, press
from tests.browser.test_orders import scan
from tests.browser.test_problem import decide, sign_in

SITE = """
site: {name: Plant North, timezone: Europe/Berlin}
sources: [{topic: "zz/+/readings", format: json}]
sensors: [{id: S1, device: dev1}, {id: S2, device: dev2}]
locations:
  - {id: COLD, name: Cold room, kind: room, profile: room}
  - {id: RACK, kind: rack, parent: COLD}
  - {id: STORE, name: Store, kind: room, profile: room}
  - {id: QUARANTINE, kind: quarantine, parent: STORE}
mounts:
  - {sensor: S1, location: COLD, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: STORE, from: 2026-01-01T00:00:00Z}
clients: [{id: acme, name: Acme Pharma}]
parties:
  - {id: MAKER, name: Maker, kind: supplier}
  - {id: CITY, name: City Pharmacy, kind: customer}
products:
  - {id: BULK, name: Bulk, uom: l, profile: cold}
  - {id: VAX, name: Vaccine X, gtin: "09506000134352", uom: vial, profile: cold}
batches:
  - {product: BULK, lot: B1, client: acme}
  - {product: VAX, lot: V1, client: acme, expires_on: 2026-06-30}
  - {product: VAX, lot: V2, client: acme, expires_on: 2026-09-30}
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 2h
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 30min, severity: critical, action: hold}]
  - id: room
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 2h
    rules: [{id: room-warm, kind: limit, above: 8.0, for: 15min, severity: warning}]
"""
PALLET = "(01)09506000134352(10)V1(21)PAL-1"


class Person:
    """Somebody at the pages; time goes on for the site and for the browser alike."""

    def __init__(self, served, page):
        self._served = served
        self.page = page
        self._pictures = 0

    def goes_to(self, path):
        self._served.desk.now += MINUTE
        self.page.clock.set_fixed_time(datetime.fromtimestamp(self._served.desk.now / 1e6, UTC))
        self.page.goto(self._served.url + path)

    def records(self, do, said, *, scanned=(), **typed):
        """Record a movement: what is scanned goes where it belongs, the rest is typed."""
        self.goes_to(f"/movements/new?do={do}")
        for each in scanned:
            self.page.evaluate(WEDGE, each)
        if not all(self.page.locator(f"#{name}").is_visible() for name in typed):
            self.page.locator("#more summary").click()
        for name, value in typed.items():
            field = self.page.locator(f"#{name}")
            field.select_option(value) if name == "status" else field.fill(value)
        press(self.page)
        expect(self.page.locator("#said")).to_have_text("Recorded")
        expect(self.page.locator("#mine li").first).to_contain_text(said)

    def photographs(self, name):
        folder = os.environ.get("COLDCHAIN_PICTURES")
        if folder:
            for look, size in (("", WIDE), ("-phone", PHONE)):
                self.page.set_viewport_size(size)
                self.page.screenshot(path=f"{folder}/story-{name}{look}.png", full_page=True)
            self.page.set_viewport_size(WIDE)


def rows(page, table=0):
    """What a table of the page says, a text a row."""
    found = page.locator("main table").nth(table).locator("tbody tr")
    return [" ".join(text.split()) for text in found.all_inner_texts()]


def test_stock_from_its_arrival_to_its_recall(empty_site, open_page_of):
    site = empty_site
    site.desk.ask("setup", Apply(entries=[Item(each.kind, each.doc) for each in load(SITE, "S.yaml")]), START)
    for device in ("dev1", "dev2"):
        site.hear(device, 5.0)
    warehouse = Person(site, open_page_of(site, "warehouse"))
    qa = Person(site, open_page_of(site, None))
    sign_in(site, qa.page, "qa")
    it_is_received_made_and_stored(warehouse)
    it_gets_too_warm_and_what_is_split_off_then_is_on_hold_too(site, warehouse, qa)
    qa_releases_a_part_of_it(site, qa)
    the_usable_part_is_picked_by_scans_and_shipped(warehouse)
    some_comes_back_and_all_of_it_is_recalled(warehouse, qa)


def it_is_received_made_and_stored(warehouse):
    warehouse.records("receive", "Receive: 100 × BULK B1 TANK → COLD", scanned=["BULK B1 TANK", "COLD"], quantity="100")
    make = {"unit": "VAX V1 PAL-1", "location": "COLD", "quantity": "100", "inputs": "BULK B1 TANK"}
    warehouse.records("make", "VAX V1 PAL-1", **make)
    warehouse.photographs("made")
    warehouse.records("move", "VAX V1 PAL-1 → RACK", scanned=[PALLET, "RACK"])
    warehouse.records("receive", "VAX V2 PAL-9", scanned=["VAX V2 PAL-9", "STORE"], quantity="40")


def it_gets_too_warm_and_what_is_split_off_then_is_on_hold_too(site, warehouse, qa):
    site.hear("dev1", 9.6, 5 * MINUTE)
    site.hear("dev1", 9.8, 31 * MINUTE)
    qa.goes_to("/holds")
    expect(qa.page.locator("main")).to_contain_text("PAL-1")
    qa.photographs("held")
    warehouse.records("split", "VAX V1 PAL-1", unit="VAX V1 PAL-1", part="CASE-1", quantity="40")
    assert [(row.unit, row.state) for row in site.desk.rows("holds")] == [("PAL-1", "held"), ("CASE-1", "held")]
    qa.goes_to("/batches/VAX/V1")
    expect(qa.page.locator("main")).to_contain_text("CASE-1")
    qa.photographs("batch-held")


def qa_releases_a_part_of_it(site, qa):
    for device in ("dev1", "dev2"):
        site.hear(device, 5.0, MINUTE)
    [problem] = {row.id for row in site.desk.rows("alerts") if row.severity == "critical"}
    qa.goes_to(f"/problems/{problem}")
    qa.page.get_by_label("CASE-1").check()
    qa.photographs("decide")
    decide(qa.page, "Release 1 of 2 units of V1")
    expect(qa.page.locator(".timeline")).to_contain_text("signed Qa-Person: released for use")
    assert [(row.unit, row.state) for row in site.desk.rows("holds")] == [("PAL-1", "held"), ("CASE-1", "released")]
    qa.photographs("released")


def the_usable_part_is_picked_by_scans_and_shipped(warehouse):
    page = warehouse.page
    warehouse.goes_to("/orders")
    page.get_by_label("Customer", exact=True).select_option("CITY")
    page.get_by_role("group", name="Line 1").get_by_label("Product").select_option("VAX")
    page.get_by_role("group", name="Line 1").get_by_label("Quantity").fill("50")
    page.get_by_role("button", name="Place order").click()
    page.get_by_role("button", name="Reserve stock").click()
    expect(page.get_by_role("button", name="Start picking")).to_be_visible()
    assert rows(page, 1) == ["RACK VAX V1 CASE-1 40 to be picked", "Store VAX V2 PAL-9 10 to be picked"]
    warehouse.photographs("reserved")
    page.get_by_role("button", name="Start picking").click()
    warehouse.photographs("pick")
    scan(page, PALLET)
    expect(page.get_by_role("alert")).to_contain_text("right would be VAX V1 CASE-1")
    warehouse.photographs("wrong-scan")
    scan(page, PALLET.replace("PAL-1", "CASE-1"))
    expect(page.locator(".target")).to_contain_text("PAL-9")
    scan(page, "VAX V2 PAL-9")
    expect(page.locator("#target")).to_contain_text("Everything is picked")
    page.get_by_role("link", name="To the order").click()
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shipped")
    warehouse.photographs("shipped")


def some_comes_back_and_all_of_it_is_recalled(warehouse, qa):
    back = {"unit": "VAX V1 CASE-1", "location": "QUARANTINE", "party": "CITY"}
    warehouse.records("return", "VAX V1 CASE-1", **back, reason="box damaged")
    recall = {"unit": "VAX V1", "status": "recalled", "reason": "the bulk was contaminated"}
    warehouse.records("status", "VAX V1", **recall)
    qa.goes_to("/recall?units=BULK/B1")
    assert rows(qa.page) == [
        "BULK B1 TANK used 100",
        "VAX V1 CASE-1 in stock QUARANTINE 40",
        "VAX V1 PAL-1 in stock RACK 60",
    ]
    qa.photographs("recall")
    for name, address in (("stock", "/stock"), ("batch-recalled", "/batches/VAX/V1"), ("movements", "/movements")):
        qa.goes_to(address)
        qa.photographs(name)
