"""The page Expiry, and the problem that an expiry date is: what they say, to whom, and where they lead."""

import re

import pytest

from domain.times import DAY
from ledger.requests import Correct, DateUnit, Item
from tests.api.web.reading import words
from tests.api.world import MARK, NOW

PRODUCT = {"id": "VAX", "uom": "vial", "expiry_warnings": ["90d", "10%"], "after_opening": "28d"}
# now is 2026-01-03, 01:00 in Berlin
DATES = {"A1": "2026-03-01", "A2": "2026-01-15", "ZZ1": "2026-01-02", "ZZ3": "2027-01-01"}


@pytest.fixture
def dated(site):
    """The site with expiry dates, and a pallet that was opened."""
    lots = [Item("batch", {"product": "VAX", "lot": lot, "expires_on": day}, keeps=True) for lot, day in DATES.items()]
    site.desk.ask("zzperson", Correct(put=[Item("product", PRODUCT, keeps=True), *lots]), NOW)
    opened = DateUnit(product="VAX", lot="A1", unit="PALLET-7", opened_at=NOW - DAY)
    site.desk.ask("zzperson", opened, NOW)
    return site


def rows(page):
    """Return the words of each row."""
    return [words(row) for row in re.findall(r'<tr class="link">.*?</tr>', page, re.DOTALL)]


def test_it_lists_what_expires_first_with_step_stock_and_location(dated, browse):
    page = browse("viewer").get("/expiry").text
    assert "1 entry has expired and is blocked; 3 have reached a warning" in words(page)
    assert rows(page) == [
        "ZZ1 Vaccine X ZZ Corporation 2 Jan 2026 1 day ago expired 1 unit ROOM-1",
        "A2 Vaccine X Acme Pharma 15 Jan 2026 12 days 90 days or less 1 unit ROOM-2",
        "A1 PALLET-7 Vaccine X Acme Pharma 30 Jan 01:00 opened 27 days 90 days or less 1 unit 100 vial ROOM-2",
        "A1 Vaccine X Acme Pharma 1 Mar 2026 57 days 90 days or less 1 unit 50 vial ROOM-2",
        "ZZ3 Vaccine X 1 Jan 2027 363 days 1 unit ROOM-1",
    ]
    assert '<a href="/batches/VAX/A1"><b>A1</b> PALLET-7</a>' in page


@pytest.mark.parametrize(
    ("query", "lots"),
    [
        ("step=expired", ["ZZ1"]),
        ("step=90d", ["A2", "A1", "A1"]),
        ("step=later", ["ZZ3"]),
        ("client=zzcorp", ["ZZ1"]),
        ("place=ROOM-1", ["ZZ1", "ZZ3"]),
        ("place=SITE-A&client=acme&product=VAX&step=", ["A2", "A1", "A1"]),
    ],
)
def test_it_is_narrowed(dated, browse, query, lots):
    assert [row.split()[0] for row in rows(browse("viewer").get(f"/expiry?{query}").text)] == lots


def test_nothing_found_and_nothing_there_are_said(dated, browse, site):
    viewer = browse("viewer")
    assert "No stock found" in words(viewer.get("/expiry?step=30d").text)
    nothing = [Item("batch", {"product": "VAX", "lot": lot, "expires_on": None}, keeps=True) for lot in DATES]
    site.desk.ask("zzperson", Correct(put=nothing), NOW)
    dates = DateUnit(product="VAX", lot="A1", unit="PALLET-7")
    site.desk.ask("zzperson", dates, NOW)
    assert "Nothing in stock expires" in words(viewer.get("/expiry").text)


def test_a_client_sees_its_own_lots(dated, browse):
    client = browse("client")
    page = client.get("/expiry").text
    assert [row.split()[0] for row in rows(page)] == ["A2", "A1", "A1"]
    assert MARK not in re.search(r"<main.*</main>", page, re.DOTALL)[0].casefold()
    assert rows(client.get("/expiry?client=zzcorp").text) == []


def test_the_problem_of_an_expiry_date_says_which_lot_and_is_acknowledged(dated, browse):
    [row] = [row for row in dated.desk.rows("alerts") if row.rules == ["expired"]]
    qa = browse("qa")
    listed = words(qa.get("/problems").text)
    assert "VAX ZZ1 has expired" in listed
    page = qa.get(f"/problems/{row.id}").text
    said = words(page)
    assert "VAX ZZ1 has expired new" in said
    assert "VAX ZZ1 expired on 2026-01-02: 1 unit in ROOM-1." in said
    assert '<a href="/expiry">' in page
    assert f'action="/problems/{row.id}/acknowledge"' in page
    assert "/shelve" not in page


def test_it_stands_on_the_page_now(dated, browse):
    said = words(browse("viewer").get("/").text)
    assert "VAX ZZ1 has expired" in said
