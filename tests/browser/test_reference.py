"""The reference of the API in the browser."""

from playwright.sync_api import expect

from tests.browser.checking import check


def test_an_operation_opens_with_its_parameters_and_the_page_fits(look):
    page = look(None, "/api/v1/docs")
    operation = page.locator("details.operation").filter(has_text="/api/v1/batches/{product}/{lot}/verdict").first
    operation.locator("summary").click()
    expect(operation.locator("pre")).to_contain_text("curl -H")
    expect(operation.get_by_role("cell", name="known_at")).to_be_visible()
    page.locator("#schema-Batch summary").click()
    # Nobody sees what is closed, and nothing is wrong with it: axe-core takes minutes to say so of 19,000 elements.
    page.evaluate("document.querySelectorAll('details:not([open]) > :not(summary)').forEach(each => each.remove())")
    check(page)
