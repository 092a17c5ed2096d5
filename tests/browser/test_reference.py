"""The reference of the API in the browser."""

from playwright.sync_api import expect

from tests.browser.checking import check


def test_an_operation_opens_with_its_parameters_and_the_page_fits(open_page):
    page = open_page(None, "/api/v1/docs")
    operation = page.locator("details.operation").filter(has_text="/api/v1/batches/{product}/{lot}/verdict").first
    operation.locator("summary").click()
    expect(operation.locator("pre")).to_contain_text("curl -H")
    expect(operation.get_by_role("cell", name="known_at")).to_be_visible()
    check(page)
