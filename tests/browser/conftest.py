"""Pages in a real browser: Debian's Chromium, driven by Playwright.

    def test_the_page_says_so(look):
        page = look("qa", "/problems")               # signed in as a person of that role
        assert page.get_by_role("heading", level=1).inner_text() == "…"
        check(page)                                  # from tests.browser.checking: at 1280 and 360 pixels, and dark

The site is that of tests/api/world.py over HTTP. A test that changes nothing of it looks at it by `look(role, path)`:
one site and one tab of each role, for all of them. A test that does has a site of its own, `served` (`served.url`,
`.desk`, `.database`, `.hear`, `.ask`), and opens pages of it by `open_page(role, path, **context)`, role None: nobody
is signed in, `java_script_enabled=False` and whatever else a Playwright context takes.

What goes wrong in a page's scripts fails the test. The browser's clock stands still where the site's did when the page
was opened; its timers run. Whatever is waited for may take a minute. Everything here is marked `e2e`; without Chromium
or axe-core it skips, with COLDCHAIN_REQUIRE=all it fails.
"""

import asyncio
import shutil
from datetime import UTC, datetime

import pytest

pytest.register_assert_rewrite("tests.browser.checking")  # its assertions say what differs

from playwright.sync_api import expect, sync_playwright  # noqa: E402

from api.web.frame.session import COOKIE  # noqa: E402
from tests.api import world  # noqa: E402
from tests.api.ordered import order_and_count  # noqa: E402
from tests.browser.checking import AXE, WIDE  # noqa: E402
from tests.browser.served import Served, copied  # noqa: E402
from tests.conftest import missing  # noqa: E402
from tests.thrift import migrated  # noqa: E402

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

# The first is the second without windows, which nobody sees here and which cost more than most pages.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser():
    """The browser, started once, and the event loop that drives it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing("there is no chromium on this machine")
    if not AXE.exists():
        missing(f"there is no {AXE}: make setup takes it")
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        opened = playwright.chromium.launch(executable_path=found, timeout=2 * PATIENCE_MS)
        asyncio._set_running_loop(None)
        yield opened, loop
        asyncio._set_running_loop(loop)
        opened.close()


@pytest.fixture
def chromium(browser):
    """The browser, for a test: Playwright's event loop runs in this thread meanwhile, afterwards any other can."""
    opened, loop = browser
    asyncio._set_running_loop(loop)
    yield opened
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """The file of the site, built once."""
    database = migrated(tmp_path_factory.mktemp("browser") / "coldchain.db")
    world.build(database)
    database.close()
    return database.path


@pytest.fixture
def served(built_site, tmp_path):
    """The site, served."""
    with copied(built_site, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def shared_site(built_site, tmp_path_factory):
    """The site, served for all tests that change nothing of it."""
    with copied(built_site, tmp_path_factory.mktemp("shared")) as found:
        yield found


@pytest.fixture(scope="session")
def shared_orders(built_site, tmp_path_factory):
    """The same with orders, counts and stock that movements tell of."""
    with copied(built_site, tmp_path_factory.mktemp("orders")) as found:
        order_and_count(found, found.desk.now)
        yield found


@pytest.fixture
def empty_site(tmp_path):
    """A site of which nothing is known yet, served."""
    database = migrated(tmp_path / "empty.db")
    with Served(database) as found:
        yield found
    database.close()


def context_of(chromium, site, role, **options):
    """Open what a person's pages of a site have in common: who is signed in, and the time."""
    found = chromium.new_context(viewport=WIDE, **options)
    found.set_default_timeout(PATIENCE_MS)
    found.clock.set_fixed_time(datetime.fromtimestamp(site.desk.now / 1e6, UTC))
    if role is not None:
        found.add_cookies([{"name": COOKIE, "value": site.session(role), "url": site.url}])
    return found


def page_in(context, errors):
    """Open a page that says what goes wrong in its scripts."""
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


@pytest.fixture
def open_page_of(chromium):
    """Return a function that opens a page of a served site."""
    opened = []
    errors = []

    def open_page(site, role, path="/", **options):
        opened.append(context_of(chromium, site, role, **options))
        page = page_in(opened[-1], errors)
        page.goto(site.url + path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert errors == []


@pytest.fixture
def open_page(served, open_page_of):
    """Return a function that opens a page of the site: `open_page(role, path, **context)`."""
    return lambda role, path="/", **options: open_page_of(served, role, path, **options)


@pytest.fixture(scope="session")
def tabs():
    """The tabs of those who look, by site and role, and what went wrong in their scripts."""
    return {}, []


@pytest.fixture
def look_at(chromium, tabs):
    """Return a function that looks at a page of a site that is shared, as if nobody had looked before."""
    kept, errors = tabs
    used = set()

    def look(site, role, path="/"):
        if (site, role) not in kept:
            kept[site, role] = page_in(context_of(chromium, site, role), errors)
        page = kept[site, role]
        used.add(page)
        page.set_viewport_size(WIDE)
        page.emulate_media(media="null", color_scheme="null")
        page.mouse.move(0, 0)
        page.goto(site.url + path)
        return page

    yield look
    for page in used:
        page.goto("about:blank")
    found, errors[:] = list(errors), []
    assert found == []


@pytest.fixture
def look(shared_site, look_at):
    """Return a function that looks at a page of the site: `look(role, path)`."""
    return lambda role, path="/": look_at(shared_site, role, path)
