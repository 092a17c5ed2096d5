"""Writing a profile in a browser."""

import re

from playwright.sync_api import expect

from ledger.requests import Activate
from tests.api.web.test_later_versions import ASKED, LOOSER
from tests.browser.checking import check

FORM = "/setup/profiles/vaccine-2-8/rules"


def test_the_form_can_be_used_by_everybody(look):
    check(look("admin", FORM))


def test_the_form_with_problems_can_be_used_by_everybody(look):
    page = look("admin", FORM)
    page.get_by_label("Value 1").first.fill("warm")
    expect(page.locator("#problems")).to_contain_text("1 problem")
    check(page)


def test_form_and_text_follow_each_other_as_one_types(look):
    page = look("qa", FORM)
    page.get_by_label("Value 1").first.fill("7.25")
    expect(page.get_by_label("The same as text")).to_have_value(re.compile("above: 7.25"))
    text = page.get_by_label("The same as text")
    text.fill(text.input_value().replace("below: 2.0", "below: 1.5"))
    expect(page.get_by_label("Value 1").nth(1)).to_have_value("1.5")


def test_without_scripts_the_form_is_checked_by_its_button(open_page):
    page = open_page("qa", FORM, java_script_enabled=False)
    page.get_by_label("Version", exact=True).fill("1")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#problems")).to_contain_text("version 1 exists already")


def test_the_form_leads_to_the_back_test_and_the_signature(look):
    page = look("admin", FORM)
    page.get_by_label("Value 1").first.fill("7.5")
    page.get_by_role("button", name="Back-test").click()
    expect(page.get_by_role("heading", name="vaccine-2-8 version 2, instead of 1")).to_be_visible()
    assert page.locator("form[action='/profiles/vaccine-2-8/activate']").count() == 1


EXTENDED = """profiles:
  - {use: eu-gdp-2-8, id: vaccine-2-8, version: 2, rules: [{id: too-warm, for: 15min}, {id: silent, remove: true}]}
"""


def test_a_text_that_extends_one_of_the_library_shows_the_difference(look):
    page = look("admin", FORM)
    page.get_by_label("The same as text").fill(EXTENDED)
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("Extends eu-gdp-2-8@2 of the library")).to_be_visible()
    expect(page.get_by_role("row", name="Rule too-warm: for")).to_contain_text("15min")
    check(page)


def test_what_waits_for_a_second_signature_fits_on_a_phone(served, open_page):
    over = [row.id for row in served.desk.rows("holds")]
    asked = Activate(profiles=[LOOSER], reason="stability data", signature=ASKED, over=over)
    assert served.ask("anna", asked)["waiting"]
    page = open_page("admin", "/profiles/vaccine-2-8/backtest")
    expect(page.get_by_role("heading", name="Version 2 waits for a second signature")).to_be_visible()
    assert "- {id: too-warm, kind: limit, above: 12.0, for: 30min" in page.locator("#waiting pre").inner_text()
    check(page)
