"""The page Now in a browser."""

from tests.browser.checking import check


def test_now_can_be_used_by_everybody(open_page):
    page = open_page("qa", "/")
    assert "on hold" in page.get_by_role("heading", level=1).inner_text()
    check(page)


def test_the_wall_screen_can_be_used_by_everybody(open_page):
    check(open_page("viewer", "/?wall=1"))


def test_an_empty_site_says_what_fills_it(empty_site, open_page_of):
    page = open_page_of(empty_site, "admin")
    assert page.get_by_text("Three steps fill this page").is_visible()
    check(page)
