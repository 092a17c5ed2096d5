"""Batch and problem sheets printed by the browser: records that stand for themselves on paper."""

import io
import re

import pytest
from pypdf import PdfReader

from ledger.requests import Correct, Item
from tests.api.world import NOW

SHEETS = {"/batches/VAX/A1": "Batch record", "/problems/1": "Problem record"}
OTHERS = ["/audit?all=true", "/holds?state=released", "/holds/1", "/places/ROOM-1", "/", "/problems", "/api/v1/docs"]


def printed(page):
    """Return the pages of a page that a person prints, as text with single spaces."""
    found = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert {(round(each.mediabox.width), round(each.mediabox.height)) for each in found.pages} == {(595, 842)}  # A4
    return [" ".join(each.extract_text().split()) for each in found.pages]


def assert_numbered_and_none_blank(pages):
    for i, page in enumerate(pages):
        assert f"Page {i + 1} of {len(pages)}" in page
        assert len(page) > 150, f"page {i + 1} is blank: {page}"


@pytest.mark.parametrize("path", SHEETS)
def test_a_record_names_what_it_is_of_with_zone_signatures_site_and_versions(served, open_page, path):
    room = {"id": "ROOM-1", "name": "Cold room 1", "parent": "SITE-A", "kind": "room", "profile": "zzroom"}
    served.ask("zzsetup", Correct(put=[Item("location", room)]))
    pages = printed(open_page("qa", path))
    assert_numbered_and_none_blank(pages)
    first, whole = pages[0], " ".join(pages)
    assert SHEETS[path] in first and "Cold room 1 (ROOM-1)" in first and "Plant North" in first
    assert "Europe/Berlin" in first and "2026-01-03 01:00:00 CET (2026-01-03 00:00:00 UTC)" in first
    assert "Qa-Person (qa-person)" in first and re.search(r"coldchain \d+\.\d+", first)
    assert "vaccine-2-8, version 1" in first
    assert "released for use" in whole and "not signed: recorded by a program" in whole
    assert "2026-01-01 06:00:00 CET" in whole
    for page in pages:
        assert "As of 2026-01-03 01:00:00 CET (2026-01-03 00:00:00 UTC), printed by qa-person" in page
        assert re.search(r"Plant North · coldchain \d+\.\d+", page)


def test_a_batch_record_has_the_names_of_product_and_client(look):
    first = printed(look("qa", "/batches/VAX/A1"))[0]
    assert "Vaccine X (VAX)" in first and "Acme Pharma (acme)" in first


def test_a_record_says_what_changed_since_the_last_decision_or_an_instant(served, open_page):
    unchanged = " ".join(printed(open_page("qa", "/batches/VAX/A1")))
    assert "Not changed since 2026-01-03 01:00:00 CET (last decision)" in unchanged
    served.desk.now = NOW + 60_000_000
    served.ask(
        "zzsetup", Correct(put=[Item("batch", {"product": "VAX", "lot": "A1", "client": "acme", "name": "new"})])
    )
    changed = " ".join(printed(open_page("qa", "/batches/VAX/A1")))
    assert "Changed since 2026-01-03 01:00:00 CET (last decision)" in changed and "Batch VAX / A1: Changed" in changed
    since = " ".join(printed(open_page("qa", "/problems/1?changed_since=2026-01-02T12:00")))
    assert "Changed since 2026-01-02 12:00:00 CET" in since and "Problem 1: Acknowledged" in since
    assert "Placed on hold" not in since[since.index("Changed since") :][:400]


def test_a_clients_record_names_nobody_of_the_site(look):
    whole = " ".join(printed(look("client", "/batches/VAX/A1")))
    assert "released for use" in whole and "storage site" in whole
    assert "zz" not in whole.lower()


def test_a_table_over_several_pages_repeats_its_header(look):
    pages = printed(look("qa", "/audit?all=true&limit=200"))
    assert len(pages) > 2
    assert all("Before → after" in page for page in pages)


@pytest.mark.parametrize("path", OTHERS)
def test_every_other_page_prints_with_numbers_and_no_blank_page(look, path):
    assert_numbered_and_none_blank(printed(look("qa", path)))
