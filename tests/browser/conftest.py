"""Pages in a real browser: Debian's Chromium, driven by Playwright.

    def test_the_page_says_so(served, open_page):
        page = open_page("qa", "/problems")          # signed in as a person of that role
        assert page.get_by_role("heading", level=1).inner_text() == "…"
        check(page)                                  # from tests.browser.checking: at 1280 and 360 pixels, and dark

`served` is the site of tests/api/world.py over HTTP (`served.url`, `.desk`, `.database`, `.hear`, `.ask`), one for each
test; `open_page(role, path, **context)` opens a page of it, role None: nobody is signed in, `java_script_enabled=False`
and whatever else a Playwright context takes. What goes wrong in a page's scripts fails the test. The browser's clock
stands still where the site's did when the page was opened; its timers run. Whatever is waited for may take a minute.
Everything here is marked `e2e`; without Chromium or axe-core it skips, with COLDCHAIN_REQUIRE=all it fails.
"""

import asyncio
import shutil
from datetime import UTC, datetime

import pytest

pytest.register_assert_rewrite("tests.browser.checking")  # its assertions say what differs

from playwright.sync_api import expect, sync_playwright  # noqa: E402

from api.web.frame.session import COOKIE  # noqa: E402
from store.database import open_database  # noqa: E402
from tests.api import world  # noqa: E402
from tests.browser.checking import AXE, WIDE  # noqa: E402
from tests.browser.served import Served  # noqa: E402
from tests.conftest import missing  # noqa: E402
from tests.thrift import migrated  # noqa: E402

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser():
    """The browser, started once, and the event loop that drives it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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
    path = tmp_path_factory.mktemp("browser") / "coldchain.db"
    database = migrated(path)
    world.build(database)
    with database.begin() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture
def served(built_site, tmp_path):
    """The site, served."""
    shutil.copy(built_site, tmp_path / "coldchain.db")
    database = open_database(f"sqlite:///{tmp_path}/coldchain.db")
    with Served(database) as found:
        yield found
    database.close()


@pytest.fixture
def empty_site(tmp_path):
    """A site of which nothing is known yet, served."""
    database = migrated(tmp_path / "empty.db")
    with Served(database) as found:
        yield found
    database.close()


@pytest.fixture
def open_page_of(chromium):
    """Return a function that opens a page of a served site."""
    opened = []
    errors = []

    def open_page(site, role, path="/", **context):
        found = chromium.new_context(viewport=WIDE, **context)
        found.set_default_timeout(PATIENCE_MS)
        found.clock.set_fixed_time(datetime.fromtimestamp(site.desk.now / 1e6, UTC))
        if role is not None:
            found.add_cookies([{"name": COOKIE, "value": site.session(role), "url": site.url}])
        page = found.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site.url + path)
        opened.append(found)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert errors == []


@pytest.fixture
def open_page(served, open_page_of):
    """Return a function that opens a page of the site: `open_page(role, path, **context)`."""
    return lambda role, path="/", **context: open_page_of(served, role, path, **context)
